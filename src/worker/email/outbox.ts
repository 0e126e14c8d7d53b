/**
 * Mail that must not be lost. `send` writes the message down, then tries at once; a transport that fails or dies leaves
 * the row, and `deliverDue` tries again with growing pauses until the message is worth nothing any more. Delivery is at
 * least once, with one idempotency key a message.
 *
 * Rows are encrypted: they hold reset links, and a thief with the database must not be able to use them.
 */
import { and, asc, eq, lt, lte } from "drizzle-orm";
import { symmetricDecrypt, symmetricEncrypt } from "better-auth/crypto";
import type { Database } from "../db/database.ts";
import { emailOutbox } from "../db/schema.ts";
import type { EmailMessage, EmailTransport } from "./transports.ts";

export interface Outbox {
  /** Sends soon, and keeps trying for `worthSeconds`. Resolves when the message is sent or safely waiting. */
  send(message: EmailMessage, worthSeconds: number): Promise<void>;
  /** Tries what is due; at most `batchSize` messages. */
  deliverDue(): Promise<{ sent: number; failed: number }>;
}

interface OutboxOptions {
  database: Database;
  /** Undefined while none is configured: messages wait. */
  transport: EmailTransport | undefined;
  from: string;
  /** Better Auth's encryption key or versioned keys. */
  key: Parameters<typeof symmetricEncrypt>[0]["key"];
  now?: () => number;
}

const batchSize = 20;
/** While one isolate sends, no other takes the row. */
const leaseMilliseconds = 60_000;
const firstPauseMilliseconds = 60_000;
const longestPauseMilliseconds = 6 * 60 * 60 * 1000;

export function createOutbox({
  database,
  transport,
  from,
  key,
  now = Date.now,
}: OutboxOptions): Outbox {
  type Row = typeof emailOutbox.$inferSelect;

  async function deliver(row: Pick<Row, "id" | "attempts" | "message">): Promise<boolean> {
    if (transport === undefined) return false;
    try {
      const message = JSON.parse(
        await symmetricDecrypt({ key, data: row.message }),
      ) as EmailMessage;
      await transport.send({ ...message, from }, { idempotencyKey: row.id });
    } catch (error) {
      const reason = error instanceof Error ? error.message : "unknown error";
      const pause = Math.min(firstPauseMilliseconds * 2 ** row.attempts, longestPauseMilliseconds);
      console.warn(`email: ${transport.name} failed, attempt ${row.attempts + 1}: ${reason}`);
      await database
        .update(emailOutbox)
        .set({
          attempts: row.attempts + 1,
          nextAttemptAt: new Date(now() + pause),
          lastError: reason.slice(0, 200),
        })
        .where(eq(emailOutbox.id, row.id));
      return false;
    }
    await database.delete(emailOutbox).where(eq(emailOutbox.id, row.id));
    return true;
  }

  return {
    async send(message, worthSeconds) {
      const row = {
        id: crypto.randomUUID(),
        message: await symmetricEncrypt({ key, data: JSON.stringify(message) }),
        attempts: 0,
        nextAttemptAt: new Date(now() + leaseMilliseconds),
        expiresAt: new Date(now() + worthSeconds * 1000),
        createdAt: new Date(now()),
      };
      await database.insert(emailOutbox).values(row);
      await deliver(row);
    },

    async deliverDue() {
      if (transport === undefined) return { sent: 0, failed: 0 };
      const due = await database
        .select()
        .from(emailOutbox)
        .where(lte(emailOutbox.nextAttemptAt, new Date(now())))
        .orderBy(asc(emailOutbox.nextAttemptAt))
        .limit(batchSize);
      const expired = due.filter((row) => row.expiresAt.getTime() <= now());
      for (const row of expired) {
        await database
          .delete(emailOutbox)
          .where(and(eq(emailOutbox.id, row.id), lt(emailOutbox.expiresAt, new Date(now() + 1))));
      }
      const results = await Promise.all(
        due
          .filter((row) => !expired.includes(row))
          .map(async (row) => {
            const claimed = await database
              .update(emailOutbox)
              .set({ nextAttemptAt: new Date(now() + leaseMilliseconds) })
              .where(
                and(eq(emailOutbox.id, row.id), eq(emailOutbox.nextAttemptAt, row.nextAttemptAt)),
              )
              .returning({ id: emailOutbox.id });
            return claimed.length === 0 ? undefined : deliver(row);
          }),
      );
      return {
        sent: results.filter((sent) => sent === true).length,
        failed: results.filter((sent) => sent === false).length,
      };
    },
  };
}
