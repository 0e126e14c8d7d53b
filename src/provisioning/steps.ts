/** What each step does. Idempotent: it looks where an answer may have been lost, acts, and leaves verification to `verify`. */
import { OutcomeUnknownError, cloudflareCode, isCloudflareError } from "./cloudflare/errors.ts";
import type { Cloudflare } from "./cloudflare/client.ts";
import { emptyContents, type DatabaseContents } from "./database-contents.ts";
import { productTag, releaseTag, type Desired } from "./desired.ts";
import type { Job } from "./job.ts";
import { findDatabase, type ObservedWorker } from "./observe.ts";
import { ownershipOf, refuseDatabase } from "./ownership.ts";
import { pendingMigrations } from "./plan.ts";
import { ProvisioningError } from "./provisioning-error.ts";
import type { Migration } from "./release.ts";
import { sql, sqlFile, type Sql } from "./sql.ts";
import { uploadBindings } from "./worker-bindings.ts";

const attempts = 4;

export interface ReadyDatabase {
  id: string;
  contents: DatabaseContents;
  /** Made by this run: nobody else can have written to it. */
  isNew: boolean;
}

/** Creates the database, or adopts one that an earlier run left. @throws ProvisioningError when it is somebody else's. */
export async function ensureDatabase(
  cloudflare: Cloudflare,
  desired: Desired,
): Promise<ReadyDatabase> {
  const { databaseName } = desired.contract;
  for (let attempt = 1; ; attempt += 1) {
    try {
      const { id } = await cloudflare.createDatabase(databaseName, desired.choices.location);
      return { id, contents: emptyContents, isNew: true };
    } catch (error) {
      const isTaken = isCloudflareError(error, cloudflareCode.databaseNameTaken);
      if (!isTaken && !(error instanceof OutcomeUnknownError)) throw error;
      const found = await findDatabase(cloudflare, databaseName);
      if (found.state === "present") {
        refuseDatabase(desired, found.contents, desired.release);
        return { id: found.id, contents: found.contents, isNew: false };
      }
      if (attempt >= attempts) throw error;
    }
  }
}

/** Wrangler's own convention, so that `wrangler d1 migrations list` agrees. */
const migrationsTable = sql`CREATE TABLE IF NOT EXISTS d1_migrations (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT UNIQUE,
  applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL
)`;

/** A file and its row: one transaction. `name` is unique, so a second execution fails as a whole. */
function migrationStatements({ name, sql: text }: Migration): Sql[] {
  return [sqlFile(text), sql`INSERT INTO d1_migrations (name) VALUES (${name})`];
}

/** The first migrations of an empty database: one transaction, in which the job takes its lease too. */
export function firstMigrations({ release }: Desired): Sql[] {
  return [migrationsTable, ...release.migrations.flatMap(migrationStatements)];
}

export const isEmpty = ({ contents }: ReadyDatabase, { release }: Desired) =>
  ownershipOf(contents, release) === "empty";

/** Applies what is pending to a database with data, a file at a time. */
export async function migrate(job: Job, desired: Desired, database: ReadyDatabase): Promise<void> {
  const applied = [...database.contents.migrations];
  for (const migration of pendingMigrations(desired, applied)) {
    try {
      await job.keepLease();
      await job.writeOnce([migrationsTable, ...migrationStatements(migration)], ({ migrations }) =>
        migrations.includes(migration.name),
      );
    } catch (error) {
      if (!isCloudflareError(error, cloudflareCode.queryFailed)) throw error;
      throw migrationFailed(desired, migration.name, applied, error);
    }
    applied.push(migration.name);
  }
}

export function migrationFailed(
  { contract, release }: Desired,
  what: string,
  applied: readonly string[],
  cause: Error,
): ProvisioningError {
  return new ProvisioningError(
    "migration_failed",
    `${contract.databaseName}: ${what} of release ${release.tag} failed: ${cause.message}`,
    {
      state: applied.length === 0 ? "no migration is applied" : `applied are ${applied.join(", ")}`,
      next: `correct the migration, then run again: nno-auth provision ${contract.platformId}`,
      cause,
    },
  );
}

export async function uploadWorker(
  cloudflare: Cloudflare,
  desired: Desired,
  worker: ObservedWorker | undefined,
  databaseId: string,
  job: Job,
): Promise<void> {
  await cloudflare.uploadWorker(
    {
      workerName: desired.contract.workerName,
      release: desired.release,
      bindings: uploadBindings(desired, worker, databaseId),
      tags: [productTag, releaseTag(desired.release)],
    },
    { beforeEach: async () => job.keepLease() },
  );
}

export async function attachHostname(
  cloudflare: Cloudflare,
  { contract, choices }: Desired,
  hostname: string,
  job: Job,
): Promise<void> {
  const zoneName = hostname === contract.authHost ? contract.rootDomain : choices.zoneName;
  await cloudflare.attachDomain(
    { hostname, service: contract.workerName, zoneName },
    { beforeEach: async () => job.keepLease() },
  );
}
