import { env } from "cloudflare:workers";
import { getTableName, is } from "drizzle-orm";
import { SQLiteTable } from "drizzle-orm/sqlite-core";
import { describe, expect, it, vi } from "vitest";
import * as schema from "../../../src/worker/db/schema.ts";
import {
  createTenant,
  enrol,
  join,
  openApp,
  password,
  patience,
  enter,
  signUp,
} from "../browser.ts";

interface Query {
  sql: string;
  values: unknown[];
}

/** A D1 binding that writes down what runs on it. */
function recording(d1: D1Database): { binding: D1Database; queries: Query[] } {
  const queries: Query[] = [];
  const record = (statement: D1PreparedStatement, query: Query): D1PreparedStatement =>
    new Proxy(statement, {
      get(target, key) {
        if (key === "bind") {
          return (...values: unknown[]) => record(target.bind(...values), { ...query, values });
        }
        if (key === "all" || key === "run" || key === "raw" || key === "first") {
          return (...options: never[]) => {
            queries.push(query);
            return (target[key] as (...options: never[]) => unknown)(...options);
          };
        }
        if (key === originalStatement) return { statement: target, query };
        return Reflect.get(target, key) as unknown;
      },
    });
  const binding = new Proxy(d1, {
    get(target, key) {
      if (key === "prepare")
        return (sql: string) => record(target.prepare(sql), { sql, values: [] });
      if (key === "batch") {
        return (statements: Record<symbol, { statement: D1PreparedStatement; query: Query }>[]) => {
          const originals = statements.map((statement) => statement[originalStatement]);
          queries.push({
            sql: originals.map((original) => original?.query.sql).join(";\n"),
            values: [],
          });
          return target.batch(originals.flatMap((original) => original?.statement ?? []));
        };
      }
      return Reflect.get(target, key) as unknown;
    },
  });
  return { binding, queries };
}
const originalStatement = Symbol("original statement");

const { binding, queries } = recording(env.DB);
const opened = openApp({}, { DB: binding });

/** What goes on after an answer has begun and ended. */
const settled = async () => scheduler.wait(50);

/** What `deed` runs on the database, but for maintenance and mail, which are due when they are due. */
async function during(deed: () => Promise<unknown>): Promise<Query[]> {
  await settled();
  queries.length = 0;
  await deed();
  return queries.filter(({ sql }) => !/"(maintenance_run|email_outbox)"/.test(sql));
}

const tableNames = new Set<string>(
  Object.values(schema).flatMap((table) => (is(table, SQLiteTable) ? getTableName(table) : [])),
);

/**
 * Lines of EXPLAIN QUERY PLAN that read a whole table. Drizzle's joins scan the few rows of a subquery under the name that
 * a search inside it has; every other scan is one of a table.
 */
async function fullScans(ran: Query[]): Promise<string[]> {
  const statements = ran.flatMap(({ sql, values }) =>
    sql.split(";\n").map((one) => ({ sql: one, values })),
  );
  const plans = statements.map(async ({ sql, values }) => {
    const parameters = (sql.match(/\?/g) ?? []).map((_, index) => values[index] ?? null);
    const plan = await env.DB.prepare(`EXPLAIN QUERY PLAN ${sql}`)
      .bind(...parameters)
      .all<{ detail: string }>();
    const lines = plan.results.map(({ detail }) => detail);
    const searched = new Set(lines.flatMap((line) => /^SEARCH (\S+)/.exec(line)?.[1] ?? []));
    const scanned = lines.filter((line) => {
      const [, name = ""] = /^SCAN (\S+)/.exec(line) ?? [];
      // A count is one of a subquery's rows, which end at a limit.
      if (name === "counted") return false;
      // Nor is json_each, which reads the values of one parameter.
      if (line.includes("VIRTUAL TABLE")) return false;
      // An index of the few platform admins is no table.
      if (line.endsWith("INDEX user_platform_admin")) return false;
      const ofSubquery = searched.has(name) && !tableNames.has(name);
      return name !== "" && name !== "CONSTANT" && !ofSubquery;
    });
    return scanned.map((line) => `${line}   <- ${sql}`);
  });
  return (await Promise.all(plans)).flat();
}

