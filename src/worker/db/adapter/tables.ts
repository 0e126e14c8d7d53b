/** The tables and columns that Better Auth means by a model and a field: those of that name in the database's schema. */
import { getTableColumns, is } from "drizzle-orm";
import { SQLiteTable, type SQLiteColumn } from "drizzle-orm/sqlite-core";
import type { Database } from "../database.ts";

/** @throws {Error} when the schema has no such table: a plugin's was not added to it. */
export function tableOf(database: Database, model: string): SQLiteTable {
  const schema: Record<string, unknown> = database._.fullSchema;
  const table = schema[model];
  if (!is(table, SQLiteTable)) throw new Error(`the schema has no table for the model ${model}`);
  return table;
}

/** @throws {Error} when the table has no such column. */
export function columnOf(table: SQLiteTable, field: string): SQLiteColumn {
  const columns: Record<string, SQLiteColumn> = getTableColumns(table);
  const column = columns[field];
  if (column === undefined) throw new Error(`the schema has no column for the field ${field}`);
  return column;
}
