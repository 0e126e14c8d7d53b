/**
 * deprovision(): takes a platform away, its data exported and checked before. The Worker goes last: while it is there, an
 * interrupted run is seen and finished. What stays is a database of the platform's name with nothing but this job's journal
 * in it, the tombstone: it costs nothing, and the name that it holds keeps anybody from provisioning the id by mistake.
 */
import type { Platform } from "../platform.ts";
import { systemClock, type Clock } from "./clock.ts";
import { OutcomeUnknownError, cloudflareCode, isCloudflareError } from "./cloudflare/errors.ts";
import type { Cloudflare } from "./cloudflare/client.ts";
import { emptyContents, type DatabaseContents } from "./database-contents.ts";
import { readPlatform } from "./desired.ts";
import { withoutRepeatedPlan, type AnnouncedStep, type ProvisioningEvent } from "./events.ts";
import { explain } from "./explain.ts";
import { exportChecked, type SaveExport } from "./export.ts";
import { PlatformBusyError, PlatformChangedError, createJob, type Job } from "./job.ts";
import {
  databaseOf,
  findDatabase,
  observe,
  type Observed,
  type ObservedDatabase,
} from "./observe.ts";
import { ownershipOf, refuseForeignWorker } from "./ownership.ts";
import { ProvisioningError, nothingChanged } from "./provisioning-error.ts";
import { whenFree } from "./when-free.ts";

const removalSteps = ["export", "hostname", "database", "tombstone", "worker"] as const;
const defaultExportLeaseSeconds = 30 * 60;
type RemovalStep = (typeof removalSteps)[number];

export interface DeprovisionOptions {
  platformId: string;
  /** The platformId once more: nothing happens unless it is the same. */
  confirm: string | undefined;
  cloudflare: Cloudflare;
  /** Keeps the export and says what is in it. */
  saveExport: SaveExport;
  rootDomain?: string | undefined;
  port?: number | undefined;
  dryRun?: boolean | undefined;
  failWhenBusy?: boolean | undefined;
  leaseSeconds?: number | undefined;
  /** Of the lease that is held while the database is exported and cannot renew it. Default: 30 minutes. */
  exportLeaseSeconds?: number | undefined;
  onEvent?: ((event: ProvisioningEvent) => void) | undefined;
  /** With which the export is fetched. */
  fetch?: typeof fetch | undefined;
  clock?: Clock | undefined;
  signal?: AbortSignal | undefined;
}

export interface DeprovisionResult {
  platformId: string;
  /** False when it was removed before. */
  changed: boolean;
  /** Where the export is. */
  exportedTo: string | undefined;
  tombstone: string;
  steps: AnnouncedStep[];
}

/** @throws ProvisioningError; run again, it goes on where it stopped. */
export async function deprovision(options: DeprovisionOptions): Promise<DeprovisionResult> {
  const contract = readPlatform(options.platformId, options);
  const again = `nno-auth deprovision ${contract.platformId} --confirm ${contract.platformId}`;
  if (options.confirm !== contract.platformId && options.dryRun !== true) {
    throw new ProvisioningError(
      "input_invalid",
      `removing the platform ${contract.platformId} ends it for everybody on it`,
      { state: nothingChanged, next: `if that is meant: ${again}` },
    );
  }
  const told = { ...options, onEvent: withoutRepeatedPlan(options.onEvent) };
  return whenFree(contract.platformId, again, options, async () =>
    deprovisionOnce(contract, told, again),
  );
}

