/**
 * Keyset pagination: a page is the rows after a cursor in the order of an index, so that page one thousand reads as few
 * rows as page one. Positions are compared as row values, because SQLite seeks to a row value but scans for an
 * equivalent OR.
 */
import { sql, type SQL } from "drizzle-orm";
import type { SQLiteColumn } from "drizzle-orm/sqlite-core";
import { base64Url } from "@better-auth/utils/base64";
import { APIError } from "better-auth/api";
import * as z from "zod";

export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(100).default(50),
  cursor: z.string().max(4096).optional(),
};

/** The rows of a page, and the cursor of the next page, which is null after the last row. */
export interface Page<Row> {
  rows: Row[];
  nextCursor: string | null;
}

interface Columns {
  createdAt: SQLiteColumn;
  id: SQLiteColumn;
}

const position = z.tuple([z.number().int(), z.string().max(64)]);

/**
 * The condition for the rows after `cursor`, oldest first; undefined for the first page. @throws {APIError} see
 * `parseCursor`.
 */
export function after(cursor: string | undefined, columns: Columns): SQL | undefined {
  return beyond(cursor, columns, sql`>`);
}

/**
 * The condition for the rows after `cursor`, newest first; undefined for the first page. @throws {APIError} see
 * `parseCursor`.
 */
export function before(cursor: string | undefined, columns: Columns): SQL | undefined {
  return beyond(cursor, columns, sql`<`);
}

function beyond(cursor: string | undefined, { createdAt, id }: Columns, operator: SQL) {
  if (cursor === undefined) return undefined;
  const at = parseCursor(cursor, position);
  return sql`(${createdAt}, ${id}) ${operator} (${at[0]}, ${at[1]})`;
}

/** The cursor of the page after `rows`, or null if `rows` is not a full page. */
export function nextCursor(
  rows: readonly { createdAt: Date; id: string }[],
  limit: number,
): string | null {
  const last = rows.at(-1);
  if (rows.length < limit || last === undefined) return null;
  return encodeCursor([last.createdAt.getTime(), last.id]);
}

/** @param at the values of the last row by which the page is ordered. */
export function encodeCursor(at: readonly (string | number)[]): string {
  return base64Url.encode(JSON.stringify(at), { padding: false });
}

/** @throws {APIError} 400 for a cursor that no page returned. */
export function parseCursor<Position>(cursor: string, positions: z.ZodType<Position>): Position {
  try {
    return positions.parse(JSON.parse(new TextDecoder().decode(base64Url.decode(cursor))));
  } catch (cause) {
    throw invalidCursor(cause);
  }
}

export function invalidCursor(cause?: unknown): APIError {
  return new APIError("BAD_REQUEST", {
    code: "INVALID_CURSOR",
    message: "The cursor is invalid. Send the cursor of an earlier page unchanged.",
    cause,
  });
}
