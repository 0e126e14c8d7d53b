/**
 * The owner's migrations. They make what the owner's tables and columns add to the template's: the difference between the
 * whole schema and what the migrations of both have made so far.
 *
 * The folder has drizzle-kit's layout, with one difference: its snapshots show the whole database, with the template's tables.
 * The template may have moved on since the last one was taken. The next migration therefore starts from the template's newest
 * snapshot, plus what only the owner's newest snapshot has.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { generateSQLiteDrizzleJson, generateSQLiteMigration } from "drizzle-kit/api";
import { tables } from "../worker/db/tables.ts";
import {
  addToJournal,
  migrationsFolder,
  ownMigrationsFolder,
  readJournal,
  snapshotFile,
} from "./migrations-folder.ts";

/** The parts of drizzle-kit's snapshot that matter here. It is drizzle-kit that reads and checks the whole. */
interface Snapshot {
  id: string;
  tables: Record<string, Table>;
}
interface Table {
  columns: object;
  indexes: object;
  foreignKeys: object;
  uniqueConstraints: object;
  checkConstraints: object;
}

/** What the schema has and no migration makes yet, as SQL statements. */
export async function pendingStatements(project: string): Promise<string[]> {
  return generateSQLiteMigration(readBase(project), await generateSQLiteDrizzleJson(tables));
}

/** The statements that make the whole schema, the template's and the owner's, in an empty database. */
export async function schemaStatements(): Promise<string[]> {
  return generateSQLiteMigration(
    await generateSQLiteDrizzleJson({}),
    await generateSQLiteDrizzleJson(tables),
  );
}

/**
 * Writes the next migration of the owner: its SQL, snapshot and journal entry.
 *
 * @param statements none for a migration that drizzle-kit cannot make, such as a trigger. Its author fills it in.
 * @returns the SQL file's path.
 */
export async function writeOwnMigration(
  project: string,
  name: string,
  statements: readonly string[],
): Promise<string> {
  const folder = ownMigrationsFolder(project);
  const last = readJournal(folder).entries.at(-1);
  const tag = `${String((last?.idx ?? -1) + 1).padStart(4, "0")}_${name}`;
  const base = readBase(project);
  const snapshot =
    statements.length === 0 ? base : await generateSQLiteDrizzleJson(tables, base.id);
  const text =
    statements.length === 0
      ? "-- Write the statements here."
      : statements.join("--> statement-breakpoint\n");
  const file = join(folder, `${tag}.sql`);
  addToJournal(folder, tag, JSON.stringify(snapshot, undefined, 2));
  writeFileSync(file, `${text.trimEnd()}\n`);
  return file;
}

/** The database as every migration so far, of the template and of the owner, leaves it. */
function readBase(project: string): Snapshot {
  const template = readNewestSnapshot(migrationsFolder(project));
  const own = readNewestSnapshot(ownMigrationsFolder(project));
  if (template === undefined) throw new Error("migrations/meta has no snapshot");
  return own === undefined ? template : overlay(template, own);
}

function readNewestSnapshot(folder: string): Snapshot | undefined {
  const last = readJournal(folder).entries.at(-1);
  if (last === undefined) return undefined;
  return JSON.parse(readFileSync(snapshotFile(folder, last), "utf8")) as Snapshot;
}

/** The template's state, and what only the owner's has: whole tables, and columns, indexes and keys of the template's. */
function overlay(template: Snapshot, own: Snapshot): Snapshot {
  const merged = { ...own.tables };
  for (const [name, table] of Object.entries(template.tables)) {
    const extended = own.tables[name];
    merged[name] =
      extended === undefined
        ? table
        : {
            ...table,
            columns: { ...extended.columns, ...table.columns },
            indexes: { ...extended.indexes, ...table.indexes },
            foreignKeys: { ...extended.foreignKeys, ...table.foreignKeys },
            uniqueConstraints: { ...extended.uniqueConstraints, ...table.uniqueConstraints },
            checkConstraints: { ...extended.checkConstraints, ...table.checkConstraints },
          };
  }
  return { ...own, tables: merged };
}