async function deprovisionOnce(
  contract: Platform,
  options: DeprovisionOptions,
  again: string,
): Promise<DeprovisionResult> {
  const { cloudflare, onEvent } = options;
  const observed = await observe(cloudflare, { contract, lookForDatabase: true });
  refuseForeignWorker(contract, observed.worker);
  // A Worker whose database is gone: a run that stopped half-way. What is under the name now is the tombstone, or nothing.
  const named =
    observed.database.state === "gone"
      ? await findDatabase(cloudflare, contract.databaseName)
      : observed.database;
  refuseToRemove(contract, observed, named);
  const data = holdsData(named) ? named : undefined;
  const isRemoved =
    observed.worker === undefined && data === undefined && lastOutcome(named) === "done";
  const skipped = (step: RemovalStep) =>
    isRemoved || (data === undefined && (step === "export" || step === "database"));
  const steps = removalSteps.map((name) => ({
    name,
    isNeeded: !skipped(name),
    what: words[name],
  }));
  onEvent?.({ type: "plan", steps });
  const result: DeprovisionResult = {
    platformId: contract.platformId,
    changed: false,
    exportedTo: undefined,
    tombstone: contract.databaseName,
    steps,
  };
  if (isRemoved || options.dryRun === true) return result;
  const removal = new Removal(contract, options, again);
  const exportedTo = await removal.all(observed, named, data);
  return { ...result, changed: true, exportedTo };
}

const words: Record<RemovalStep, string> = {
  export: "export the data to a file, and check it",
  hostname: "detach the hostnames",
  database: "delete the database and all that is in it",
  tombstone: "keep the name taken by an empty database",
  worker: "delete the Worker and its secrets",
};

type Named = Observed["database"];
type WithData = Extract<ObservedDatabase, { state: "present" }>;

function holdsData(database: Named): database is WithData {
  if (database.state !== "present") return false;
  const ownership = ownershipOf(database.contents);
  return ownership !== "tombstone" && database.contents.tables.includes("user");
}

const contentsOf = (database: Named): DatabaseContents =>
  database.state === "present" ? database.contents : emptyContents;

const lastOutcome = (database: Named) => contentsOf(database).lastJob?.outcome;

function refuseToRemove(contract: Platform, { worker }: Observed, database: Named): void {
  if (worker === undefined && database.state === "absent") {
    throw new ProvisioningError(
      "platform_unknown",
      `there is no platform ${contract.platformId} on this account`,
      { state: nothingChanged, next: "see which there are with: nno-auth status" },
    );
  }
  const isBound = database.state === "present" && databaseOf(worker) === database.id;
  if (database.state !== "present" || isBound) return;
  if (ownershipOf(database.contents) === "foreign") {
    throw new ProvisioningError(
      "database_foreign",
      `the database ${contract.databaseName} has no journal of ours`,
      { state: nothingChanged, next: "remove it with wrangler if it is the platform's" },
    );
  }
}

class Removal {
  readonly #contract: Platform;
  readonly #options: DeprovisionOptions;
  readonly #again: string;
  readonly #clock: Clock;
  readonly #done: string[] = [];
  #job: Job;
  #current: RemovalStep = "export";
  #exportedTo: string | undefined;

  constructor(contract: Platform, options: DeprovisionOptions, again: string) {
    this.#contract = contract;
    this.#options = options;
    this.#again = again;
    this.#clock = options.clock ?? systemClock;
    this.#job = this.#newJob();
  }

