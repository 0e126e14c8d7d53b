/** Pages by keyset, on a real table: every row once, in order, and only cursors that a page returned. */
import { asc, desc, eq } from "drizzle-orm";
import * as fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import * as z from "zod";
import {
  after,
  before,
  encodeCursor,
  nextCursor,
  pageQuery,
  parseCursor,
} from "../../../../src/worker/db/pages/keyset.ts";
import { organization } from "../../../../src/worker/db/schema.ts";
import { database } from "../../browser.ts";

const refusal = expect.objectContaining({
  statusCode: 400,
  body: expect.objectContaining({ code: "INVALID_CURSOR" }),
});

describe("a cursor", () => {
  it("is read back as the position that it was made of", () => {
    const position = z.array(z.union([z.number(), z.string()]));
    const values = fc.array(fc.oneof(fc.integer(), fc.string({ unit: "grapheme" })));
    fc.assert(
      fc.property(values, (at) => {
        expect(parseCursor(encodeCursor(at), position)).toEqual(at);
      }),
    );
  });

  it("can stand in a URL as it is", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        expect(encodeCursor([text])).toMatch(/^[\w-]+$/);
      }),
    );
  });

  it.each([
    ["is no base64", "%"],
    ["is no JSON", "AAAA"],
    ["is of another list", encodeCursor(["a-slug"])],
    ["has no whole number as its time", encodeCursor([1.5, "id"])],
    ["has a longer id than any row", encodeCursor([1, "x".repeat(65)])],
    ["has more than a position", encodeCursor([1, "id", "more"])],
    ["is empty", ""],
  ])("is refused if it %s", (_name, cursor) => {
    expect(() => after(cursor, organization)).toThrow(refusal);
    expect(() => before(cursor, organization)).toThrow(refusal);
  });
});

describe("a page", () => {
  type Row = typeof organization.$inferSelect;

  beforeEach(async () => {
    await database.delete(organization);
  });

  const row = (createdAt: number, index: number) => ({
    id: `id-${index}`,
    name: "Name",
    slug: `slug-${index}`,
    createdAt: new Date(createdAt),
  });

  /** Follows the cursors to the end. */
  async function walk(
    limit: number,
    read: (cursor: string | undefined) => Promise<Row[]>,
  ): Promise<Row[]> {
    const found: Row[] = [];
    let cursor: string | undefined;
    do {
      const rows = await read(cursor);
      expect(rows.length).toBeLessThanOrEqual(limit);
      found.push(...rows);
      // More than there are: a cursor leads back.
      expect(found.length).toBeLessThanOrEqual(12);
      cursor = nextCursor(rows, limit) ?? undefined;
    } while (cursor !== undefined);
    return found;
  }

  const oldestFirst = (limit: number) => async (cursor: string | undefined) =>
    database
      .select()
      .from(organization)
      .where(after(cursor, organization))
      .orderBy(asc(organization.createdAt), asc(organization.id))
      .limit(limit);
  const newestFirst = (limit: number) => async (cursor: string | undefined) =>
    database
      .select()
      .from(organization)
      .where(before(cursor, organization))
      .orderBy(desc(organization.createdAt), desc(organization.id))
      .limit(limit);

  it("follows the one before it in either direction, with every row once, even among equal times", async () => {
    // Few times for many rows.
    const times = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 12 });
    const limits = fc.integer({ min: 1, max: 5 });
    await fc.assert(
      fc.asyncProperty(times, limits, async (createdAt, limit) => {
        await database.delete(organization);
        if (createdAt.length > 0) await database.insert(organization).values(createdAt.map(row));
        const expected = await database
          .select()
          .from(organization)
          .orderBy(asc(organization.createdAt), asc(organization.id));
        expect(await walk(limit, oldestFirst(limit))).toEqual(expected);
        expect(await walk(limit, newestFirst(limit))).toEqual(expected.toReversed());
      }),
      { numRuns: 30 },
    );
  });

  it("neither repeats nor skips a row when rows are inserted and deleted before its cursor", async () => {
    await database.insert(organization).values([100, 101, 102, 103, 104, 105].map(row));
    const first = await oldestFirst(3)(undefined);
    await database.delete(organization).where(eq(organization.id, "id-0"));
    await database.insert(organization).values(row(1, 7));
    const rest = await oldestFirst(3)(nextCursor(first, 3) ?? "");
    expect(rest.map(({ id }) => id)).toEqual(["id-3", "id-4", "id-5"]);
  });

  it.each([0, 1, 2])("of three that has %s rows is the last", (count) => {
    const rows = Array.from({ length: count }, (_, index) => row(1, index));
    expect(nextCursor(rows, 3)).toBeNull();
  });

  it("has 50 rows unless the query says otherwise, and 100 at most", () => {
    const query = z.object(pageQuery);
    expect(query.parse({})).toEqual({ limit: 50 });
    expect(query.parse({ limit: "100" }).limit).toBe(100);
    for (const limit of ["0", "101", "1.5", "many"]) {
      expect(query.safeParse({ limit }).success).toBe(false);
    }
  });
});
