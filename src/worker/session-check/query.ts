/**
 * Reads a session and its user by token, with one prepared statement that reads two rows. Better Auth's tables determine
 * the fields and their order in the response; `db/schema.ts` determines the columns.
 */
import type { BetterAuthOptions } from "better-auth";
import type { DBFieldAttribute } from "@better-auth/core/db";
import { getAuthTables } from "better-auth/db";
import { getTableColumns, getTableName, type Column } from "drizzle-orm";
import type { SQLiteColumn } from "drizzle-orm/sqlite-core";
import type { Database } from "../db/database.ts";
import { session as sessionTable, user as userTable } from "../db/schema.ts";

type Row = Record<string, unknown>;

export interface FoundSession {
  session: Row;
  user: Row;
  createdAt: Date;
  expiresAt: Date;
  banned: boolean;
}

interface Field {
  key: string;
  column: SQLiteColumn;
  returned: boolean;
}

/** Field types whose values Better Auth returns exactly as Drizzle reads them. */
const plainTypes = new Set(["string", "number", "boolean", "date"]);

/** @returns the query; undefined if a field is not simply a column's value (transformed, JSON, or without a column). */
export function createSessionQuery(
  options: BetterAuthOptions,
  database: Database,
): ((token: string) => Promise<FoundSession | undefined>) | undefined {
  const tables = getAuthTables(options);
  const session = readFields(sessionTable, tables["session"]);
  const user = readFields(userTable, tables["user"]);
  if (session === undefined || user === undefined) return undefined;
  const columns = [
    ...session.map(({ column }) => `s."${column.name}"`),
    ...user.map(({ column }) => `u."${column.name}"`),
  ];
  const sql = `select ${columns.join(", ")} from "session" s inner join "user" u on u."id" = s."user_id" where s."token" = ?`;
  const places = new Map(
    [...session, ...user].map(({ column }, index) => [column as Column, index]),
  );
  const createdAt = places.get(sessionTable.createdAt) ?? -1;
  const expiresAt = places.get(sessionTable.expiresAt) ?? -1;
  const banned = places.get(userTable.banned) ?? -1;
  const sessionFields = placeFields(session, 0);
  const userFields = placeFields(user, session.length);
  const statement = database.$client.prepare(sql);

  return async (token) => {
    const [row] = await statement.bind(token).raw();
    if (row === undefined) return undefined;
    return {
      session: readRow(row, sessionFields),
      user: readRow(row, userFields),
      createdAt: sessionTable.createdAt.mapFromDriverValue(row[createdAt]) as Date,
      expiresAt: sessionTable.expiresAt.mapFromDriverValue(row[expiresAt]) as Date,
      banned: row[banned] === 1,
    };
  };
}

interface PlacedField extends Field {
  index: number;
}

function placeFields(fields: Field[], offset: number): PlacedField[] {
  return fields
    .map((field, index) => ({ ...field, index: offset + index }))
    .filter(({ returned }) => returned);
}

function readRow(row: unknown[], fields: PlacedField[]): Row {
  const values: Row = {};
  for (const { key, index, column } of fields) {
    const value = row[index];
    values[key] = value === null ? null : column.mapFromDriverValue(value);
  }
  return values;
}

function readFields(
  table: typeof sessionTable | typeof userTable,
  declaredTable: { modelName: string; fields: Record<string, DBFieldAttribute> } | undefined,
): Field[] | undefined {
  // If the owner has renamed the table, Better Auth answers the check.
  if (declaredTable?.modelName !== getTableName(table)) return undefined;
  const columns: Record<string, SQLiteColumn> = getTableColumns(table);
  const fields: Field[] = [];
  // Better Auth's adapter returns the id last.
  const declared: Record<string, DBFieldAttribute> = {
    ...declaredTable.fields,
    id: { type: "string" },
  };
  for (const [key, { type, fieldName, transform, returned }] of Object.entries(declared)) {
    const column = columns[fieldName ?? key];
    const dataType = Array.isArray(type) ? "string" : type;
    const isPlain = plainTypes.has(dataType) && transform?.output === undefined;
    if (column === undefined || !isPlain || column.dataType !== dataType) return undefined;
    fields.push({ key, column, returned: returned !== false });
  }
  return fields;
}
