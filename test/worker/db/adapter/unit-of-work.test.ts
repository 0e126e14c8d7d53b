/** What belongs together is written together; and the adapter does not claim more than that. */
import { env } from "cloudflare:workers";
import { queueAfterTransactionHook, runWithTransaction } from "@better-auth/core/context";
import type { DBTransactionAdapter } from "@better-auth/core/db/adapter";
import { beforeEach, describe, expect, it } from "vitest";
import { d1Adapter } from "../../../../src/worker/db/adapter/adapter.ts";
import { openDatabase } from "../../../../src/worker/db/database.ts";
import { faulty } from "../faulty.ts";

const ran: string[] = [];
const adapter = d1Adapter(openDatabase(faulty(env.DB, (sql) => void ran.push(sql))))({});

beforeEach(async () => {
  await env.DB.prepare("DELETE FROM user").run();
  ran.length = 0;
});

const createdAt = new Date();
const user = { id: "ada", name: "Ada", email: "ada@example.com", createdAt, updatedAt: createdAt };
const account = {
  id: "credential",
  userId: "ada",
  accountId: "ada",
  providerId: "credential",
  createdAt,
  updatedAt: createdAt,
};

type Writer = Pick<DBTransactionAdapter, "create">;
const createUser = async ({ create }: Writer) =>
  create({ model: "user", data: user, forceAllowId: true });
const createAccount = async ({ create }: Writer, data: Record<string, unknown> = account) =>
  create({ model: "account", data, forceAllowId: true });
const rows = async (table: string) =>
  env.DB.prepare(`SELECT count(*) AS n FROM ${table}`).first<number>("n");

describe("a unit of work", () => {
  it("writes its inserts in one batch, and returns rows as they will be", async () => {
    const created = await adapter.transaction(async (unit) => {
      const ada = await createUser(unit);
      await createAccount(unit);
      expect(ran).toEqual([]);
      return ada;
    });
    expect(ran).toHaveLength(2);
    expect(await rows("account")).toBe(1);
    const where = [{ field: "id", value: "ada" }];
    expect(await adapter.findOne({ model: "user", where })).toEqual(created);
  });

  it("writes none of them when one is refused", async () => {
    const refused = adapter.transaction(async (unit) => {
      await createUser(unit);
      await createAccount(unit, { ...account, userId: "nobody" });
    });
    await expect(refused).rejects.toMatchObject({ body: { code: "REFERENCE_NOT_FOUND" } });
    expect(await rows("user")).toBe(0);
  });

  it("writes nothing when its work fails", async () => {
    const failed = adapter.transaction(async (unit) => {
      await createUser(unit);
      throw new Error("changed my mind");
    });
    await expect(failed).rejects.toThrow("changed my mind");
    expect(ran).toEqual([]);
  });

  it("leaves nothing behind for work that outlives it, whose inserts are written at once", async () => {
    let outliving: Writer & Pick<DBTransactionAdapter, "count"> = adapter;
    const failed = adapter.transaction(async (unit) => {
      outliving = unit;
      await createUser(unit);
      throw new Error("changed my mind");
    });
    await expect(failed).rejects.toThrow("changed my mind");
    expect(await outliving.count({ model: "user" })).toBe(0);
    await createUser(outliving);
    expect(await rows("user")).toBe(1);
  });

  it("shows its inserts to the reads that follow, and to an update", async () => {
    await adapter.transaction(async (unit) => {
      await createUser(unit);
      expect(await unit.count({ model: "user" })).toBe(1);
      await createAccount(unit);
      const where = [{ field: "userId", value: "ada" }];
      const update = { scope: "all" };
      expect(await unit.update({ model: "account", where, update })).toMatchObject(update);
    });
  });
});

describe("Better Auth's hooks of a transaction", () => {
  const runWithHook = async (work: (unit: Writer) => Promise<unknown>) => {
    const hooks: string[] = [];
    const result = runWithTransaction(adapter, async () => {
      await queueAfterTransactionHook(async () => void hooks.push("mail"));
      await work(adapter);
    });
    return {
      failed: await result.then(
        () => false,
        () => true,
      ),
      hooks,
    };
  };

  it("run once all is written", async () => {
    expect(await runWithHook(createUser)).toEqual({ failed: false, hooks: ["mail"] });
  });

  it("are dropped when the work fails: nothing is to be told of", async () => {
    const work = async () => {
      throw new Error("changed my mind");
    };
    expect(await runWithHook(work)).toEqual({ failed: true, hooks: [] });
  });
});

it("does not claim to have transactions", () => {
  expect(adapter.options?.adapterConfig.transaction).toBeUndefined();
});
