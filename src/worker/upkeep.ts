/**
 * Decides when maintenance runs. The cron trigger runs all of it. For platforms without a cron trigger, sign-ins and
 * outgoing mail also run the tasks that are due, at most once per interval across all isolates. Mail is retried every
 * minute, because a reset link is valid for only an hour; everything else runs hourly.
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
  /** Runs all tasks now. */
  run: () => Promise<void>;
  /** Runs the tasks that no isolate has run within their interval. Usually this isolate knows that without a query. */
  runIfDue: () => Promise<void>;
}

export function createUpkeep({
  database,
  outbox,
  auditRetentionDays,
  now = Date.now,
}: UpkeepOptions): Upkeep {
  const removeExpiredRows = () => removeExpired(database, { now: now(), auditRetentionDays });
  const tasks = [
    { task: "outbox", intervalSeconds: 60, run: () => outbox.deliverDue(), notBefore: 0 },
    { task: "maintenance", intervalSeconds: 60 * 60, run: removeExpiredRows, notBefore: 0 },
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
