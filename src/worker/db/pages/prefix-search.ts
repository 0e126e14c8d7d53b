/**
 * Searches by prefix, in pages: first the rows whose key (an email address, a slug) starts with the text, then the rows
 * whose name does. Each half is a range of an index, in the order of that index. LIKE would read the whole table, and
 * D1 refuses patterns of more than 50 bytes.
 */
import { and, asc, eq, gt, gte, lt, sql, type SQL } from "drizzle-orm";
import type { SQLiteColumn } from "drizzle-orm/sqlite-core";
import * as z from "zod";
import { encodeCursor, invalidCursor, parseCursor, type Page } from "./keyset.ts";

interface Query {
  search: string;
  cursor: string | undefined;
  limit: number;
}

interface Table<Row> {
  /** A unique column in lower case. */
  key: SQLiteColumn;
  name: SQLiteColumn;
  id: SQLiteColumn;
  keyOf: (row: Row) => string;
  read: (where: SQL | undefined, order: SQL[], limit: number) => Promise<Row[]>;
}

/** A position is the last row's key in the first half, and its name and id in the second. */
const position = z.union([z.tuple([z.string()]), z.tuple([z.string(), z.string().max(64)])]);

/**
 * Searches without regard to case, but only for ASCII letters, as SQLite compares.
 *
 * A page reads at most twice `limit` rows. The second half skips the rows that the first has shown, so that a page may
 * be short or even empty although more pages follow.
 */
export async function searchPage<Row extends { id: string; name: string }>(
  { search, cursor, limit }: Query,
  { key, name, id, keyOf, read }: Table<Row>,
): Promise<Page<Row>> {
  const from = lowerCase(search);
  const to = `${from}\u{10FFFF}`;
  const at = cursor === undefined ? undefined : parseCursor(cursor, position);
  // The position replaces the range's lower bound, so that SQLite seeks to it.
  if (at?.[0].startsWith(from) === false) throw invalidCursor();

  const byKey =
    at?.length === 2
      ? []
      : await read(
          and(at === undefined ? gte(key, from) : gt(key, at[0]), lt(key, to)),
          [asc(key)],
          limit,
        );
  const lastByKey = byKey.at(-1);
  if (byKey.length === limit && lastByKey !== undefined) {
    return { rows: byKey, nextCursor: encodeCursor([keyOf(lastByKey)]) };
  }

  const lowerName = sql`lower(${name})`;
  const [lastName, lastId] = at?.length === 2 ? at : [];
  // There are two ranges, because SQLite does not seek to a row value that contains an expression.
  const ofSameName =
    lastName === undefined || lastId === undefined
      ? []
      : await read(and(eq(lowerName, lastName), gt(id, lastId)), [asc(id)], limit);
  const ofLaterName = await read(
    and(lastName === undefined ? gte(lowerName, from) : gt(lowerName, lastName), lt(lowerName, to)),
    [asc(lowerName), asc(id)],
    limit - ofSameName.length,
  );
  const byName = [...ofSameName, ...ofLaterName];
  const rows = [...byKey];
  let last: Row | undefined;
  for (const row of byName) {
    if (rows.length === limit) break;
    if (!keyOf(row).startsWith(from)) rows.push(row);
    last = row;
  }
  const isEnd = byName.length < limit && last === byName.at(-1);
  if (isEnd || last === undefined) return { rows, nextCursor: null };
  return { rows, nextCursor: encodeCursor([lowerCase(last.name), last.id]) };
}

/** Lower-cases ASCII letters only, like SQLite's lower(). */
function lowerCase(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
