/**
 * Whether the database that all migrations make is the one that the code describes: its tables, columns, foreign keys and
 * indexes are those of `schema.ts`, its triggers and unique indexes those of `rules.sql`. Both are compared as SQLite
 * sees them, in an empty database in memory; Drizzle's own snapshots say only what drizzle-kit generated, and nothing of a
 * migration that was written by hand.
 */
import { DatabaseSync } from "node:sqlite";
import { splitStatements } from "../../src/local/cloudflare/sql-statements.ts";

/** A trigger or a unique index as `rules.sql` has it. */
export interface Rule {
  name: string;
  /** The comment right above the statement. */
  reason: string;
  sql: string;
}

const rulesFile = "src/worker/db/rules.sql";
const schemaFile = "src/worker/db/schema.ts";
const newMigration =
  "a new migration (npm run generate:migration -- --custom --name=<what>, or generate:own-migration for what is in src/worker/own)";

const ruleStatement =
  /^(?<reason>(?:--[^\n]*\n)*)(?<sql>CREATE (?:TRIGGER|UNIQUE INDEX) [`"]?(?<name>\w+)[\s\S]*)$/m;

/** Reads `rules.sql`. A statement that makes neither a trigger nor a unique index throws. */
export function readRules(sql: string): Rule[] {
  return splitStatements(sql).map((statement) => {
    const { name, reason, sql: body } = ruleStatement.exec(statement)?.groups ?? {};
    if (name === undefined || reason === undefined || body === undefined) {
      throw new Error(`${rulesFile} holds triggers and unique indexes only, not: ${statement}`);
    }
    return { name, reason: reason.replaceAll(/^-- ?/gm, "").trim(), sql: normalise(body) };
  });
}

/** An empty database after `statements`, such as the text of each migration. */
export function openEmptyDatabase(statements: string[]): DatabaseSync {
  const database = new DatabaseSync(":memory:");
  for (const sql of statements) database.exec(sql);
  return database;
}

/**
 * One line for each rule that is not the same in `migrated` and in `rules`, stands twice or has no reason.
 *
 * @param options.mayHaveMore for a database with the owner's rules too, which are not listed.
 */
export function findRuleProblems(
  migrated: DatabaseSync,
  rules: Rule[],
  { mayHaveMore = false } = {},
): string[] {
  const standing = new Map(
    readObjects(migrated)
      .filter(isRule)
      .map(({ name, sql }) => [name, sql]),
  );
  const listed = rules.flatMap(({ name, reason, sql }, index) => {
    if (rules.findIndex((rule) => rule.name === name) < index) {
      return `${name} stands twice in ${rulesFile}`;
    }
    if (reason === "") return `${name} has no reason: write one above it in ${rulesFile}`;
    const found = standing.get(name);
    if (found === undefined) {
      return `${name} is in ${rulesFile}, and no migration creates it: create it in ${newMigration}, or remove it from the file`;
    }
    if (found === sql) return [];
    return `${name} differs: drop it and create it again in ${newMigration}, or correct ${rulesFile}\n  ${rulesFile}: ${sql}\n  the migrations: ${found}`;
  });
  const names = new Set(rules.map(({ name }) => name));
  const unlisted = [...standing.keys()]
    .filter((name) => !mayHaveMore && !names.has(name))
    .map(
      (name) =>
        `${name} is created by a migration and is not in ${rulesFile}: add it there with its reason, or drop it in ${newMigration}`,
    );
  return [...listed, ...unlisted];
}

/** One line for each table, column, foreign key or index that is not the same in `migrated` and in the database of `schema.ts`. */
export function findSchemaProblems(migrated: DatabaseSync, ofSchema: DatabaseSync): string[] {
  const [inMigrations, inSchema] = [describeSchema(migrated), describeSchema(ofSchema)];
  const names = [...new Set([...inSchema.keys(), ...inMigrations.keys()])].toSorted();
  return names
    .filter((name) => inMigrations.get(name) !== inSchema.get(name))
    .map(
      (name) =>
        `${name} differs: correct ${schemaFile}, or add ${newMigration}\n  ${schemaFile}: ${inSchema.get(name) ?? "none"}\n  the migrations: ${inMigrations.get(name) ?? "none"}`,
    );
}

interface SchemaObject {
  type: string;
  name: string;
  sql: string;
}

function readObjects(database: DatabaseSync): SchemaObject[] {
  return database
    .prepare(
      "SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
    )
    .all()
    .map(({ type, name, sql }) => ({
      type: String(type),
      name: String(name),
      sql: normalise(String(sql)),
    }));
}

const isRule = ({ type, sql }: SchemaObject) =>
  type === "trigger" || sql.startsWith("CREATE UNIQUE INDEX");

/**
 * What `schema.ts` can express, by name. The order of columns says nothing: a column that is added later comes last in the
 * database, and where it belongs in the code.
 */
function describeSchema(database: DatabaseSync): Map<string, string> {
  const described = readObjects(database)
    .filter(({ type }) => type !== "trigger")
    .flatMap((object): [string, string][] =>
      object.type === "table"
        ? describeTable(database, object)
        : [[`${object.type} ${object.name}`, object.sql]],
    );
  return new Map(described);
}

const check = /\bCHECK ?(\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\))/gi;

function describeTable(database: DatabaseSync, { name, sql }: SchemaObject): [string, string][] {
  const rows = (pragma: string) =>
    database.prepare(`SELECT * FROM ${pragma}(?)`).all(name) as Record<string, unknown>[];
  const columns = rows("pragma_table_xinfo").map(
    ({ name: column, type, notnull, dflt_value, pk, hidden }): [string, string] => [
      `column ${name}.${String(column)}`,
      JSON.stringify({ type, notnull, default: dflt_value, pk, hidden }),
    ],
  );
  const foreignKeys = rows("pragma_foreign_key_list").map((key): [string, string] => [
    `foreign key ${name}.${String(key["from"])}`,
    `${String(key["table"])}.${String(key["to"])} ON UPDATE ${String(key["on_update"])} ON DELETE ${String(key["on_delete"])}`,
  ]);
  const checks = [...sql.matchAll(check)].map(([, condition = ""]): [string, string] => [
    `CHECK ${condition} of ${name}`,
    condition,
  ]);
  return [[`table ${name}`, "exists"], ...columns, ...foreignKeys, ...checks];
}

/** The same text for the same SQL, however it is laid out: one blank for any blanks and comments outside strings. */
function normalise(sql: string): string {
  return sql
    .replaceAll(
      /('(?:[^']|'')*')|(?:--[^\n]*|\s)+/g,
      (_: string, string: string | undefined) => string ?? " ",
    )
    .trim();
}
