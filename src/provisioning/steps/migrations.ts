/** Applies the release's migrations that the database does not have yet. */
import { cloudflareCode, isCloudflareError } from "../cloudflare/errors.ts";
import type { DatabaseContents } from "../database-contents.ts";
import { compareMigrations, type MigrationSets } from "../migration-sets.ts";
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
    const { pending, moved, unknownOwn } = compareMigrations(applied, desired.release.migrations);
    if (pending.length === 0 && moved.length === 0) {
      return { isNeeded: false, what: describeApplied(applied, unknownOwn) };
    }
    const renames = moved.map(({ from, to }) => `record ${from} as ${to}`);
    const files = pending.map(({ name }) => name);
    const applies = files.length === 0 ? [] : [`apply ${files.join(", ")}`];
    return { isNeeded: true, what: [...renames, ...applies].join(", ") };
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
    const sets = compareMigrations(contents.migrations, desired.release.migrations);
    const { pending, moved, unknownOwn } = sets;
    if (moved.length > 0) await job.writeOnce(moved.map(rename), areRenamed(moved));
    const applied = contents.migrations.map(
      (name) => moved.find(({ from }) => from === name)?.to ?? name,
    );
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
    return describeApplied(applied, unknownOwn);
  },

  explain(error, { work }) {
    return error.has(cloudflareCode.queryFailed)
      ? migrationFailed(work, "the first migrations", [], error)
      : undefined;
  },
};

function describeApplied(applied: readonly string[], unknownOwn: readonly string[]): string {
  const left = unknownOwn.length === 0 ? "" : `; not in this release: ${unknownOwn.join(", ")}`;
  return `${applied.length} applied${left}`;
}

type Moved = MigrationSets["moved"];

const rename = ({ from, to }: Moved[number]) =>
  sql`UPDATE d1_migrations SET name = ${to} WHERE name = ${from}`;

const areRenamed = (moved: Moved) => (now: DatabaseContents) =>
  moved.every(({ to }) => now.migrations.includes(to));

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
