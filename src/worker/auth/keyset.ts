/** Keyset pages: rows after a cursor in (createdAt, id) order, so that page one thousand reads as few rows as page one. */
import { and, eq, gt, or, type SQL } from "drizzle-orm";
import type { SQLiteColumn } from "drizzle-orm/sqlite-core";
import { APIError } from "better-auth/api";
import * as z from "zod";

export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(100).default(50),
  cursor: z.string().max(200).optional(),
};

const position = z.tuple([z.number().int(), z.string().max(64)]);

/** The condition for rows after `cursor`; undefined for the first page. @throws {APIError} 400 for a cursor of no page. */
export function after(
  cursor: string | undefined,
  columns: { createdAt: SQLiteColumn; id: SQLiteColumn },
): SQL | undefined {
  if (cursor === undefined) return undefined;
  const [milliseconds, id] = parseCursor(cursor);
  const createdAt = new Date(milliseconds);
  return or(
    gt(columns.createdAt, createdAt),
    and(eq(columns.createdAt, createdAt), gt(columns.id, id)),
  );
}

/** The cursor behind the last of `rows`, or null when the page was not full. */
export function nextCursor(
  rows: readonly { createdAt: Date; id: string }[],
  limit: number,
): string | null {
  const last = rows.at(-1);
  if (rows.length < limit || last === undefined) return null;
  return btoa(JSON.stringify([last.createdAt.getTime(), last.id]));
}

function parseCursor(cursor: string): z.infer<typeof position> {
  try {
    return position.parse(JSON.parse(atob(cursor)));
  } catch (cause) {
    throw new APIError("BAD_REQUEST", {
      code: "INVALID_CURSOR",
      message: "The cursor is not one that a page returned.",
      cause,
    });
  }
}
