/**
 * The tables that given options of Better Auth need, as a Drizzle schema and in a real D1: the suites of
 * `@better-auth/test-utils` ask for other tables and fields than the Worker has.
 */
import { env } from "cloudflare:workers";
import type { BetterAuthOptions } from "better-auth";
import { getAuthTables } from "better-auth/db";
import { is, relations, type Relations } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import {
  getTableConfig,
  integer,
  SQLiteTable,
  sqliteTable,
  text,
  type AnySQLiteColumn,
} from "drizzle-orm/sqlite-core";
import { openDatabase, type Database } from "../../../../src/worker/db/database.ts";

type Schema = Record<string, SQLiteTable | Relations>;
type Field = ReturnType<typeof getAuthTables>[string]["fields"][string];

/** Makes the tables of `options` in an empty database. */
export async function makeTables(options: BetterAuthOptions): Promise<void> {
  await dropTables();
  const tables = Object.values(generateSchema(options)).filter((table) => is(table, SQLiteTable));
  const indexes = Object.values(getAuthTables(options)).flatMap((table) =>
    (table.indexes ?? []).map(({ fields, unique }) => {
      const names = fields.map((field) => table.fields[field]?.fieldName ?? field);
      const kind = unique === true ? "UNIQUE INDEX" : "INDEX";
      return `CREATE ${kind} "${[table.modelName, ...names].join("_")}" ON "${table.modelName}" (${names.map((name) => `"${name}"`).join(", ")})`;
    }),
  );
  const statements = [...tables.map(createTable), ...indexes];
  await env.DB.batch(statements.map((sql) => env.DB.prepare(sql)));
}

/** Tables that refer to others go first: SQLite deletes their rows with those of the others. */
export async function dropTables(): Promise<void> {
  const { results } = await env.DB.prepare(
    `SELECT tables.name, keys."table" AS parent
    FROM sqlite_master AS tables LEFT JOIN pragma_foreign_key_list(tables.name) AS keys
    WHERE tables.type = 'table' AND tables.name NOT LIKE 'sqlite%' AND tables.name NOT LIKE '\\_cf%' ESCAPE '\\'`,
  ).all<{ name: string; parent: string | null }>();
  const drops: string[] = [];
  let remaining = results;
  while (remaining.length > 0) {
    const parents = new Set(remaining.map(({ name, parent }) => (parent === name ? null : parent)));
    const free = new Set(remaining.map(({ name }) => name).filter((name) => !parents.has(name)));
    if (free.size === 0) throw new Error("the tables refer to each other in a circle");
    drops.push(...[...free].map((name) => `DROP TABLE "${name}"`));
    remaining = remaining.filter(({ name }) => !free.has(name));
  }
  if (drops.length > 0) await env.DB.batch(drops.map((sql) => env.DB.prepare(sql)));
}

/** The Worker's own database over the tables of `options`. */
export function openTables(options: BetterAuthOptions, d1: D1Database = env.DB): Database {
  const { $client } = openDatabase(d1);
  return drizzle($client, { schema: generateSchema(options) }) as unknown as Database;
}

function generateSchema(options: BetterAuthOptions): Schema {
  const isSerial = options.advanced?.database?.generateId === "serial";
  const models = getAuthTables(options);
  const tables: Record<string, SQLiteTable> = {};
  const columnOf = (name: string, field: Field) => {
    const { type, required, unique, references } = field;
    const isKey = isSerial && references?.field === "id";
    let column;
    if (type === "date") column = integer(name, { mode: "timestamp_ms" });
    else if (type === "boolean") column = integer(name, { mode: "boolean" });
    else column = type === "number" || isKey ? integer(name) : text(name);
    if (required !== false) column = column.notNull();
    if (unique === true) column = column.unique();
    if (references === undefined) return column;
    // By its name in Better Auth or, if that was changed, in the database.
    const target = Object.entries(models).find(
      ([key, { modelName }]) => key === references.model || modelName === references.model,
    )?.[1];
    const referred = target?.fields[references.field]?.fieldName ?? references.field;
    return column.references(
      () => columnsOf(tables[target?.modelName ?? ""] as SQLiteTable)[referred] as never,
      { onDelete: "cascade" },
    );
  };
  for (const { modelName, fields } of Object.values(models)) {
    const columns = Object.entries(fields).map(([key, field]) => {
      const name = field.fieldName ?? key;
      return [name, columnOf(name, field)];
    });
    const id = isSerial
      ? integer("id").primaryKey({ autoIncrement: true })
      : text("id").primaryKey();
    tables[modelName] = sqliteTable(modelName, { id, ...Object.fromEntries(columns) });
  }
  return { ...tables, ...relationsOf(Object.entries(tables)) };
}

function columnsOf(table: SQLiteTable): Record<string, AnySQLiteColumn> {
  return table as unknown as Record<string, AnySQLiteColumn>;
}

/** Each foreign key, from both of its tables. */
function relationsOf(tables: [string, SQLiteTable][]): Schema {
  const keys = tables.flatMap(([, table]) =>
    getTableConfig(table).foreignKeys.map((key) => ({ from: table, ...key.reference() })),
  );
  const found = tables.map(([name, table]) => {
    const ofTable = relations(table, ({ one, many }) => {
      const named = keys.flatMap(({ from, columns, foreignColumns, foreignTable }, index) => {
        const relationName = `key${index}`;
        const config = { fields: columns, references: foreignColumns, relationName };
        return [
          ...(from === table ? [[`one${index}`, one(foreignTable, config as never)]] : []),
          ...(foreignTable === table ? [[`many${index}`, many(from, { relationName })]] : []),
        ];
      });
      return Object.fromEntries(named) as never;
    });
    return [`${name}Relations`, ofTable] as const;
  });
  return Object.fromEntries(found);
}

function createTable(table: SQLiteTable): string {
  const { name, columns, foreignKeys } = getTableConfig(table);
  const defined = columns.map((column) =>
    [
      `"${column.name}" ${column.getSQLType()}`,
      column.primary ? "PRIMARY KEY" : "",
      column.primary && column.getSQLType() === "integer" ? "AUTOINCREMENT" : "",
      column.notNull ? "NOT NULL" : "",
      column.isUnique ? "UNIQUE" : "",
    ].join(" "),
  );
  const keys = foreignKeys.map((key) => {
    const { columns: from, foreignTable, foreignColumns: to } = key.reference();
    const parent = getTableConfig(foreignTable).name;
    return `FOREIGN KEY ("${from[0]?.name}") REFERENCES "${parent}" ("${to[0]?.name}") ON DELETE CASCADE`;
  });
  return `CREATE TABLE "${name}" (${[...defined, ...keys].join(", ")})`;
}