  #newJob(): Job {
    return createJob({
      cloudflare: this.#options.cloudflare,
      command: "deprovision",
      release: null,
      stepNames: removalSteps,
      leaseSeconds: this.#options.leaseSeconds,
      clock: this.#clock,
    });
  }

  async all(
    observed: Observed,
    named: Named,
    data: WithData | undefined,
  ): Promise<string | undefined> {
    const { cloudflare } = this.#options;
    const { workerName } = this.#contract;
    const beforeEach = async () => this.#job.keepLease();
    try {
      if (data !== undefined) {
        await this.#job.open(data.id, data.contents.lastJob?.jobId);
        await this.#step("export", async () => this.#export(data));
      }
      await this.#step("hostname", async () => {
        const domains = await cloudflare.listDomains({ service: workerName });
        const ours = domains.filter(({ service }) => service === workerName);
        for (const { id } of ours) await cloudflare.detachDomain(id, { beforeEach });
        return ours.map(({ hostname }) => hostname).join(", ");
      });
      if (data !== undefined) {
        await this.#step("database", async () => {
          await cloudflare.deleteDatabase(data.id, {
            // The answer of an attempt before may have been lost, and the lease is in what it deleted.
            beforeEach: async () => this.#job.keepLease({ mayBeGone: true }),
          });
          this.#job.leave();
          return data.id;
        });
      }
      await this.#step("tombstone", async () =>
        this.#bury(data === undefined ? named : { state: "absent" }),
      );
      await this.#step("worker", async () => {
        await cloudflare.deleteWorker(workerName, { beforeEach });
        return workerName;
      });
      await this.#job.finish();
      return this.#exportedTo;
    } catch (error) {
      if (error instanceof PlatformBusyError || error instanceof PlatformChangedError) throw error;
      throw await this.#failed(error, observed);
    }
  }

  async #step(step: RemovalStep, act: () => Promise<string>): Promise<void> {
    this.#current = step;
    this.#options.signal?.throwIfAborted();
    this.#emit(step, "running");
    await this.#job.keepLease();
    const detail = await act();
    this.#done.push(step);
    this.#emit(step, "done", detail);
  }

  async #export({ id, contents }: WithData): Promise<string> {
    await this.#job.holdLease(this.#options.exportLeaseSeconds ?? defaultExportLeaseSeconds);
    this.#exportedTo = await exportChecked({
      cloudflare: this.#options.cloudflare,
      databaseId: id,
      tables: contents.tables,
      saveExport: this.#options.saveExport,
      fetch: this.#options.fetch,
      clock: this.#clock,
      signal: this.#options.signal,
    });
    await this.#job.holdLease();
    return this.#exportedTo;
  }

  /** Makes the tombstone, or finds it. From here on this job's journal is kept in it. */
  async #bury(named: Named): Promise<string> {
    const { cloudflare } = this.#options;
    const { databaseName } = this.#contract;
    for (let attempt = 1; ; attempt += 1) {
      try {
        if (named.state !== "present") {
          const { id } = await cloudflare.createDatabase(databaseName);
          named = { state: "present", id, contents: emptyContents };
        }
        break;
      } catch (error) {
        const isTaken = isCloudflareError(error, cloudflareCode.databaseNameTaken);
        if (!isTaken && !(error instanceof OutcomeUnknownError)) throw error;
        named = await findDatabase(cloudflare, databaseName);
        if (named.state !== "present" && attempt >= 4) throw error;
      }
    }
    const before = this.#job.steps;
    this.#job = this.#newJob();
    for (const { step, state, detail } of before) {
      this.#job.mark(step, state, detail === null ? {} : { detail });
    }
    await this.#job.open(named.id, named.contents.lastJob?.jobId);
    return databaseName;
  }

  #emit(step: RemovalStep, state: "running" | "done" | "failed", detail?: string): void {
    const more = detail === undefined || detail === "" ? {} : { detail };
    this.#job.mark(step, state, more);
    this.#options.onEvent?.({ type: "step", step, state, at: this.#clock.now(), ...more });
  }

  async #failed(error: unknown, { worker }: Observed): Promise<ProvisioningError> {
    const rest = removalSteps.filter((step) => !this.#done.includes(step));
    const state =
      this.#done.length === 0
        ? "nothing was removed"
        : `done are ${this.#done.join(", ")}; to do are ${rest.join(", ")}${worker === undefined ? "" : ", the Worker last"}`;
    const explained = explain(error, state, this.#again);
    this.#job.mark(this.#current, "failed", { error: explained.message });
    this.#options.onEvent?.({
      type: "step",
      step: this.#current,
      state: "failed",
      at: this.#clock.now(),
      detail: explained.message,
    });
    await this.#job.fail(explained.line);
    return explained;
  }
}
