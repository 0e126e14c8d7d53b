/**
 * A platform's lease and journal, which live in its own database. Only one job can run at a time, because `running` is
 * unique. A job that has lost its lease to another one can no longer write a step, nor anything else in the same transaction.
 * The schema holds all of these rules.
 */
import { cloudflareCode, isCloudflareError } from "./cloudflare/errors.ts";
import { sql, type Sql } from "./sql.ts";

/** A job that has written nothing for this long is taken to be dead. */
export const defaultLeaseSeconds = 120;
const keptJobs = 20;
/** Counted separately, so that hourly verifications do not push the jobs out of the history. */
const keptVerifications = 10;

export type StepState = "waiting" | "running" | "done" | "skipped" | "failed";

export interface JournalStep {
  step: string;
  state: StepState;
  startedAt: number | null;
  endedAt: number | null;
  error: string | null;
  detail: string | null;
}

export interface Job {
  jobId: string;
  command: string;
  release: string | null;
  startedAt: number;
  endedAt: number | null;
  /** `done`, `failed`, `abandoned`; null while it runs. */
  outcome: string | null;
  error: string | null;
  leaseExpiresAt: number;
}

export const journalTables = ["provisioning", "provisioning_step"] as const;

/** Leases go by the database's own clock, because operators' clocks differ. */
export const databaseNow: Sql = { text: "CAST(unixepoch('subsec') * 1000 AS INTEGER)" };

const tables: Sql[] = [
  sql`CREATE TABLE IF NOT EXISTS provisioning (
  job_id TEXT PRIMARY KEY NOT NULL,
  command TEXT NOT NULL,
  release TEXT,
  started_at INTEGER NOT NULL,
  ended_at INTEGER,
  outcome TEXT,
  error TEXT,
  lease_expires_at INTEGER NOT NULL,
  running INTEGER UNIQUE CHECK (running = 1)
)`,
  sql`CREATE TABLE IF NOT EXISTS provisioning_step (
  job_id TEXT NOT NULL,
  position INTEGER NOT NULL,
  step TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'running', 'done', 'skipped', 'failed')),
  started_at INTEGER,
  ended_at INTEGER,
  error TEXT,
  detail TEXT,
  PRIMARY KEY (job_id, position)
)`,
  sql`CREATE TRIGGER IF NOT EXISTS provisioning_step_needs_lease
BEFORE INSERT ON provisioning_step
WHEN (SELECT outcome FROM provisioning WHERE job_id = NEW.job_id) = 'abandoned'
BEGIN
  SELECT RAISE(ABORT, 'LEASE_LOST');
END`,
];

/** Whether the trigger above refused a write. It looks for this file's own word, not for one of Cloudflare's. */
export function isLeaseLost(error: unknown): boolean {
  return (
    isCloudflareError(error, cloudflareCode.queryFailed) &&
    error.errors.some(({ message }) => message.includes("LEASE_LOST"))
  );
}

interface NewJob {
  jobId: string;
  command: string;
  release: string | null;
  leaseSeconds: number;
}

const prune: Sql[] = [
  sql`DELETE FROM provisioning WHERE job_id IN (SELECT job_id FROM provisioning
WHERE command <> 'verify' AND running IS NULL ORDER BY started_at DESC, rowid DESC LIMIT -1 OFFSET ${keptJobs})`,
  sql`DELETE FROM provisioning WHERE job_id IN (SELECT job_id FROM provisioning
WHERE command = 'verify' ORDER BY started_at DESC, rowid DESC LIMIT -1 OFFSET ${keptVerifications})`,
  sql`DELETE FROM provisioning_step WHERE job_id NOT IN (SELECT job_id FROM provisioning)`,
];

/**
 * Takes the lease, or makes the whole transaction fail because another job has it. `previous` selects the `job_id` of the job
 * before this one, and no row for the first job. It has to run before `prune`.
 */
export function beginJob({ jobId, command, release, leaseSeconds }: NewJob): {
  before: Sql[];
  previous: Sql;
  prune: Sql[];
} {
  return {
    before: [
      ...tables,
      sql`UPDATE provisioning SET running = NULL, ended_at = ${databaseNow}, outcome = 'abandoned'
WHERE running = 1 AND lease_expires_at <= ${databaseNow}`,
      sql`INSERT INTO provisioning (job_id, command, release, started_at, lease_expires_at, running)
VALUES (${jobId}, ${command}, ${release}, ${databaseNow}, ${databaseNow} + ${leaseSeconds * 1000}, 1)`,
    ],
    previous: sql`SELECT job_id FROM provisioning WHERE job_id <> ${jobId} AND command <> 'verify' ORDER BY started_at DESC, rowid DESC LIMIT 1`,
    prune,
  };
}

/** Writes the current state of every step and renews the lease. */
export function writeSteps(
  jobId: string,
  steps: readonly JournalStep[],
  leaseSeconds: number,
): Sql[] {
  return [
    sql`UPDATE provisioning SET lease_expires_at = ${databaseNow} + ${leaseSeconds * 1000} WHERE job_id = ${jobId} AND running = 1`,
    ...steps.map(
      ({ step, state, startedAt, endedAt, error, detail }, position) =>
        sql`INSERT OR REPLACE INTO provisioning_step (job_id, position, step, state, started_at, ended_at, error, detail)
VALUES (${jobId}, ${position}, ${step}, ${state}, ${startedAt}, ${endedAt}, ${error}, ${detail})`,
    ),
  ];
}

export function endJob(jobId: string, outcome: "done" | "failed", error: string | null): Sql {
  return sql`UPDATE provisioning SET running = NULL, ended_at = ${databaseNow}, outcome = ${outcome}, error = ${error}
WHERE job_id = ${jobId} AND running = 1`;
}

export const selectLastJob = sql`SELECT job_id, command, release, started_at, ended_at, outcome, error, lease_expires_at, running
FROM provisioning WHERE command <> 'verify' ORDER BY running DESC, started_at DESC, rowid DESC LIMIT 1`;

/** How much longer the lease of the running job lasts; no row if no job is running. */
export const selectLease = sql`SELECT lease_expires_at - ${databaseNow} AS lease_ms FROM provisioning WHERE running = 1`;

export const selectLastVerification = sql`SELECT max(ended_at) AS at FROM provisioning_step WHERE step = 'verify' AND state = 'done'`;

/** Records a verification that was not part of a job. It changes nothing, so it takes no lease. */
export function recordVerification(
  at: number,
  release: string | null,
  problem: string | null,
): Sql[] {
  const jobId = crypto.randomUUID();
  const outcome = problem === null ? "done" : "failed";
  return [
    sql`INSERT INTO provisioning (job_id, command, release, started_at, ended_at, outcome, error, lease_expires_at)
VALUES (${jobId}, 'verify', ${release}, ${at}, ${databaseNow}, ${outcome}, ${problem}, ${databaseNow})`,
    sql`INSERT INTO provisioning_step (job_id, position, step, state, started_at, ended_at, error)
VALUES (${jobId}, 0, 'verify', ${outcome}, ${at}, ${databaseNow}, ${problem})`,
    ...prune,
  ];
}
