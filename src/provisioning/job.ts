/**
 * One job on one platform: it takes the lease, writes the journal, and ends. The answer to a write may be lost after the
 * write took effect, so every write is either repeatable or looked for before it is sent again.
 */
import { systemClock, type Clock } from "./clock.ts";
import { OutcomeUnknownError, cloudflareCode, isCloudflareError } from "./cloudflare/errors.ts";
import type { Cloudflare } from "./cloudflare/client.ts";
import { readContents, type DatabaseContents } from "./database-contents.ts";
import {
  beginJob,
  defaultLeaseSeconds,
  endJob,
  isLeaseLost,
  writeSteps,
  type JournalStep,
  type StepState,
} from "./journal.ts";
import { ProvisioningError } from "./provisioning-error.ts";
import { batch, type Sql } from "./sql.ts";

/** Another job has the platform. */
export class PlatformBusyError extends Error {
  readonly databaseId: string;
  readonly leaseMs: number;
  readonly command: string;

  constructor(databaseId: string, { leaseMs, lastJob }: DatabaseContents) {
    super("another job has the platform");
    this.databaseId = databaseId;
    this.leaseMs = leaseMs ?? 0;
    this.command = lastJob?.command ?? "job";
  }
}

/** Another job ran between looking and acting, so this one has to look again. */
export class PlatformChangedError extends Error {
  constructor() {
    super("other jobs keep changing the platform");
  }
}

const attempts = 4;
/** A change that is older than this is written before the next call. A fast job never needs a call for it. */
const slowStepMs = 3000;

export type Job = ReturnType<typeof createJob>;

