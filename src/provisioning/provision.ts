/**
 * provision(): a platform from nothing, or from wherever an earlier run left it, to verified. Observes, plans, does the
 * steps under the lease, and says what it does. Runs in Node and in a Worker.
 */
import type { PlatformChoices } from "./choices.ts";
import type { ClaimLink } from "./claim-link.ts";
import type { Clock } from "./clock.ts";
import type { Cloudflare } from "./cloudflare/client.ts";
import { desire, type Desired } from "./desired.ts";
import { withoutRepeatedPlan, type ProvisioningEvent } from "./events.ts";
import { PlatformBusyError } from "./job.ts";
import { observe, readVariable, type Observed } from "./observe.ts";
import { needsJob, plan, type ClaimPolicy, type PlannedStep } from "./plan.ts";
import { ProvisioningError, nothingChanged } from "./provisioning-error.ts";
import type { Release } from "./release.ts";
import { Run } from "./run.ts";
import { whenFree } from "./when-free.ts";

export interface ProvisionOptions extends PlatformChoices {
  platformId: string;
  release: Release;
  cloudflare: Cloudflare;
  /** Default: `once`, or `always` when `claimEmail` is given. */
  claim?: ClaimPolicy | undefined;
  /** Plans, and changes nothing. */
  dryRun?: boolean | undefined;
  /** Fails, and makes nothing, when the platform has no Worker. */
  mustExist?: boolean | undefined;
  /** Fails at once when another job has the platform, instead of waiting for it. */
  failWhenBusy?: boolean | undefined;
  leaseSeconds?: number | undefined;
  certificateSeconds?: number | undefined;
  settleSeconds?: number | undefined;
  onEvent?: ((event: ProvisioningEvent) => void) | undefined;
  /** With which the new host is spoken to. Default: the global one. */
  fetch?: typeof fetch | undefined;
  clock?: Clock | undefined;
  /** Stops between two steps and gives the lease back. */
  signal?: AbortSignal | undefined;
}

export interface ProvisionResult {
  platformId: string;
  authUrl: string;
  consoleUrl: string;
  workerName: string;
  databaseName: string;
  databaseId: string | undefined;
  release: string;
  steps: PlannedStep[];
  /** Whether anything was done, beyond looking. */
  changed: boolean;
  claim: ClaimLink | undefined;
}

/** @throws ProvisioningError; run again, it goes on where it stopped. */
export async function provision(options: ProvisionOptions): Promise<ProvisionResult> {
  const desired = desire(options.platformId, options.release, options);
  const again = `nno-auth provision ${desired.contract.platformId}`;
  const told = { ...options, onEvent: withoutRepeatedPlan(options.onEvent) };
  return whenFree(desired.contract.platformId, again, options, async () =>
    provisionOnce(desired, told),
  );
}

async function provisionOnce(wanted: Desired, options: ProvisionOptions): Promise<ProvisionResult> {
  const { cloudflare, onEvent, claimEmail } = options;
  const observed = await observe(cloudflare, {
    contract: wanted.contract,
    authUrl: options.customDomain === undefined ? undefined : wanted.variables["AUTH_URL"],
    lookForDatabase: options.dryRun === true,
  });
  if (options.mustExist === true && observed.worker === undefined) {
    const { platformId, workerName } = wanted.contract;
    throw new ProvisioningError("platform_unknown", `there is no Worker ${workerName}`, {
      state: nothingChanged,
      next: `to make the platform: nno-auth provision ${platformId}`,
    });
  }
  const desired = keepHost(wanted, observed);
  const policy = options.claim ?? (claimEmail === undefined ? "once" : "always");
  const steps = plan(desired, observed, policy);
  const willChange = needsJob(steps, observed);
  const { contract, release } = desired;
  const { database } = observed;
  const result: ProvisionResult = {
    platformId: contract.platformId,
    authUrl: observed.authUrl,
    consoleUrl:
      desired.variables["CONSOLE_URL"] ??
      readVariable(observed.worker, "CONSOLE_URL") ??
      contract.consoleUrl,
    workerName: contract.workerName,
    databaseName: contract.databaseName,
    databaseId: database.state === "present" ? database.id : undefined,
    release: release.tag,
    steps,
    changed: false,
    claim: undefined,
  };
  if (options.dryRun !== true && willChange && database.state === "present") {
    const { id, contents } = database;
    if (contents.leaseMs !== undefined) throw new PlatformBusyError(id, contents);
  }
  onEvent?.({ type: "plan", steps });
  if (options.dryRun === true) return result;
  const run = new Run(desired, observed, steps, options);
  await run.all(willChange);
  return { ...result, changed: willChange, databaseId: run.databaseId, claim: run.claim };
}

/** A platform that has a custom domain keeps it, on the port that the local edge has now. */
function keepHost(desired: Desired, { authUrl }: Observed): Desired {
  if (desired.variables["AUTH_URL"] === undefined) return desired;
  return { ...desired, variables: { ...desired.variables, AUTH_URL: authUrl } };
}
