/** Whether what was found belongs to the platform. Pure. Nothing of anybody else is ever changed, adopted or removed. */
import type { DatabaseContents } from "./database-contents.ts";
import type { Desired } from "./desired.ts";
import type { Platform } from "../platform.ts";
import { hasSecret, readVariable, type Observed, type ObservedWorker } from "./observe.ts";
import { ProvisioningError, nothingChanged } from "./provisioning-error.ts";
import type { Release } from "./release.ts";

export type Ownership = "empty" | "ours" | "tombstone" | "foreign";

/** Whose a database is, by what is in it: its name proves nothing. Without a release only the journal does. */
export function ownershipOf(contents: DatabaseContents, release?: Release): Ownership {
  const { tables, migrations, lastJob } = contents;
  if (lastJob !== undefined) {
    return lastJob.command === "deprovision" && !tables.includes("user") ? "tombstone" : "ours";
  }
  if (tables.every((table) => table === "d1_migrations") && migrations.length === 0) return "empty";
  // No journal: made with wrangler, as docs/deploy-and-upgrade.md shows, or by a run that crashed.
  const isKnown = release !== undefined && migrations.length > 0;
  return isKnown && isOneHistory(migrations, release) ? "ours" : "foreign";
}

/** Whether the database is on the release's way: behind it, level, or ahead (a release that is rolled back). */
function isOneHistory(applied: readonly string[], { migrations }: Release): boolean {
  return migrations.every(({ name }, index) => (applied[index] ?? name) === name);
}

/** @throws ProvisioningError when provisioning would touch what is not the platform's. */
export function refuseForeign(desired: Desired, observed: Observed): void {
  const { contract, release, choices } = desired;
  const { worker, domain, database, authUrl } = observed;
  refuseForeignWorker(contract, worker);
  if (domain !== undefined && domain.service !== contract.workerName) {
    throw hostnameTaken(new URL(authUrl).hostname, domain.service);
  }
  if (database.state === "gone") {
    throw new ProvisioningError(
      "database_gone",
      `the Worker ${contract.workerName} is bound to the database ${database.id}, which does not exist`,
      {
        state: nothingChanged,
        next: `if it was being removed, finish with: nno-auth deprovision ${contract.platformId} --confirm ${contract.platformId}`,
      },
    );
  }
  if (database.state === "present") refuseDatabase(desired, database.contents, release);
  if (
    choices.secrets?.["BETTER_AUTH_SECRET"] !== undefined &&
    hasSecret(worker, "BETTER_AUTH_SECRET")
  ) {
    throw new ProvisioningError(
      "secret_exists",
      "BETTER_AUTH_SECRET is set already and is never overwritten",
      {
        state: nothingChanged,
        next: "to rotate it, set BETTER_AUTH_SECRETS with the new key first and the old one after it",
      },
    );
  }
}

/** @throws ProvisioningError when a Worker of the platform's name is not the platform's. */
export function refuseForeignWorker(
  { platformId, workerName }: Platform,
  worker: ObservedWorker | undefined,
): void {
  const owner = readVariable(worker, "PLATFORM_ID");
  if (worker === undefined || owner === platformId) return;
  throw new ProvisioningError(
    "worker_foreign",
    `the Worker ${workerName} exists and is not this platform's: its PLATFORM_ID is ${owner ?? "not set"}`,
    { state: nothingChanged, next: "rename or delete that Worker, or choose another platformId" },
  );
}

function hostnameTaken(hostname: string, owner: string): ProvisioningError {
  return new ProvisioningError("hostname_taken", `${hostname} belongs to the Worker ${owner}`, {
    state: nothingChanged,
    next: `detach it there (Workers > ${owner} > Domains), then run again`,
  });
}

/** @throws ProvisioningError when the database is a tombstone, somebody else's, or of another history. */
export function refuseDatabase(
  { contract }: Desired,
  contents: DatabaseContents,
  release: Release,
): void {
  const ownership = ownershipOf(contents, release);
  if (ownership === "tombstone") {
    throw new ProvisioningError(
      "platform_removed",
      `the platform ${contract.platformId} was removed, and its id stays taken`,
      {
        state: nothingChanged,
        next: `to use the id again, delete the tombstone: npx wrangler d1 delete ${contract.databaseName}`,
      },
    );
  }
  if (ownership === "foreign") {
    throw new ProvisioningError(
      "database_foreign",
      `the database ${contract.databaseName} exists and has neither our journal nor our migrations`,
      {
        state: nothingChanged,
        next: "rename or delete that database, or choose another platformId",
      },
    );
  }
  if (!isOneHistory(contents.migrations, release)) {
    throw new ProvisioningError(
      "release_older",
      `the migrations of ${contract.databaseName} are not those of release ${release.tag}`,
      { state: nothingChanged, next: "deploy the release that made them, or a later one" },
    );
  }
}
