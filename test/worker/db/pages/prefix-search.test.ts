/** Pages of what a search finds by the start of a key or a name, on a real table, against a model of the whole answer. */
import * as fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { encodeCursor } from "../../../../src/worker/db/pages/keyset.ts";
import { searchPage } from "../../../../src/worker/db/pages/prefix-search.ts";
import { organization } from "../../../../src/worker/db/schema.ts";
import { database } from "../../browser.ts";

type Row = typeof organization.$inferSelect;

let rowsRead = 0;

const search = async (text: string, limit: number, cursor?: string) =>
  searchPage<Row>(
    { search: text, cursor, limit },
    {
      key: organization.slug,
      name: organization.name,
      id: organization.id,
      keyOf: ({ slug }) => slug,
      async read(where, order, most) {
        const rows = await database
          .select()
          .from(organization)
          .where(where)
          .orderBy(...order)
          .limit(most);
        rowsRead += rows.length;
        return rows;
      },
    },
  );

/** Follows the cursors to the end. */
async function walk(text: string, limit: number): Promise<string[]> {
  const found: string[] = [];
  let cursor: string | undefined;
  do {
    rowsRead = 0;
    const page = await search(text, limit, cursor);
    expect(page.rows.length).toBeLessThanOrEqual(limit);
    expect(rowsRead).toBeLessThanOrEqual(2 * limit);
    found.push(...page.rows.map(({ id }) => id));
    // More than there are: a cursor leads back.
    expect(found.length).toBeLessThanOrEqual(12);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return found;
}

async function insert(rows: { slug: string; name: string }[]): Promise<void> {
  if (rows.length === 0) return;
  const createdAt = new Date(0);
  await database
    .insert(organization)
    .values(rows.map((row, index) => ({ ...row, id: `id-${index}`, createdAt })));
}

beforeEach(async () => {
  await database.delete(organization);
});

describe("a search", () => {
  it("finds by key and then by name, each row once, whatever the size of a page", async () => {
    // Few letters, so that many texts begin alike; the wildcards of LIKE are among them.
    const text = (letters: string, minLength = 0) =>
      fc.string({ unit: fc.constantFrom(...letters.split("")), minLength, maxLength: 3 });
    const rows = fc.uniqueArray(fc.record({ slug: text("ab%_", 1), name: text("aAbB%_é") }), {
      selector: ({ slug }) => slug,
      maxLength: 12,
    });
    const limits = fc.integer({ min: 1, max: 4 });
    const lower = (one: string) => one.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
    const compare = (one: string, other: string) => (one < other ? -1 : one > other ? 1 : 0);
    await fc.assert(
      fc.asyncProperty(rows, text("aAb%_", 1), limits, async (stored, searched, limit) => {
        await database.delete(organization);
        await insert(stored);
        const start = lower(searched);
        const all = stored.map((row, index) => ({ ...row, id: `id-${index}` }));
        const byKey = all.filter(({ slug }) => slug.startsWith(start));
        const byName = all.filter(
          (row) => lower(row.name).startsWith(start) && !byKey.includes(row),
        );
        const expected = [
          ...byKey.toSorted((one, other) => compare(one.slug, other.slug)),
          ...byName.toSorted(
            (one, other) =>
              compare(lower(one.name), lower(other.name)) || compare(one.id, other.id),
          ),
        ].map(({ id }) => id);
        expect(await walk(searched, limit)).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });

  it("ignores case in ASCII", async () => {
    await insert([{ slug: "acme", name: "ACME Rockets" }]);
    expect(await walk("AcMe", 10)).toEqual(["id-0"]);
    expect(await walk("acme rock", 10)).toEqual(["id-0"]);
  });

  it("takes a longer text than LIKE does on D1", async () => {
    const long = "a".repeat(200);
    await insert([{ slug: "long", name: long }]);
    expect(await walk(long.slice(0, 120), 10)).toEqual(["id-0"]);
  });

  it.each([
    ["another search", encodeCursor(["b"])],
    ["another list", encodeCursor([1, "id"])],
    ["no page at all", "x"],
  ])("refuses a cursor of %s", async (_name, cursor) => {
    await expect(search("a", 10, cursor)).rejects.toMatchObject({
      statusCode: 400,
      body: { code: "INVALID_CURSOR" },
    });
  });
});
