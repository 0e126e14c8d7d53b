/**
 * The state of the local Cloudflare: one SQLite file in the state folder. SQLite has atomic writes that survive SIGKILL, an
 * exclusive lock that the system releases with its process, and writes that cost the same with 100 platforms as with one.
 * The contents of the platforms' databases are not in it, because workerd keeps those in its own files.
 */
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";

const schemaVersion = 1;
const schema = `
  CREATE TABLE account (id TEXT, zone_id TEXT, api_token TEXT, created_at TEXT);
  CREATE TABLE database (
    uuid TEXT PRIMARY KEY,
    -- null while it waits in the pool
    name TEXT UNIQUE,
    created_at TEXT,
    location TEXT,
    jurisdiction TEXT,
    deleted INTEGER NOT NULL DEFAULT 0
  );
  CREATE INDEX database_pool ON database (uuid) WHERE name IS NULL AND deleted = 0;
  CREATE TABLE module (hash TEXT PRIMARY KEY, content BLOB NOT NULL);
  CREATE TABLE script (
    name TEXT PRIMARY KEY,
    tag TEXT NOT NULL,
    created_at TEXT NOT NULL,
    modified_at TEXT NOT NULL,
    settings TEXT NOT NULL,
    schedules TEXT NOT NULL,
    subdomain_enabled INTEGER NOT NULL DEFAULT 0,
    previews_enabled INTEGER NOT NULL DEFAULT 0
  );
  CREATE TABLE version (
    id TEXT PRIMARY KEY,
    script TEXT NOT NULL REFERENCES script (name) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    content TEXT NOT NULL,
    UNIQUE (script, number)
  );
  CREATE TABLE version_module (
    version_id TEXT NOT NULL REFERENCES version (id) ON DELETE CASCADE,
    hash TEXT NOT NULL REFERENCES module (hash),
    PRIMARY KEY (version_id, hash)
  );
  CREATE INDEX version_module_hash ON version_module (hash);
  CREATE TABLE deployment (
    sequence INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    script TEXT NOT NULL REFERENCES script (name) ON DELETE CASCADE,
    created_at TEXT NOT NULL,
    content TEXT NOT NULL
  );
  CREATE INDEX deployment_script ON deployment (script, sequence);
  CREATE TABLE domain (
    id TEXT PRIMARY KEY,
    hostname TEXT NOT NULL UNIQUE,
    script TEXT NOT NULL REFERENCES script (name) ON DELETE CASCADE,
    certificate_id TEXT NOT NULL,
    attached_at INTEGER NOT NULL
  );
  CREATE INDEX domain_script ON domain (script);
  CREATE TABLE mail (
    id INTEGER PRIMARY KEY,
    script TEXT NOT NULL,
    sent_at INTEGER NOT NULL,
    content TEXT NOT NULL
  );
  CREATE INDEX mail_script ON mail (script, id);
`;

const sqliteBusy = 5;

export type Row = Record<string, string | number | bigint | Uint8Array | null>;

export interface State {
  all(sql: string, ...values: SQLInputValue[]): Row[];
  get(sql: string, ...values: SQLInputValue[]): Row | undefined;
  /** @returns how many rows were changed. */
  run(sql: string, ...values: SQLInputValue[]): number;
  /** Does all of `write`, or nothing. */
  transaction<T>(write: () => T): T;
  close(): void;
}

/** The state folder cannot be used. The message is one line that names the file and says what to do. */
export class StateError extends Error {
  override name = "StateError";
}

/**
 * Opens the state in `folder`, and creates it on the first run.
 *
 * @throws {StateError} if another process has it open, or if it cannot be read. It is never reset.
 */
export function openState(folder: string): State {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // This also applies to a folder that existed before, because the databases in it hold password hashes.
  chmodSync(folder, 0o700);
  const file = join(folder, "cloudflare.sqlite");
  const ownerFile = join(folder, "owner.pid");
  const isNew = !existsSync(file);
  // The file will hold secrets of Workers, so it gets its mode before SQLite writes the first byte.
  if (isNew) writeFileSync(file, "", { mode: 0o600 });
  else chmodSync(file, 0o600);
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file);
    database.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA foreign_keys = ON;");
    // Setting the journal's mode is the first statement that takes the exclusive lock.
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;");
    database.exec("BEGIN EXCLUSIVE");
    const version = Number(database.prepare("PRAGMA user_version").get()?.["user_version"]);
    if (version === 0) database.exec(`${schema}; PRAGMA user_version = ${schemaVersion};`);
    database.exec("COMMIT");
    if (version !== 0 && version !== schemaVersion) {
      throw new StateError(
        `${file} was written by another version (${version}, this one reads ${schemaVersion}): move the folder away and run again`,
      );
    }
    const check = database.prepare("PRAGMA quick_check(1)").get()?.["quick_check"];
    if (check !== "ok") throw new Error(String(check));
  } catch (error) {
    database?.close();
    if (error instanceof StateError) throw error;
    if (isBusy(error)) {
      throw new StateError(
        `${folder} is in use by process ${readOwner(ownerFile)}: stop that one, or choose another folder`,
        { cause: error },
      );
    }
    throw new StateError(
      `${file} cannot be read (${error instanceof Error ? error.message : String(error)}): restore it from a copy, or delete ${folder} to start empty`,
      { cause: error },
    );
  }
  writeFileSync(ownerFile, `${process.pid}\n`);
  return createState(database);
}

function createState(database: DatabaseSync): State {
  const statements = new Map<string, StatementSync>();
  const prepare = (sql: string): StatementSync => {
    const known = statements.get(sql);
    if (known !== undefined) return known;
    const statement = database.prepare(sql);
    statements.set(sql, statement);
    return statement;
  };
  return {
    all: (sql, ...values) => prepare(sql).all(...values),
    get: (sql, ...values) => prepare(sql).get(...values),
    run: (sql, ...values) => Number(prepare(sql).run(...values).changes),
    transaction(write) {
      database.exec("BEGIN IMMEDIATE");
      try {
        const result = write();
        database.exec("COMMIT");
        return result;
      } catch (error) {
        database.exec("ROLLBACK");
        throw error;
      }
    },
    close: () => database.close(),
  };
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && "errcode" in error && Number(error.errcode) % 256 === sqliteBusy;
}

function readOwner(file: string): string {
  try {
    return readFileSync(file, "utf8").trim();
  } catch {
    return "(unknown)";
  }
}