export function createJob({
  cloudflare,
  command,
  release,
  stepNames,
  leaseSeconds = defaultLeaseSeconds,
  clock = systemClock,
}: {
  cloudflare: Cloudflare;
  command: string;
  release: string | null;
  stepNames: readonly string[];
  leaseSeconds?: number | undefined;
  clock?: Clock | undefined;
}) {
  const jobId = crypto.randomUUID();
  const steps: JournalStep[] = stepNames.map((step) => ({
    step,
    state: "waiting",
    startedAt: null,
    endedAt: null,
    error: null,
    detail: null,
  }));
  let databaseId: string | undefined;
  let hasEnded = false;
  let heldSeconds = leaseSeconds;
  let renewedAt = 0;
  /** Whether the journal does not show the current state of a step yet. */
  let isBehind = false;

  async function write(statements: readonly Sql[], how: { repeatable: boolean }): Promise<void> {
    if (databaseId === undefined) return;
    // Noted before the call: the lease begins no later than now, however long the answer takes.
    const now = clock.now();
    isBehind = false;
    await cloudflare.query(
      databaseId,
      batch([...writeSteps(jobId, steps, heldSeconds), ...statements]),
      how,
    );
    renewedAt = now;
  }

  /** Like `write`, but explains it if another job has taken over. */
  async function writeUnderLease(statements: readonly Sql[]): Promise<void> {
    try {
      await write(statements, { repeatable: true });
    } catch (error) {
      const isLost =
        isLeaseLost(error) || isCloudflareError(error, cloudflareCode.databaseNotFound);
      if (!isLost) throw error;
      throw new ProvisioningError("lease_lost", "another job has taken over the platform", {
        state: "this job did nothing after that, and the other one continues",
        next: "run again when the other job has ended; nothing is done twice",
        cause: error,
      });
    }
  }

  return {
    jobId,
    steps: steps as readonly Readonly<JournalStep>[],
    /** Whether this job has the lease. */
    get isOpen() {
      return databaseId !== undefined;
    },
    get hasEnded() {
      return hasEnded;
    },

    mark(
      step: string,
      state: StepState,
      { detail, error }: { detail?: string; error?: string } = {},
    ) {
      const entry = steps.find((one) => one.step === step);
      if (entry === undefined) return;
      isBehind = true;
      entry.state = state;
      if (state === "running") entry.startedAt ??= clock.now();
      if (state === "done" || state === "failed") {
        entry.endedAt = clock.now();
        entry.startedAt ??= entry.endedAt;
      }
      entry.detail = detail ?? entry.detail;
      entry.error = error ?? null;
    },

    /**
     * Takes the lease, and executes `statements` in the same transaction.
     *
     * @param expected the last job that was observed. If another one ran after it, the observation is out of date.
     * @throws PlatformBusyError, PlatformChangedError, and CloudflareError 7500 if `statements` were refused.
     */
    async open(database: string, expected: string | undefined, statements: readonly Sql[] = []) {
      const begin = beginJob({ jobId, command, release, leaseSeconds });
      const text = batch([
        ...begin.before,
        ...writeSteps(jobId, steps, leaseSeconds),
        ...statements,
        begin.previous,
        ...begin.prune,
      ]);
      for (let attempt = 1; ; attempt += 1) {
        let rows;
        try {
          rows = await cloudflare.query(database, text, { repeatable: false });
        } catch (error) {
          const isUnknown = error instanceof OutcomeUnknownError;
          if (!isUnknown && !isCloudflareError(error, cloudflareCode.queryFailed)) throw error;
          const contents = await readContents(cloudflare, database);
          if (contents.lastJob?.jobId !== jobId) {
            if (contents.leaseMs !== undefined) throw new PlatformBusyError(database, contents);
            if (contents.lastJob?.jobId !== expected) throw new PlatformChangedError();
            // The lease that was in the way may have just ended, and then its job is still recorded as running.
            const hasJustEnded = contents.lastJob?.outcome === null;
            if (!(isUnknown || hasJustEnded) || attempt >= attempts) throw error;
            continue;
          }
          // It took effect, so only the previous job is missing.
          rows = await cloudflare.query(database, batch([begin.previous, ...begin.prune]), {
            repeatable: true,
          });
        }
        databaseId = database;
        renewedAt = clock.now();
        isBehind = false;
        const previous = rows.at(-1 - begin.prune.length)?.[0]?.["job_id"];
        if (previous !== expected) {
          await write([endJob(jobId, "failed", "another job ran in between")], {
            repeatable: true,
          });
          throw new PlatformChangedError();
        }
        return;
      }
    },

    /**
     * Writes the steps. `statements` take effect exactly once, in the same transaction; `isDone` tells from the contents
     * whether they already have.
     */
    async writeOnce(
      statements: readonly Sql[],
      isDone: (contents: DatabaseContents) => boolean,
    ): Promise<void> {
      for (let attempt = 1; ; attempt += 1) {
        try {
          await write(statements, { repeatable: false });
          return;
        } catch (error) {
          const isUnknown = error instanceof OutcomeUnknownError;
          if (!isUnknown && !isCloudflareError(error, cloudflareCode.queryFailed)) throw error;
          if (databaseId === undefined) throw error;
          const contents = await readContents(cloudflare, databaseId);
          if (isDone(contents)) return;
          if (contents.lastJob?.jobId !== jobId) throw new PlatformChangedError();
          if (!isUnknown || attempt >= attempts) throw error;
        }
      }
    },

    /**
     * Renews the lease once half of it has passed. The other half is longer than the time-out of a call, so an attempt that
     * starts after this ends before the lease does.
     *
     * @param mayBeGone this job may already have deleted the database itself.
     * @param behindMs how far the journal may lag behind, so that its readers see what a slow job is doing.
     * @throws ProvisioningError `lease_lost`
     */
    async keepLease({ mayBeGone = false, behindMs = slowStepMs } = {}): Promise<void> {
      const passedMs = clock.now() - renewedAt;
      const isDue = passedMs >= (heldSeconds * 1000) / 2 || (isBehind && passedMs >= behindMs);
      if (databaseId === undefined || !isDue) return;
      try {
        await writeUnderLease([]);
      } catch (error) {
        const { cause } = error instanceof ProvisioningError ? error : { cause: undefined };
        if (mayBeGone && isCloudflareError(cause, cloudflareCode.databaseNotFound)) return;
        throw error;
      }
    },

    /** Extends the lease for a time in which the database will not answer. Without a time, back to the usual length. */
    async holdLease(seconds = leaseSeconds): Promise<void> {
      heldSeconds = seconds;
      await writeUnderLease([]);
    },

    /** The database is gone, and the lease with it. Nothing is written until the job is opened in another database. */
    leave(): void {
      databaseId = undefined;
    },

    /** Ends the job, together with `statements`. @throws ProvisioningError `lease_lost`; then `statements` had no effect. */
    async finish(statements: readonly Sql[] = []): Promise<void> {
      await writeUnderLease([...statements, endJob(jobId, "done", null)]);
      hasEnded = true;
      databaseId = undefined;
    },

    /** Gives the lease back and records why. If that fails too, the failure that led here is the one worth reporting. */
    async fail(error: string): Promise<void> {
      try {
        await write([endJob(jobId, "failed", error)], { repeatable: true });
      } catch {
        // The lease ends by itself.
      }
    },
  };
}
