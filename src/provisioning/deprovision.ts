/**
 * deprovision(): removes a platform, after exporting its data and checking the export. What stays is the tombstone, an empty
 * database of the platform's name that holds only the journal of the removal.
 */
import type { Platform } from "../platform.ts";
import type { SaveExport } from "./checked-export.ts";
import { readPlatform } from "./desired.ts";
import { withoutRepeatedPlan, type AnnouncedStep } from "./events.ts";
import { databaseOf, findDatabase, observe, type Observed } from "./observe.ts";
import { ownershipOf, refuseForeignWorker } from "./ownership.ts";
import { planSteps } from "./plan.ts";
import { ProvisioningError, nothingChanged } from "./provisioning-error.ts";
import { createWork, runSteps, type RunOptions, type RunRules } from "./run.ts";
import { removalSteps } from "./steps/order.ts";
import type { RemovalWork } from "./steps/step.ts";
import { whenFree } from "./when-free.ts";

const defaultExportLeaseSeconds = 30 * 60;

export interface DeprovisionOptions extends RunOptions {
  platformId: string;
  /** The platformId again. Nothing happens unless it is the same. */
  confirm: string | undefined;
  /** Stores the export and reports what is in it. */
  saveExport: SaveExport;
  rootDomain?: string | undefined;
  port?: number | undefined;
  dryRun?: boolean | undefined;
  failWhenBusy?: boolean | undefined;
  /** How long the lease lasts while the database is exported and cannot renew it. Default: 30 minutes. */
  exportLeaseSeconds?: number | undefined;
}

export interface DeprovisionResult {
  platformId: string;
  /** False if the platform had already been removed. */
  changed: boolean;
  /** Where the export is. */
  exportedTo: string | undefined;
  tombstone: string;
  steps: AnnouncedStep[];
}

/** @throws ProvisioningError. Running it again resumes where it stopped. */
export async function deprovision(options: DeprovisionOptions): Promise<DeprovisionResult> {
  const contract = readPlatform(options.platformId, options);
  const again = `nno-auth deprovision ${contract.platformId} --confirm ${contract.platformId}`;
  if (options.confirm !== contract.platformId && options.dryRun !== true) {
    throw new ProvisioningError(
      "input_invalid",
      `removing the platform ${contract.platformId} ends it for everybody who uses it`,
      { state: nothingChanged, next: `if you mean it: ${again}` },
    );
  }
  const onEvent = withoutRepeatedPlan(options.onEvent);
  return whenFree(contract.platformId, again, options, async () =>
    deprovisionOnce(contract, { ...options, onEvent }, again),
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
  // A Worker whose database is gone is left by a run that stopped half-way. The name now belongs to the tombstone, or to
  // nothing.
  const database =
    observed.database.state === "gone"
      ? await findDatabase(cloudflare, contract.databaseName)
      : observed.database;
  refuseToRemove(contract, observed, database);
  const facts = { contract, holdsData: holdsData(database) };
  const isRemoved =
    observed.worker === undefined && !facts.holdsData && lastOutcome(database) === "done";
  const steps = planSteps(removalSteps, facts).map((step) =>
    isRemoved ? { ...step, isNeeded: false } : step,
  );
  onEvent?.({ type: "plan", steps });
  const result: DeprovisionResult = {
    platformId: contract.platformId,
    changed: false,
    exportedTo: undefined,
    tombstone: contract.databaseName,
    steps,
  };
  if (isRemoved || options.dryRun === true) return result;
  const work: RemovalWork = {
    ...createWork(
      "deprovision",
      null,
      contract,
      removalSteps.map(({ name }) => name),
      database.state === "present" ? { ...database, isNew: false } : undefined,
      options,
    ),
    saveExport: options.saveExport,
    exportLeaseSeconds: options.exportLeaseSeconds ?? defaultExportLeaseSeconds,
    exportedTo: undefined,
  };
  await runSteps(removalSteps, steps, work, rulesOf(again), onEvent);
  return { ...result, changed: true, exportedTo: work.exportedTo };
}

function rulesOf(again: string): RunRules {
  return {
    takesLease: true,
    again,
    describeState: ({ done, toDo }) =>
      done.length === 0
        ? "nothing was removed"
        : `completed steps: ${done.join(", ")}; still to do: ${toDo.join(", ")}`,
  };
}

function holdsData(database: Observed["database"]): boolean {
  if (database.state !== "present") return false;
  const isTombstone = ownershipOf(database.contents) === "tombstone";
  return !isTombstone && database.contents.tables.includes("user");
}

function lastOutcome(database: Observed["database"]): string | null | undefined {
  return database.state === "present" ? database.contents.lastJob?.outcome : undefined;
}

function refuseToRemove(
  contract: Platform,
  { worker }: Observed,
  database: Observed["database"],
): void {
  if (worker === undefined && database.state === "absent") {
    throw new ProvisioningError(
      "platform_unknown",
      `there is no platform ${contract.platformId} on this account`,
      { state: nothingChanged, next: "list the platforms with: nno-auth status" },
    );
  }
  const isBound = database.state === "present" && databaseOf(worker) === database.id;
  if (database.state !== "present" || isBound) return;
  if (ownershipOf(database.contents) === "foreign") {
    throw new ProvisioningError(
      "database_foreign",
      `the database ${contract.databaseName} has no journal of ours`,
      { state: nothingChanged, next: "if it is the platform's, remove it with wrangler" },
    );
  }
}
