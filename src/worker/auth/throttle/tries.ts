/**
 * Counting tries at a credential in D1, exactly and for all isolates: a try is counted before it is made and given back
 * when it was right, so that a hundred at once are a hundred. The window is fixed: tries that were refused do not prolong
 * it, and nobody is kept out by somebody who goes on and on.
 */
import { and, eq, gt, inArray, sql } from "drizzle-orm";
import type { Database } from "../../db/database.ts";
import { throttle } from "../../db/schema.ts";

export interface Allowance {
  /** What is counted; hashed before it is stored. */
  key: string;
  tries: number;
  seconds: number;
}

export interface Tries {
  /** Counts one try for each. @returns the seconds to wait when one of them has none left. */
  take: (allowances: readonly Allowance[], now: number) => Promise<number | undefined>;
  /** Gives a try back that was right. */
  giveBack: (allowances: readonly Allowance[]) => Promise<void>;
  /** Forgets what was counted. */
  clear: (allowances: readonly Allowance[]) => Promise<void>;
}

/**
 * However many addresses a stranger makes up, there are no more rows than this for each kind of key. Two that share a row
 * share its tries: one in a quarter of a million.
 */
const buckets = 2 ** 18;

/** @param secret so that the table tells a thief nothing about who tried. */
export function createTries(database: Database, secret: string): Tries {
  const idOf = async ({ key }: Allowance) => {
    const [kind = ""] = key.split(":");
    const algorithm = { name: "HMAC", hash: "SHA-256" };
    const bytes = new TextEncoder();
    const hmac = await crypto.subtle.importKey("raw", bytes.encode(secret), algorithm, false, [
      "sign",
    ]);
    const digest = await crypto.subtle.sign(algorithm, hmac, bytes.encode(`throttle:${key}`));
    return `${kind}:${new DataView(digest).getUint32(0) % buckets}`;
  };
  return {
    async take(allowances, now) {
      const keys = await Promise.all(allowances.map(idOf));
      const statements = allowances.map(({ seconds }, index) => {
        const expiresAt = new Date(now + seconds * 1000);
        const isOver = sql`${throttle.expiresAt} <= ${now}`;
        return database
          .insert(throttle)
          .values({ key: keys[index] ?? "", tries: 1, expiresAt })
          .onConflictDoUpdate({
            target: throttle.key,
            set: {
              tries: sql`CASE WHEN ${isOver} THEN 1 ELSE ${throttle.tries} + 1 END`,
              expiresAt: sql`CASE WHEN ${isOver} THEN ${expiresAt.getTime()} ELSE ${throttle.expiresAt} END`,
            },
          })
          .returning();
      });
      const [first, ...rest] = statements;
      if (first === undefined) return undefined;
      const counted = (await database.batch([first, ...rest])).flat();
      const waits = counted.flatMap(({ tries, expiresAt }, index) =>
        tries > (allowances[index]?.tries ?? 0) ? [expiresAt.getTime() - now] : [],
      );
      return waits.length === 0 ? undefined : Math.max(1, Math.ceil(Math.max(...waits) / 1000));
    },
    async giveBack(allowances) {
      const keys = await Promise.all(allowances.map(idOf));
      await database
        .update(throttle)
        .set({ tries: sql`${throttle.tries} - 1` })
        .where(and(inArray(throttle.key, keys), gt(throttle.tries, 0)));
    },
    async clear(allowances) {
      const keys = await Promise.all(allowances.map(idOf));
      for (const key of keys) await database.delete(throttle).where(eq(throttle.key, key));
    },
  };
}
