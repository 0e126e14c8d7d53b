/** Applies the release's migrations that the database does not have yet. */
import { cloudflareCode, isCloudflareError } from "../cloudflare/errors.ts";
import type { Desired } from "../desired.ts";
import { ownershipOf } from "../ownership.ts";
import { editDatabases } from "../permissions.ts";
import { ProvisioningError } from "../provisioning-error.ts";
import type { Migration } from "../release.ts";
import { sql, sqlFile, type Sql } from "../sql.ts";
import { readyDatabase, type ProvisioningStep, type ProvisioningWork } from "./step.ts";

export const migrations: ProvisioningStep = {
  name: "migrations",
  permissions: [editDatabases],

  plan({ desired, observed: { database } }) {
    const applied = database.state === "present" ? database.contents.migrations : [];
    const pending = pendingMigrations(desired, applied).map(({ name }) => name);
    return pending.length === 0
      ? { isNeeded: false, what: `${applied.length} applied` }
      : { isNeeded: true, what: `apply ${pending.join(", ")}` };
  },

  /** An empty database gets every table in one transaction: that saves a call and never leaves a half-made schema. */
  withLease(work) {
    const { release } = work.desired;
    const { contents } = readyDatabase(work);
    if (ownershipOf(contents, release) !== "empty") return undefined;
    return {
      statements: [migrationsTable, ...release.migrations.flatMap(migrationStatements)],
      done: `${release.migrations.length} applied`,
    };
  },

  /** A database with data gets one file at a time, after a bookmark to which it can be restored. */
  async apply(work) {
    const { cloudflare, contract, desired, job } = work;
    const { id, contents } = readyDatabase(work);
    const applied = [...contents.migrations];
    const pending = pendingMigrations(desired, applied);
    if (pending.length > 0) {
      const bookmark = await cloudflare.readBookmark(id);
      work.note(
        `to undo the migrations: npx wrangler d1 time-travel restore ${contract.databaseName} --bookmark=${bookmark}`,
      );
    }
    for (const migration of pending) {
      try {
        await job.keepLease();
        await job.writeOnce([migrationsTable, ...migrationStatements(migration)], (now) =>
          now.migrations.includes(migration.name),
        );
      } catch (error) {
        if (!isCloudflareError(error, cloudflareCode.queryFailed)) throw error;
        throw migrationFailed(work, migration.name, applied, error);
      }
      applied.push(migration.name);
    }
    return `${applied.length} applied`;
  },

  explain(error, { work }) {
    return error.has(cloudflareCode.queryFailed)
      ? migrationFailed(work, "the first migrations", [], error)
      : undefined;
  },
};

/** The release's migrations that the database does not have, in order. */
function pendingMigrations({ release }: Desired, applied: readonly string[]): Migration[] {
  return release.migrations.filter(({ name }) => !applied.includes(name));
}

/** The table is wrangler's own, so that `wrangler d1 migrations list` agrees. */
const migrationsTable = sql`CREATE TABLE IF NOT EXISTS d1_migrations (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT UNIQUE,
  applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL
)`;

/** A file and its row, for one transaction. `name` is unique, so applying the file a second time fails as a whole. */
function migrationStatements({ name, sql: text }: Migration): Sql[] {
  return [sqlFile(text), sql`INSERT INTO d1_migrations (name) VALUES (${name})`];
}

function migrationFailed(
  { desired: { contract, release } }: ProvisioningWork,
  what: string,
  applied: readonly string[],
  cause: Error,
): ProvisioningError {
  return new ProvisioningError(
    "migration_failed",
    `${contract.databaseName}: ${what} of release ${release.tag} failed: ${cause.message}`,
    {
      state:
        applied.length === 0
          ? "no migration is applied"
          : `these migrations are applied: ${applied.join(", ")}`,
      next: `correct the migration, then run again: nno-auth provision ${contract.platformId}`,
      cause,
    },
  );
}
