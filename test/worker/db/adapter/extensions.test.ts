/** What the Worker's rooms add to Better Auth's writes, each declared to the adapter. */
import { env } from "cloudflare:workers";
import { eq, sql, type SQL } from "drizzle-orm";
import { beforeEach, describe, expect, it } from "vitest";
import { d1Adapter } from "../../../../src/worker/db/adapter/adapter.ts";
import {
  guardInsert,
  guardUpdate,
  readWithInsert,
  type AdapterExtensions,
} from "../../../../src/worker/db/adapter/extensions.ts";
import type { ExtraWrite } from "../../../../src/worker/db/adapter/extra-write.ts";
import { openDatabase } from "../../../../src/worker/db/database.ts";
import { user, verification } from "../../../../src/worker/db/schema.ts";
import { faulty } from "../faulty.ts";

const ran: string[] = [];
const database = openDatabase(faulty(env.DB, (statement) => void ran.push(statement)));
const open = (extensions: AdapterExtensions) => d1Adapter(database, extensions)({});

const now = new Date();
const ada = { id: "ada", name: "Ada", email: "ada@example.com", createdAt: now, updatedAt: now };
const grace = { ...ada, id: "grace", name: "Grace", email: "grace@example.com" };
const isAda = [{ field: "id", value: "ada" }];

beforeEach(async () => {
  await env.DB.batch([
    env.DB.prepare("DELETE FROM user"),
    env.DB.prepare("DELETE FROM verification"),
  ]);
  await database.insert(user).values(ada);
  ran.length = 0;
});

const nameOf = async (id: string) =>
  env.DB.prepare("SELECT name FROM user WHERE id = ?").bind(id).first<string | null>("name");

describe("a guard of inserts", () => {
  const onlyWhile = (condition: SQL) =>
    guardInsert(user, async (_row, attempt) => {
      const written = await attempt(condition);
      if (written.length === 0) throw new Error("not any more");
      return written;
    });
  const create = { model: "user", data: grace, forceAllowId: true };

  it("has the row inserted while its condition holds, in the statement that inserts", async () => {
    const holds = sql`EXISTS (SELECT 1 FROM user WHERE id = 'ada')`;
    expect(await open({ guards: [onlyWhile(holds)] }).create(create)).toMatchObject(grace);
    expect(ran).toHaveLength(1);
  });

  it("refuses the row otherwise", async () => {
    const adapter = open({ guards: [onlyWhile(sql`0`)] });
    await expect(adapter.create(create)).rejects.toThrow("not any more");
    expect(await nameOf("grace")).toBeNull();
  });

  it("decides at once in a unit of work, after the inserts that wait there", async () => {
    const holds = sql`EXISTS (SELECT 1 FROM verification)`;
    await open({ guards: [onlyWhile(holds)] }).transaction(async (unit) => {
      const data = { identifier: "i", value: "v", expiresAt: now, createdAt: now, updatedAt: now };
      await unit.create({ model: "verification", data });
      expect(ran).toEqual([]);
      await unit.create(create);
      expect(await nameOf("grace")).toBe("Grace");
    });
  });
});

describe("a guard of a column", () => {
  const unchanged = guardUpdate(user.name, async (change, attempt) => {
    expect(change.value).toBe("Ada Lovelace");
    return attempt(eq(user.name, "Ada"));
  });
  const adapter = open({ guards: [unchanged] });
  const update = { name: "Ada Lovelace" };

  it.each(["update", "updateMany"] as const)(
    "has %s write while its condition holds",
    async (operation) => {
      const written = await adapter[operation]({ model: "user", where: isAda, update });
      if (operation === "update") expect(written).toMatchObject(update);
      else expect(written).toBe(1);
      expect(await nameOf("ada")).toBe("Ada Lovelace");
    },
  );

  it.each(["update", "updateMany"] as const)(
    "has %s write nothing otherwise",
    async (operation) => {
      await database.update(user).set({ name: "Countess" });
      const written = await adapter[operation]({ model: "user", where: isAda, update });
      expect(written).toBe(operation === "update" ? null : 0);
      expect(await nameOf("ada")).toBe("Countess");
    },
  );

  it("is not asked about other columns", async () => {
    const image = "https://example.com/ada.png";
    const updated = await adapter.update({ model: "user", where: isAda, update: { image } });
    expect(updated).toMatchObject({ image });
  });
});

it("reads with an insert what the same statement finds, and keeps it out of the row", async () => {
  const found: number[] = [];
  const others = readWithInsert(
    user,
    ({ id }) => sql<number>`(SELECT count(*) FROM user WHERE id <> ${id})`,
    (n) => found.push(n),
  );
  const created = await open({ insertReadings: [others] }).create({
    model: "user",
    data: grace,
    forceAllowId: true,
  });
  expect([found, ran.length]).toEqual([[1], 1]);
  expect(Object.keys(created).toSorted()).not.toContain("0");
});

describe("an extra write", () => {
  let told = 0;
  const event: ExtraWrite = {
    operation: "update",
    table: user,
    statement: (rows) =>
      database
        .insert(verification)
        .select(sql`SELECT id, 'renamed', name, 0, 0, 0 FROM ${user} WHERE ${rows}`),
    onWritten: () => void (told += 1),
  };
  const adapter = open({ readExtraWrite: () => event });
  const update = { name: "Ada Lovelace" };
  const events = async () =>
    env.DB.prepare("SELECT count(*) AS n FROM verification").first<number>("n");
  beforeEach(() => {
    told = 0;
  });

  it("is in one batch with the write that it belongs to", async () => {
    await adapter.update({ model: "user", where: isAda, update });
    expect([ran.length, await events(), told]).toEqual([2, 1, 1]);
  });

  it("is not there when the write fails", async () => {
    await database.insert(user).values(grace);
    const taken = { email: grace.email };
    await expect(
      adapter.update({ model: "user", where: isAda, update: taken }),
    ).rejects.toMatchObject({
      body: { code: "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL" },
    });
    expect([await events(), told]).toEqual([0, 0]);
  });

  it("may be tried again after a write that met no row", async () => {
    const where = [{ field: "id", value: "nobody" }];
    expect(await adapter.update({ model: "user", where, update })).toBeNull();
    expect([await events(), told]).toEqual([0, 0]);
  });

  it("stays away from a write of another kind", async () => {
    await adapter.delete({ model: "user", where: isAda });
    expect([await events(), told]).toEqual([0, 0]);
  });

  it("goes with conditions of more values than D1 binds", async () => {
    const value = Array.from({ length: 150 }, (_, index) => `nobody-${index}`);
    const where = [{ field: "id", operator: "in" as const, value: [...value, "ada"] }];
    expect(await adapter.updateMany({ model: "user", where, update })).toBe(1);
    expect(await events()).toBe(1);
  });
});
