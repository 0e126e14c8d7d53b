/**
 * An outbox, so that no mail is lost. `send` stores the message and then attempts delivery at once. If the attempt fails or
 * the Worker dies, the row remains, and `deliverDue` retries with growing pauses until the message expires. Delivery is at
 * least once, with one idempotency key per message.
 *
 * Rows are encrypted because they contain reset links, which nobody who steals the database must be able to use.
 */
import { and, asc, eq, gt, lte } from "drizzle-orm";
import { symmetricDecrypt, symmetricEncrypt } from "better-auth/crypto";
import type { Database } from "../db/database.ts";
import { emailOutbox } from "../db/schema.ts";
import { EmailTransportError, type EmailMessage, type EmailTransport } from "./transports.ts";

export interface Outbox {
  /** Sends the message and retries for `worthSeconds`. Resolves once the message is sent, or stored for a retry. */
  send(message: EmailMessage, worthSeconds: number): Promise<void>;
  /** Retries messages that are due, batch by batch, up to a limit that fits one invocation of a Worker. */
  deliverDue(): Promise<{ sent: number; failed: number }>;
}

interface OutboxOptions {
  database: Database;
  /** Undefined while none is configured; messages then stay in the outbox. */
  transport: EmailTransport | undefined;
  from: string;
  /** The encryption key, or versioned keys, in Better Auth's format. */
  key: Parameters<typeof symmetricEncrypt>[0]["key"];
  now?: () => number;
}

const batchSize = 20;
const batchesPerRun = 10;
/** While one isolate sends a message, no other isolate takes its row. */
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
      // The message of any other error may quote the address or the text.
      const reason = error instanceof EmailTransportError ? error.message : errorName(error);
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

  async function deliverBatch(): Promise<{ taken: number; sent: number; failed: number }> {
    const at = new Date(now());
    const due = await database
      .select()
      .from(emailOutbox)
      .where(and(lte(emailOutbox.nextAttemptAt, at), gt(emailOutbox.expiresAt, at)))
      .orderBy(asc(emailOutbox.nextAttemptAt))
      .limit(batchSize);
    const results = await Promise.all(
      due.map(async (row) => {
        const claimed = await database
          .update(emailOutbox)
          .set({ nextAttemptAt: new Date(now() + leaseMilliseconds) })
          .where(and(eq(emailOutbox.id, row.id), eq(emailOutbox.nextAttemptAt, row.nextAttemptAt)))
          .returning({ id: emailOutbox.id });
        return claimed.length === 0 ? undefined : deliver(row);
      }),
    );
    return {
      taken: due.length,
      sent: results.filter((sent) => sent === true).length,
      failed: results.filter((sent) => sent === false).length,
    };
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
      const total = { sent: 0, failed: 0 };
      if (transport === undefined) return total;
      for (let batch = 0; batch < batchesPerRun; batch += 1) {
        const { taken, sent, failed } = await deliverBatch();
        total.sent += sent;
        total.failed += failed;
        // If the provider is down, the remaining batches are left for later.
        if (taken < batchSize || sent === 0) break;
      }
      return total;
    },
  };
}

function errorName(error: unknown): string {
  return error instanceof Error ? error.name : "unknown error";
}
