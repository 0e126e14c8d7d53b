/**
 * One job on one platform: takes the lease, writes the journal, ends. Every write may be repeated, or is looked for before
 * it is: its answer may have been lost after it took effect.
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

/** Another job was here between looking and acting: look again. */
export class PlatformChangedError extends Error {
  constructor() {
    super("other jobs keep changing the platform");
  }
}

const attempts = 4;
/** What changed is written at the latest with the first call after this; a fast job needs no call for it. */
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
  let heldSeconds = leaseSeconds;
  let renewedAt = 0;
  /** Whether a step is not in the journal as it is. */
  let isBehind = false;

  async function write(statements: readonly Sql[], how: { repeatable: boolean }): Promise<void> {
    if (databaseId === undefined) return;
    // When the lease began at the latest: the answer may take its time.
    const now = clock.now();
    isBehind = false;
    await cloudflare.query(
      databaseId,
      batch([...writeSteps(jobId, steps, heldSeconds), ...statements]),
      how,
    );
    renewedAt = now;
  }

  /** Like `write`; says in words that another job has taken over. */
  async function writeUnderLease(statements: readonly Sql[]): Promise<void> {
    try {
      await write(statements, { repeatable: true });
    } catch (error) {
      const isLost =
        isLeaseLost(error) || isCloudflareError(error, cloudflareCode.databaseNotFound);
      if (!isLost) throw error;
      throw new ProvisioningError("lease_lost", "another job has taken the platform over", {
        state: "this one did nothing after that, and the other one goes on",
        next: "run again when it has ended: nothing is done twice",
        cause: error,
      });
    }
  }

  return {
    jobId,
    steps: steps as readonly Readonly<JournalStep>[],
    get isOpen() {
      return databaseId !== undefined;
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
     * Takes the lease; `statements` are in the same transaction.
     *
     * @param expected the last job that was seen: when another one came after it, what was seen is old.
     * @throws PlatformBusyError, PlatformChangedError, and CloudflareError 7500 when `statements` were refused.
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
            // The lease that was in the way may have ended a moment ago: then its job is still written as running.
            const hasJustEnded = contents.lastJob?.outcome === null;
            if (!(isUnknown || hasJustEnded) || attempt >= attempts) throw error;
            continue;
          }
          // It took effect; ask only for the job before it.
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

    /** Writes the steps; `statements` take effect once, in the same transaction. `isDone` tells from what is there. */
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
     * Renews the lease when half of it has passed. An attempt of a call that starts after it ends before the lease does:
     * the other half is longer than a call's time-out.
     *
     * @param mayBeGone the database was perhaps deleted by this job itself.
     * @param behindMs for how long the journal may be behind: whoever reads it sees what a slow job is at.
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

    /** Takes the lease for longer, while the database will not answer; without a time, as long as usual again. */
    async holdLease(seconds = leaseSeconds): Promise<void> {
      heldSeconds = seconds;
      await writeUnderLease([]);
    },

    /** The database is gone, and the lease with it: nothing is written any more. */
    leave(): void {
      databaseId = undefined;
    },

    /** @throws ProvisioningError `lease_lost`, and `statements` have no effect then. */
    async finish(statements: readonly Sql[] = []): Promise<void> {
      await writeUnderLease([...statements, endJob(jobId, "done", null)]);
    },

    /** Gives the lease back and says why. Its own failure is not worth a word beside the one that led here. */
    async fail(error: string): Promise<void> {
      try {
        await write([endJob(jobId, "failed", error)], { repeatable: true });
      } catch {
        // The lease ends by itself.
      }
    },
  };
}
