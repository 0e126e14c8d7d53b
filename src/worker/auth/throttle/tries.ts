/**
 * Counts tries at a credential in D1, exactly and across all isolates. A try is counted before it is judged and given back
 * when it was right, so that a hundred at once count as a hundred. A refused try is not counted at all: a network without
 * tries left cannot use up those of an account, and refusals write no rows. The window is fixed, so that an attacker who
 * never stops does not keep others out.
 */
import { and, eq, gt, inArray, sql } from "drizzle-orm";
import type { RunnableQuery } from "drizzle-orm/runnable-query";
import type { Database } from "../../db/database.ts";
import { throttle } from "../../db/schema.ts";

export interface Allowance {
  /** Names what is counted; hashed before it is stored. */
  key: string;
  tries: number;
  seconds: number;
  /** Counts what a request costs, right or wrong: it is not given back. */
  isCost?: true;
}

export interface Tries {
  /** Counts one try for each allowance, or for none. @returns the seconds to wait when one of them has none left. */
  take: (allowances: readonly Allowance[], now: number) => Promise<number | undefined>;
  /** The same, with another query in the same batch. */
  takeAndAsk: <Found>(
    question: RunnableQuery<Found, "sqlite">,
    allowances: readonly Allowance[],
    now: number,
  ) => Promise<{ waitSeconds: number | undefined; isCostSpent: boolean; found: Found }>;
  /** Counts one try for each, with the same writes whether or not any are left. @returns whether all had one left. */
  count: (allowances: readonly Allowance[], now: number) => Promise<boolean>;
  /** Gives back a try that was right, but not what it cost. */
  giveBack: (allowances: readonly Allowance[]) => Promise<void>;
  /** Resets the counters. */
  clear: (allowances: readonly Allowance[]) => Promise<void>;
}

/**
 * The most rows for each kind of key, however many addresses a stranger makes up. Two keys share a row, and its tries, with
 * a chance of one in a quarter of a million.
 */
const buckets = 2 ** 18;

/** @param secret keys the hashes, so that the table tells a thief nothing about who tried. */
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
  const countersOf = async (allowances: readonly Allowance[]) =>
    Promise.all(allowances.map(async (allowance) => ({ ...allowance, id: await idOf(allowance) })));
  const taking = async (allowances: readonly Allowance[], now: number) => {
    const counters = await countersOf(allowances);
    const ids = counters.map(({ id }) => id);
    const limits = counters.map(({ id, tries }) => sql`WHEN ${id} THEN ${tries}`);
    // The plus keeps SQLite from using the clean-up's index: these are a few rows, found by their keys.
    const isSpent = sql`${inArray(throttle.key, ids)} AND +${throttle.expiresAt} > ${now}
      AND ${throttle.tries} >= CASE ${throttle.key} ${sql.join(limits, sql` `)} END`;
    // As one parameter: D1 takes at most five SELECTs in a UNION.
    const rows = JSON.stringify(counters.map(({ id, seconds }) => [id, now + seconds * 1000]));
    const counting = database
      .insert(throttle)
      // SQLite reads all of them before it inserts the first.
      .select(
        sql`SELECT value ->> 0, 1, value ->> 1 FROM json_each(${rows})
          WHERE NOT EXISTS (SELECT 1 FROM ${throttle} WHERE ${isSpent})`,
      )
      .onConflictDoUpdate(oneMore(now))
      .returning({ key: throttle.key });
    const waiting = database
      .select({ key: throttle.key, until: throttle.expiresAt })
      .from(throttle)
      .where(isSpent);
    const costs = new Set(counters.flatMap(({ id, isCost }) => (isCost === true ? [id] : [])));
    return { counting, waiting, costs };
  };
  return {
    async take(allowances, now) {
      if (allowances.length === 0) return undefined;
      const { counting, waiting } = await taking(allowances, now);
      const [counted, spent] = await database.batch([counting, waiting]);
      return secondsToWait({ counted, spent, now });
    },
    async takeAndAsk(question, allowances, now) {
      const { counting, waiting, costs } = await taking(allowances, now);
      const [counted, spent, found] = await database.batch([counting, waiting, question]);
      const isCostSpent = counted.length === 0 && spent.some(({ key }) => costs.has(key));
      return { waitSeconds: secondsToWait({ counted, spent, now }), isCostSpent, found };
    },
    async count(allowances, now) {
      const counters = await countersOf(allowances);
      const counted = await database
        .insert(throttle)
        .values(
          counters.map(({ id, seconds }) => ({
            key: id,
            tries: 1,
            expiresAt: new Date(now + seconds * 1000),
          })),
        )
        .onConflictDoUpdate(oneMore(now))
        .returning({ key: throttle.key, tries: throttle.tries });
      const limits = new Map(counters.map(({ id, tries }) => [id, tries]));
      return counted.every(({ key, tries }) => tries <= (limits.get(key) ?? 0));
    },
    async giveBack(allowances) {
      const returned = allowances.filter(({ isCost }) => isCost !== true);
      const keys = await Promise.all(returned.map(idOf));
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

function secondsToWait({
  counted,
  spent,
  now,
}: {
  counted: readonly unknown[];
  spent: readonly { until: Date }[];
  now: number;
}): number | undefined {
  if (counted.length > 0) return undefined;
  const until = Math.max(now, ...spent.map((one) => one.until.getTime()));
  return Math.max(1, Math.ceil((until - now) / 1000));
}

/** A window without a wrong try begins anew: nobody has to wait for it to end. */
function oneMore(now: number) {
  const isOver = sql`${throttle.expiresAt} <= ${now} OR ${throttle.tries} = 0`;
  return {
    target: throttle.key,
    set: {
      tries: sql`CASE WHEN ${isOver} THEN 1 ELSE ${throttle.tries} + 1 END`,
      expiresAt: sql`CASE WHEN ${isOver} THEN excluded.expires_at ELSE ${throttle.expiresAt} END`,
    },
  };
}
