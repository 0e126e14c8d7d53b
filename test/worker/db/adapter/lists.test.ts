/** Lists of more values than D1 binds, in every operation that takes conditions. */
import { env } from "cloudflare:workers";
import type { Where } from "@better-auth/core/db/adapter";
import { beforeEach, describe, expect, it } from "vitest";
import { d1Adapter } from "../../../../src/worker/db/adapter/adapter.ts";
import { openDatabase } from "../../../../src/worker/db/database.ts";

const adapter = d1Adapter(openDatabase(env.DB))({});
const people = 250;
const firstTime = 1_700_000_000_000;

/** Users 1 to 250; every second one has confirmed the address. */
beforeEach(async () => {
  await env.DB.batch([
    env.DB.prepare("DELETE FROM user"),
    env.DB.prepare(
      `INSERT INTO user (id, name, email, email_verified, created_at, updated_at)
      SELECT 'user-' || value, 'Name ' || value, 'USER-' || value || '@example.com', value % 2, ?1 + value, ?1
      FROM json_each(?2)`,
    ).bind(firstTime, JSON.stringify(numbers(1, people))),
  ]);
});

function numbers(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

const ids = (first: number, last: number) => numbers(first, last).map((n) => `user-${n}`);
const oneOf = (value: string[]): Where[] => [{ field: "id", operator: "in", value }];
const noneOf = (value: string[]): Where[] => [{ field: "id", operator: "not_in", value }];
const count = async (where?: Where[]) => adapter.count({ model: "user", ...(where && { where }) });
const renamed: Where[] = [{ field: "name", value: "Renamed" }];
const toRename = { model: "user", update: { name: "Renamed" } };

describe("a list of 150 values", () => {
  const listed = ids(1, 150);

  it("finds one row, and none that is not in it", async () => {
    const found = await adapter.findOne<{ id: string }>({ model: "user", where: oneOf(listed) });
    expect(listed).toContain(found?.id);
    const others = await adapter.findMany<{ id: string }>({ model: "user", where: noneOf(listed) });
    expect(others.map(({ id }) => id).toSorted()).toEqual(ids(151, 250).toSorted());
  });

  it("is sorted, limited and offset by the database", async () => {
    const page = await adapter.findMany<{ id: string }>({
      model: "user",
      where: oneOf(listed),
      sortBy: { field: "createdAt", direction: "desc" },
      limit: 3,
      offset: 10,
    });
    expect(page.map(({ id }) => id)).toEqual(["user-140", "user-139", "user-138"]);
  });

  it("counts", async () => {
    expect([await count(oneOf(listed)), await count(noneOf(listed))]).toEqual([150, 100]);
  });

  it("updates the rows in it, or the others", async () => {
    expect(await adapter.updateMany({ ...toRename, where: oneOf(listed) })).toBe(150);
    expect(await adapter.updateMany({ ...toRename, where: noneOf(listed) })).toBe(100);
    const updated = await adapter.update<{ name: string }>({
      model: "user",
      update: { name: "Once more" },
      where: [...renamed, { field: "id", operator: "in", value: [...listed, "user-200"] }],
    });
    expect(updated?.name).toBe("Once more");
  });

  it("deletes the rows in it, or the others", async () => {
    await adapter.delete({ model: "user", where: oneOf(listed) });
    expect(await count()).toBe(100);
    expect(await adapter.deleteMany({ model: "user", where: noneOf(ids(151, 240)) })).toBe(10);
    expect(await count()).toBe(90);
  });

  it("deletes and changes one row where one is meant", async () => {
    const consumed = await adapter.consumeOne<{ id: string }>({
      model: "user",
      where: oneOf(listed),
    });
    expect(listed).toContain(consumed?.id);
    expect(await count()).toBe(249);
    const changed = await adapter.incrementOne<{ name: string }>({
      model: "user",
      where: oneOf(listed),
      increment: {},
      set: { name: "Renamed" },
    });
    expect([changed?.name, await count(renamed)]).toEqual(["Renamed", 1]);
  });

  it("is joined", async () => {
    const joined = d1Adapter(openDatabase(env.DB))({ advanced: { database: { joins: true } } });
    const found = await joined.findMany<{ session: unknown[] }>({
      model: "user",
      where: oneOf(listed),
      join: { session: true },
      limit: 200,
    });
    expect(found).toHaveLength(150);
    expect(found[0]?.session).toEqual([]);
  });

  it("is searched by index", async () => {
    const ran: { sql: string; values: unknown[] }[] = [];
    const watched = new Proxy(env.DB, {
      get: (target, key) =>
        key === "prepare"
          ? (sql: string) => {
              const statement = target.prepare(sql);
              return new Proxy(statement, {
                get: (of, name) =>
                  name === "bind"
                    ? (...values: unknown[]) => {
                        ran.push({ sql, values });
                        return of.bind(...values);
                      }
                    : (Reflect.get(of, name) as unknown),
              });
            }
          : (Reflect.get(target, key) as unknown),
    });
    const watching = d1Adapter(openDatabase(watched))({});
    await watching.findMany({ model: "user", where: oneOf(listed) });
    const [{ sql, values } = { sql: "", values: [] }] = ran;
    const plan = await env.DB.prepare(`EXPLAIN QUERY PLAN ${sql}`)
      .bind(...values)
      .all<{ detail: string }>();
    expect(plan.results.map(({ detail }) => detail)).toContainEqual(
      expect.stringMatching(/^SEARCH user USING INDEX .*\(id=\?\)/),
    );
  });
});

describe("a long list", () => {
  it("may be of dates", async () => {
    const value = numbers(101, 250).map((n) => new Date(firstTime + n)) as unknown as string[];
    expect(await count([{ field: "createdAt", operator: "in", value }])).toBe(150);
    expect(await count([{ field: "createdAt", operator: "not_in", value }])).toBe(100);
  });

  it("may be of booleans", async () => {
    const value = Array.from({ length: 150 }, () => true) as unknown as string[];
    expect(await count([{ field: "emailVerified", operator: "in", value }])).toBe(125);
  });

  it("may ignore case", async () => {
    const value = numbers(1, 150).map((n) => `user-${n}@EXAMPLE.com`);
    const where: Where = { field: "email", operator: "in", value };
    expect(await count([where])).toBe(0);
    expect(await count([{ ...where, mode: "insensitive" }])).toBe(150);
    expect(await count([{ ...where, operator: "not_in", mode: "insensitive" }])).toBe(100);
  });

  it("may be one of several, with OR", async () => {
    expect(
      await count([
        { field: "id", operator: "in", value: ids(1, 60) },
        { field: "id", operator: "not_in", value: ids(11, 70) },
        { field: "name", operator: "in", value: ["Name 1", "Name 2"], connector: "OR" },
        { field: "name", value: "Name 3", connector: "OR" },
      ]),
    ).toBe(3);
  });

  it("may be empty", async () => {
    expect([await count(oneOf([])), await count(noneOf([]))]).toEqual([0, 250]);
  });
});

describe("a search for text", () => {
  const named = async (operator: Where["operator"], value: string) =>
    count([{ field: "name", ...(operator && { operator }), value }]);

  it("takes % and _ as they are", async () => {
    await adapter.updateMany({
      model: "user",
      update: { name: "50% off_now" },
      where: oneOf(["user-7"]),
    });
    for (const [operator, value] of [
      ["contains", "0% o"],
      ["starts_with", "50%"],
      ["ends_with", "_now"],
    ] as const) {
      expect([operator, await named(operator, value)]).toEqual([operator, 1]);
    }
    expect(await named("contains", "Name_")).toBe(0);
  });

  it("may be longer than the 50 bytes of a LIKE pattern", async () => {
    const name = "Bartholomew Featherstonehaugh-Cholmondeley of Marylebone, the younger";
    await adapter.updateMany({ model: "user", update: { name }, where: oneOf(["user-7"]) });
    expect(await named("contains", name.slice(2).toUpperCase())).toBe(1);
    expect(await named("starts_with", name.slice(0, -2))).toBe(1);
    expect(await named("ends_with", name.slice(2))).toBe(1);
  });

  it("finds every row for the empty text", async () => {
    for (const operator of ["contains", "starts_with", "ends_with"] as const) {
      expect([operator, await named(operator, "")]).toEqual([operator, people]);
    }
  });
});
