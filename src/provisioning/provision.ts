/**
 * provision(): takes a platform from nothing, or from wherever an earlier run left it, to verified. Observes, plans, and runs
 * the steps under the lease. Runs in Node and in a Worker.
 */
import type { PlatformChoices } from "./choices.ts";
import type { ClaimLink } from "./claim-link.ts";
import { desire, type Desired } from "./desired.ts";
import { withoutRepeatedPlan, type AnnouncedStep } from "./events.ts";
import { PlatformBusyError } from "./job.ts";
import { observe, readVariable, type Observed } from "./observe.ts";
import { needsJob, plan } from "./plan.ts";
import { ProvisioningError, nothingChanged } from "./provisioning-error.ts";
import type { Release } from "./release.ts";
import { createWork, runSteps, type RunOptions, type RunRules } from "./run.ts";
import { provisioningSteps } from "./steps/order.ts";
import type { ClaimPolicy, ProvisioningWork } from "./steps/step.ts";
import { whenFree } from "./when-free.ts";

export interface ProvisionOptions extends PlatformChoices, RunOptions {
  platformId: string;
  release: Release;
  /** Default: `once`, or `always` if `claimEmail` is given. */
  claim?: ClaimPolicy | undefined;
  /** Plans and changes nothing. */
  dryRun?: boolean | undefined;
  /** Fails, and creates nothing, if the platform has no Worker. */
  mustExist?: boolean | undefined;
  /** Fails at once if another job has the platform, instead of waiting for it. */
  failWhenBusy?: boolean | undefined;
  /** How long to wait for a host at which nobody answers yet. Default: see `verifyPlatform`. */
  certificateSeconds?: number | undefined;
  /** How long to wait for a Worker that answers to be healthy. Default: see `verifyPlatform`. */
  settleSeconds?: number | undefined;
}

export interface ProvisionResult {
  platformId: string;
  authUrl: string;
  consoleUrl: string;
  workerName: string;
  databaseName: string;
  databaseId: string | undefined;
  release: string;
  steps: AnnouncedStep[];
  /** Whether anything was done, beyond looking. */
  changed: boolean;
  claim: ClaimLink | undefined;
}

/** @throws ProvisioningError. Running it again resumes where it stopped. */
export async function provision(options: ProvisionOptions): Promise<ProvisionResult> {
  const desired = desire(options.platformId, options.release, options);
  const again = `nno-auth provision ${desired.contract.platformId}`;
  const onEvent = withoutRepeatedPlan(options.onEvent);
  return whenFree(desired.contract.platformId, again, options, async () =>
    provisionOnce(desired, { ...options, onEvent }, again),
  );
}

async function provisionOnce(
  wanted: Desired,
  options: ProvisionOptions,
  again: string,
): Promise<ProvisionResult> {
  const { cloudflare, onEvent, claimEmail } = options;
  const observed = await observe(cloudflare, {
    contract: wanted.contract,
    authUrl: options.customDomain === undefined ? undefined : wanted.variables["AUTH_URL"],
    lookForDatabase: options.dryRun === true,
    lookForJurisdiction: options.jurisdiction !== undefined,
  });
  if (options.mustExist === true && observed.worker === undefined) throw noWorker(wanted);
  const desired = keepHost(wanted, observed);
  const planned = plan(
    desired,
    observed,
    options.claim ?? (claimEmail === undefined ? "once" : "always"),
  );
  const willChange = needsJob(planned, observed);
  const { database } = observed;
  if (options.dryRun !== true && willChange && database.state === "present") {
    const { id, contents } = database;
    if (contents.leaseMs !== undefined) throw new PlatformBusyError(id, contents);
  }
  onEvent?.({ type: "plan", steps: planned });
  const result = describeResult(desired, observed, planned);
  if (options.dryRun === true) return result;

  const steps = provisioningSteps({ hasWorker: observed.worker !== undefined });
  const work: ProvisioningWork = {
    ...createWork(
      "provision",
      desired.release.tag,
      desired.contract,
      steps.map(({ name }) => name),
      database.state === "present" ? { ...database, isNew: false } : undefined,
      options,
    ),
    desired,
    observed,
    claimEmail,
    certificateSeconds: options.certificateSeconds,
    settleSeconds: options.settleSeconds,
    claim: undefined,
  };
  await runSteps(steps, planned, work, rulesOf(work, willChange, again), onEvent);
  const { id: databaseId } = work.database ?? { id: undefined };
  return { ...result, changed: willChange, databaseId, claim: work.claim };
}

function rulesOf(work: ProvisioningWork, takesLease: boolean, again: string): RunRules {
  const { cloudflare, contract, observed } = work;
  return {
    takesLease,
    again,
    /** If the run adopted the database of an earlier job, that job may have made a Worker since we looked for one. */
    async isOutdated() {
      const { database } = work;
      if (observed.database.state === "present" || database?.contents.lastJob === undefined) {
        return false;
      }
      return (await cloudflare.readWorker(contract.workerName)) !== undefined;
    },
    /** Only what this run made for a platform that did not exist before. */
    undoesWhenRefused: () => observed.worker === undefined && work.database?.isNew === true,
    describeState({ done, isUndone }) {
      if (done.length === 0) return nothingChanged;
      return isUndone
        ? "everything that this run had created was removed again"
        : `completed steps: ${done.join(", ")}`;
    },
  };
}

function describeResult(
  { contract, release, variables }: Desired,
  { worker, database, authUrl }: Observed,
  steps: AnnouncedStep[],
): ProvisionResult {
  return {
    platformId: contract.platformId,
    authUrl,
    consoleUrl:
      variables["CONSOLE_URL"] ?? readVariable(worker, "CONSOLE_URL") ?? contract.consoleUrl,
    workerName: contract.workerName,
    databaseName: contract.databaseName,
    databaseId: database.state === "present" ? database.id : undefined,
    release: release.tag,
    steps,
    changed: false,
    claim: undefined,
  };
}

function noWorker({ contract: { platformId, workerName } }: Desired): ProvisioningError {
  return new ProvisioningError("platform_unknown", `there is no Worker ${workerName}`, {
    state: nothingChanged,
    next: `to create the platform, run: nno-auth provision ${platformId}`,
  });
}

/** A platform with a custom domain keeps it, on the port that the local edge has now. */
function keepHost(desired: Desired, { authUrl }: Observed): Desired {
  if (desired.variables["AUTH_URL"] === undefined) return desired;
  return { ...desired, variables: { ...desired.variables, AUTH_URL: authUrl } };
}
