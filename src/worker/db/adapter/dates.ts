/** Dates in a text column, which an owner's table may have: ISO 8601 in UTC. Drizzle maps the dates of the other columns. */
import type { SQLiteColumn } from "drizzle-orm/sqlite-core";

/** A value, or a list of values, as the column takes it. */
export function toStoredDate(value: unknown, column: SQLiteColumn): unknown {
  if (column.dataType !== "string") return value;
  const stored = (one: unknown) => (one instanceof Date ? one.toISOString() : one);
  return Array.isArray(value) ? value.map(stored) : stored(value);
}

export function fromStoredDate(value: unknown): unknown {
  return typeof value === "string" || typeof value === "number" ? new Date(value) : value;
}
