/**
 * Decides whether something that was found belongs to the platform. Pure. Nobody else's things are ever changed, adopted or
 * removed.
 */
import type { DatabaseContents } from "./database-contents.ts";
import type { Desired } from "./desired.ts";
import { compareMigrations } from "./migration-sets.ts";
import type { Platform } from "../platform.ts";
import { readVariable, type Observed, type ObservedWorker } from "./observe.ts";
import { ProvisioningError, nothingChanged } from "./provisioning-error.ts";
import type { Release } from "./release.ts";

export type Ownership = "empty" | "ours" | "tombstone" | "foreign";

/**
 * To whom a database belongs, judged by its contents, because a name proves nothing. Without a release to compare its
 * migrations with, only a journal proves that it is ours.
 */
export function ownershipOf(contents: DatabaseContents, release?: Release): Ownership {
  const { tables, migrations, lastJob } = contents;
  if (lastJob !== undefined) {
    return lastJob.command === "deprovision" && !tables.includes("user") ? "tombstone" : "ours";
  }
  if (tables.every((table) => table === "d1_migrations") && migrations.length === 0) return "empty";
  // It has no journal, so it was made with wrangler, or by a run that crashed. Then it begins as the release does.
  const first = release?.migrations[0]?.name;
  return first !== undefined && migrations.includes(first) ? "ours" : "foreign";
}

/** @throws ProvisioningError if the Worker or the database is not the platform's own. */
export function refuseForeign(desired: Desired, { worker, database }: Observed): void {
  const { contract, release } = desired;
  refuseForeignWorker(contract, worker);
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
}

/** @throws ProvisioningError if the Worker that has the platform's name is not the platform's. */
export function refuseForeignWorker(
  { platformId, workerName }: Platform,
  worker: ObservedWorker | undefined,
): void {
  const owner = readVariable(worker, "PLATFORM_ID");
  if (worker === undefined || owner === platformId) return;
  throw new ProvisioningError(
    "worker_foreign",
    `the Worker ${workerName} exists but is not this platform's: its PLATFORM_ID is ${owner ?? "not set"}`,
    { state: nothingChanged, next: "rename or delete that Worker, or choose another platformId" },
  );
}

/** @throws ProvisioningError if the database is a tombstone, somebody else's, or has other migrations than the release. */
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
  const { hasDiverged, unknown } = compareMigrations(contents.migrations, release.migrations);
  if (hasDiverged) {
    throw new ProvisioningError(
      "release_older",
      `${contract.databaseName} has migrations that release ${release.tag} does not have: ${unknown.join(", ")}`,
      {
        state: nothingChanged,
        next: "deploy the release that made them, or a later one; or, if they are your own, move their files to migrations/own and keep their names",
      },
    );
  }
}
