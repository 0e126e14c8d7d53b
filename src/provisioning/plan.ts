/** (desired, observed) -> what is to be done. Pure. A step that has nothing to do is listed too, so that a plan reads whole. */
import { productTag, releaseTag, type Desired } from "./desired.ts";
import type { AnnouncedStep } from "./events.ts";
import {
  databaseOf,
  hasSecret,
  readVariable,
  type Observed,
  type ObservedWorker,
} from "./observe.ts";
import { refuseForeign } from "./ownership.ts";

export type StepName = "database" | "migrations" | "worker" | "hostname" | "verify" | "claim";

export interface PlannedStep extends AnnouncedStep {
  name: StepName;
}

/** `once`: a link for a platform without an admin and without an open link. `always`: a fresh one. */
export type ClaimPolicy = "once" | "always" | "never";

/** @throws ProvisioningError when the platform's names belong to something else. */
export function plan(desired: Desired, observed: Observed, claim: ClaimPolicy): PlannedStep[] {
  refuseForeign(desired, observed);
  return [
    planDatabase(desired, observed),
    planMigrations(desired, observed),
    ...planServing(desired, observed),
    { name: "verify", isNeeded: true, what: `ask ${observed.authUrl}` },
    planClaim(observed, claim),
  ];
}

/** Whether the plan changes anything, and so needs the lease. */
export function needsJob(steps: readonly PlannedStep[], { database }: Observed): boolean {
  const isUnfinished =
    database.state === "present" && database.contents.lastJob?.outcome !== "done";
  return isUnfinished || steps.some(({ name, isNeeded }) => isNeeded && name !== "verify");
}

function planDatabase({ contract }: Desired, { database }: Observed): PlannedStep {
  const name = "database";
  return database.state === "present"
    ? { name, isNeeded: false, what: database.id }
    : { name, isNeeded: true, what: `create ${contract.databaseName}` };
}

/** Migrations of the release that the database does not have, in order. */
export function pendingMigrations({ release }: Desired, applied: readonly string[]) {
  return release.migrations.filter(({ name }) => !applied.includes(name));
}

function planMigrations(desired: Desired, { database }: Observed): PlannedStep {
  const applied = database.state === "present" ? database.contents.migrations : [];
  const pending = pendingMigrations(desired, applied).map((migration) => migration.name);
  return pending.length === 0
    ? { name: "migrations", isNeeded: false, what: `${applied.length} applied` }
    : { name: "migrations", isNeeded: true, what: `apply ${pending.join(", ")}` };
}

/**
 * A hostname needs a Worker, so a new one comes first. One that runs gets its hostname first: it must not answer for a
 * host (AUTH_URL) that it then turns out not to get.
 */
function planServing(desired: Desired, observed: Observed): PlannedStep[] {
  const worker = planWorker(desired, observed);
  const hostname = planHostname(desired, observed);
  return observed.worker === undefined ? [worker, hostname] : [hostname, worker];
}

function planWorker(desired: Desired, { worker, database }: Observed): PlannedStep {
  const name = "worker";
  if (worker === undefined) {
    return {
      name,
      isNeeded: true,
      what: `upload ${desired.contract.workerName}, with a new secret`,
    };
  }
  const reasons = differences(
    desired,
    worker,
    database.state === "present" ? database.id : undefined,
  );
  return reasons.length === 0
    ? { name, isNeeded: false, what: desired.release.tag }
    : { name, isNeeded: true, what: `upload ${desired.release.tag}: ${reasons.join(", ")}` };
}

/** What makes an upload necessary. Names only: a value may be a secret. */
function differences(
  desired: Desired,
  worker: ObservedWorker,
  databaseId: string | undefined,
): string[] {
  const reasons: string[] = [];
  const { release, variables, choices } = desired;
  if (!worker.tags.includes(releaseTag(release)) || !worker.tags.includes(productTag)) {
    reasons.push("the release");
  }
  const changed = Object.entries(variables).filter(
    ([name, value]) => name !== "RELEASE" && readVariable(worker, name) !== value,
  );
  reasons.push(...changed.map(([name]) => name));
  if (readVariable(worker, "RELEASE") !== release.tag && reasons.length === 0)
    reasons.push("RELEASE");
  if (databaseId === undefined || databaseOf(worker) !== databaseId) reasons.push("the database");
  reasons.push(...Object.keys(choices.secrets ?? {}));
  if (needsAuthSecret(worker)) reasons.push("BETTER_AUTH_SECRET");
  const hasMail = worker.bindings.some(({ name }) => name === "EMAIL");
  if (hasMail !== sendsThroughCloudflare(desired, worker)) reasons.push("EMAIL");
  return reasons;
}

/** Whether the Worker was never given a secret. One that has some is never given another. */
export function needsAuthSecret(worker: ObservedWorker | undefined): boolean {
  return !hasSecret(worker, "BETTER_AUTH_SECRET") && !hasSecret(worker, "BETTER_AUTH_SECRETS");
}

/** Resend is used instead as soon as its key is there: the Worker prefers the binding. */
export function sendsThroughCloudflare(
  { choices }: Desired,
  worker: ObservedWorker | undefined,
): boolean {
  return choices.secrets?.["RESEND_API_KEY"] === undefined && !hasSecret(worker, "RESEND_API_KEY");
}

function planHostname({ contract }: Desired, { domain, authUrl }: Observed): PlannedStep {
  const { hostname } = new URL(authUrl);
  return domain === undefined
    ? { name: "hostname", isNeeded: true, what: `attach ${hostname} to ${contract.workerName}` }
    : { name: "hostname", isNeeded: false, what: hostname };
}

function planClaim({ database }: Observed, policy: ClaimPolicy): PlannedStep {
  const name = "claim";
  if (policy === "never") return { name, isNeeded: false, what: "not asked for" };
  if (database.state === "present") {
    const { hasAdmin, openClaimUntil } = database.contents;
    if (hasAdmin) return { name, isNeeded: false, what: "the platform has an admin" };
    if (openClaimUntil !== undefined && policy === "once") {
      const until = new Date(openClaimUntil).toISOString();
      return { name, isNeeded: false, what: `a link is open until ${until}` };
    }
  }
  return { name, isNeeded: true, what: "issue a link for the first platform admin" };
}
