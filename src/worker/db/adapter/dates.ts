/**
 * Dates as columns have them, and as conditions name them. A text column, which an owner's table may have, holds ISO 8601 in
 * UTC; Drizzle maps the dates of the other columns.
 */
import type { SQLiteColumn } from "drizzle-orm/sqlite-core";

/** A value, or a list of values, as the column takes it. The condition of a query has a time as text. */
export function toStoredDate(value: unknown, column: SQLiteColumn): unknown {
  const stored = (one: unknown) => {
    const time = typeof one === "string" ? (readTime(one) ?? one) : one;
    return time instanceof Date && column.dataType === "string" ? time.toISOString() : time;
  };
  return Array.isArray(value) ? value.map(stored) : stored(value);
}

/** A time in text: ISO 8601, or milliseconds since 1970. */
export function readTime(text: string): Date | undefined {
  const time = new Date(/^\d+$/.test(text) ? Number(text) : text);
  return Number.isNaN(time.getTime()) ? undefined : time;
}

export function fromStoredDate(value: unknown): unknown {
  return typeof value === "string" || typeof value === "number" ? new Date(value) : value;
}