describe("a session check", () => {
  it("is one query, by index, signed in", async () => {
    const ada = await enter(opened);
    for (const path of ["/api/auth/session", "/api/auth/get-session"]) {
      const ran = await during(() => ada.browser.get(path));
      expect(ran).toHaveLength(1);
      expect(await fullScans(ran)).toEqual([]);
    }
  });

  it("reads two rows, the session and its user, and writes none", async () => {
    const ada = await enter(opened);
    for (const path of ["/api/auth/session", "/api/auth/get-session"]) {
      for (const { sql, values } of await during(() => ada.browser.get(path))) {
        const { meta } = await env.DB.prepare(sql)
          .bind(...values)
          .all();
        expect([meta.rows_read, meta.rows_written]).toEqual([2, 0]);
      }
    }
  });

  it("is no query, signed out or with a cookie that was not signed here", async () => {
    const browser = opened.open();
    expect(await during(() => browser.get("/api/auth/session"))).toEqual([]);
    browser.cookies.set("__Secure-better-auth.session_token", "forged.signature");
    expect(await during(() => browser.get("/api/auth/session"))).toEqual([]);
  });
});

describe("a sign-in", () => {
  const named = (ran: Query[], parts: string[]) =>
    ran.map(({ sql }) => parts.find((part) => sql.includes(part)) ?? sql);
  /** The last one begins after the answer. */
  const needed = [
    'insert into "throttle"',
    'from "user"',
    'insert into "session"',
    'insert into "audit_event"',
    'update "throttle"',
  ];
  const stale = [...needed.slice(0, 3), 'delete from "session"', ...needed.slice(3)];
  /** Whether the network is a new one, which the owner is mailed. Asked after the answer. */
  const unknown = ['from "audit_event"', ...needed];

  it.each([
    ["in a browser that was signed out", unknown],
    ["in a browser that has an older session, which it ends", stale],
  ])("takes only the queries that it needs, %s, none a full scan", async (_name, expected) => {
    const ada = await signUp(opened);
    const browser = expected === stale ? ada.browser : opened.open();
    // A network from which the account has signed in before, so that nobody is mailed.
    const network = { "cf-connecting-ip": "198.51.100.40" };
    const credentials = { email: ada.email, password };
    await opened.open().post("/api/auth/sign-in/email", credentials, network);
    const ran = await during(async () => {
      await browser.post("/api/auth/sign-in/email", credentials, network);
      await vi.waitFor(() => expect(named(queries, expected)).toContain(expected.at(-1)), patience);
      await settled();
    });
    expect((await browser.session()).user.email).toBe(ada.email);
    expect(named(ran, expected).sort()).toEqual([...expected].sort());
    expect(ran.length).toBeLessThanOrEqual(6);
    expect(await fullScans(ran)).toEqual([]);
  });

  it("with two-factor has no full scan either, and clears away nothing but its own challenge", async () => {
    const ada = await signUp(opened);
    const { code } = await enrol(ada.browser);
    const browser = opened.open();
    const ran = await during(async () => {
      await browser.post("/api/auth/sign-in/email", { email: ada.email, password });
      await browser.post("/api/auth/two-factor/verify-totp", { code: await code(1) });
    });
    expect((await browser.session()).user.email).toBe(ada.email);
    expect(await fullScans(ran)).toEqual([]);
    // What has expired is maintenance's; Better Auth reads up to ten thousand such rows in a request.
    expect(ran.filter(({ sql }) => sql.includes('"verification"."expires_at" <'))).toEqual([]);
  });
});

it("the first admin's claim has no full scan", async () => {
  const ran = await during(() =>
    opened.open().post("/api/auth/platform/claim", { token: "x".repeat(40) }),
  );
  expect(ran).toHaveLength(1);
  expect(await fullScans(ran)).toEqual([]);
});

it("a tenant's life has no full scan", async () => {
  const [ada, bob] = [await enter(opened), await enter(opened)];
  const ran = await during(async () => {
    const tenant = await createTenant(ada.browser, "scans");
    await join(ada.browser, bob, tenant.id);
    const organizationId = tenant.id;
    await ada.browser.get(`/api/auth/organization/list-members?organizationId=${organizationId}`);
    await ada.browser.get(
      `/api/auth/organization/get-full-organization?organizationId=${organizationId}`,
    );
    await bob.browser.post("/api/auth/organization/leave", { organizationId });
    await ada.browser.post("/api/auth/organization/delete", { organizationId });
  });
  expect(ran.length).toBeGreaterThan(20);
  expect(await fullScans(ran)).toEqual([]);
});

it("a deletion finds what names the user by index", async () => {
  const ada = await enter(opened);
  const ran = await during(() => ada.browser.post("/api/auth/delete-user", { password }));
  expect(ran.some(({ sql }) => sql.includes("json_replace"))).toBe(true);
  // Its addresses are a bound value, and the claims of a platform are a few.
  const scans = (await fullScans(ran)).filter(
    (line) => !/^SCAN (json_each VIRTUAL TABLE|platform_claim\b)/.test(line),
  );
  expect(scans).toEqual([]);
});

it("finds a full scan where there is one", async () => {
  expect(
    await fullScans([{ sql: 'SELECT * FROM "user" WHERE name = ?', values: ["x"] }]),
  ).toHaveLength(1);
});
