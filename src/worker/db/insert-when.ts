/** A conditional insert, for batches: D1's way to write one row only if another statement of the batch took effect. */
import { getTableColumns, sql, type SQL } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import type { SQLiteColumn, SQLiteTable } from "drizzle-orm/sqlite-core";
import type { Database } from "./database.ts";

/** `INSERT INTO table (...) SELECT row WHERE condition`: no row, and no error, when the condition does not hold. */
export function insertWhen<Table extends SQLiteTable>(
  database: Database,
  table: Table,
  row: Table["$inferInsert"],
  condition: SQL,
): BatchItem<"sqlite"> {
  const columns: Record<string, SQLiteColumn> = getTableColumns(table);
  const entries = Object.entries(row).filter(([, value]) => value !== undefined && value !== null);
  const named = entries.flatMap(([key, value]) => {
    const column = columns[key];
    return column === undefined ? [] : [{ column, value }];
  });
  const names = sql.join(
    named.map(({ column }) => sql.identifier(column.name)),
    sql`, `,
  );
  const values = sql.join(
    named.map(({ column, value }) => sql.param(value, column)),
    sql`, `,
  );
  return database.run(sql`INSERT INTO ${table} (${names}) SELECT ${values} WHERE ${condition}`);
}
