/**
 * When maintenance runs: from the cron trigger, and for platforms without one after sign-ins and mail, under a throttle
 * that holds across isolates. Mail is tried every minute, since a reset link is worth an hour; the rest once an hour.
 */
import type { Database } from "./db/database.ts";
import { claimRun, removeExpired } from "./db/maintenance.ts";
import type { Outbox } from "./email/outbox.ts";

interface UpkeepOptions {
  database: Database;
  outbox: Outbox;
  auditRetentionDays: number;
  now?: () => number;
}

export interface Upkeep {
  /** Everything, now. */
  run: () => Promise<void>;
  /** What no isolate has done in its interval. Costs nothing while this isolate knows that it is not due. */
  runIfDue: () => Promise<void>;
}

export function createUpkeep({
  database,
  outbox,
  auditRetentionDays,
  now = Date.now,
}: UpkeepOptions): Upkeep {
  const removal = () => removeExpired(database, { now: now(), auditRetentionDays });
  const tasks = [
    { task: "outbox", intervalSeconds: 60, run: () => outbox.deliverDue(), notBefore: 0 },
    { task: "maintenance", intervalSeconds: 60 * 60, run: removal, notBefore: 0 },
  ];
  return {
    async run() {
      for (const { run } of tasks) await run();
    },
    async runIfDue() {
      for (const entry of tasks) {
        const { task, intervalSeconds, run } = entry;
        if (now() < entry.notBefore) continue;
        entry.notBefore = now() + intervalSeconds * 1000;
        if (await claimRun(database, task, { now: now(), intervalSeconds })) await run();
      }
    },
  };
}
