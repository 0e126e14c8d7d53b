/** A conditional insert, for batches: D1's way to write one row only if another statement of the batch took effect. */
import { getTableColumns, is, sql, SQL } from "drizzle-orm";
import type { SQLiteColumn, SQLiteTable } from "drizzle-orm/sqlite-core";
import type { Database } from "./database.ts";

/**
 * `INSERT INTO table SELECT row WHERE condition`: no row, and no error, when the condition does not hold. A value may be an
 * expression.
 */
export function insertWhen<Table extends SQLiteTable>(
  database: Database,
  table: Table,
  row: { [Column in keyof Table["$inferInsert"]]: Table["$inferInsert"][Column] | SQL },
  condition: SQL,
) {
  const columns: [string, SQLiteColumn][] = Object.entries(getTableColumns(table));
  const given: Record<string, unknown> = row;
  const values = columns.map(([key, column]) => {
    const value = given[key] ?? column.default ?? null;
    return is(value, SQL) ? value : sql.param(value, column);
  });
  return database.insert(table).select(sql`SELECT ${sql.join(values, sql`, `)} WHERE ${condition}`);
}
