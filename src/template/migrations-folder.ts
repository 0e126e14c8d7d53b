/**
 * A folder of migrations as drizzle-kit lays it out: SQL files, `meta/_journal.json`, and a snapshot for each. Needs nothing
 * but Node, because an upgrade runs it from a release whose packages are not installed.
 */
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

interface JournalEntry {
  idx: number;
  version: string;
  /** Milliseconds since 1970. */
  when: number;
  /** The SQL file's name without `.sql`. */
  tag: string;
  breakpoints: boolean;
}

/** What drizzle-kit writes; it checks the version when it reads the file. */
interface Journal {
  version: string;
  dialect: string;
  entries: JournalEntry[];
}

export const migrationsFolder = (project: string) => join(project, "migrations");
export const ownMigrationsFolder = (project: string) => join(project, "migrations/own");

const journalFile = (folder: string) => join(folder, "meta/_journal.json");
export const snapshotFile = (folder: string, { tag }: Pick<JournalEntry, "tag">) =>
  join(folder, "meta", `${tag.slice(0, 4)}_snapshot.json`);

/** The names of the SQL files, in order. None if the folder does not exist. */
export function listMigrations(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith(".sql"))
    .sort();
}

/** A folder without a journal has no migrations yet. */
export function readJournal(folder: string): Journal {
  const file = journalFile(folder);
  if (!existsSync(file)) return { version: "7", dialect: "sqlite", entries: [] };
  return JSON.parse(readFileSync(file, "utf8")) as Journal;
}

/** Adds the migration `tag`, whose first four digits are its number, and the snapshot of what it leaves. */
export function addToJournal(folder: string, tag: string, snapshot: string): void {
  const journal = readJournal(folder);
  const idx = Number(tag.slice(0, 4));
  const entry = { idx, version: "6", when: Date.now(), tag, breakpoints: true };
  const entries = [...journal.entries, entry].sort((one, other) => one.idx - other.idx);
  mkdirSync(join(folder, "meta"), { recursive: true });
  writeFileSync(snapshotFile(folder, entry), `${snapshot.trimEnd()}\n`);
  writeFileSync(journalFile(folder), `${JSON.stringify({ ...journal, entries }, undefined, 2)}\n`);
}
