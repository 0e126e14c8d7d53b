/** SQL in every parameter, field, sort and filter: text like any other, or refused; and never a table less. */
import { beforeAll, describe, expect, it } from "vitest";
import { createTenant, join, type Person } from "../people.ts";
import { openCorpus, type Corpus } from "./corpus.ts";
import { call, readRows, type Call, type Operation } from "./operations.ts";
import { takeSnapshot } from "./snapshot.ts";
import { startTarget, type Target } from "./target.ts";

let corpus: Corpus;
let target: Target;
let admin: Person;
let tenantId: string;

beforeAll(async () => {
  corpus = await openCorpus();
  ({ target } = corpus);
  admin = await target.enterAdmin();
  const bob = await target.enter("Bob");
  tenantId = (await createTenant(admin.browser, "searched")).id;
  await join(admin.browser, bob, tenantId);
  return corpus.stop;
});

const injections = [
  "'",
  '"',
  "`",
  "\\",
  "';--",
  "' OR '1'='1",
  "' OR 1=1--",
  "1 OR 1=1",
  '" OR ""="',
  "') OR ('1'='1",
  "'; DROP TABLE user;--",
  "' UNION SELECT password FROM account--",
  "name' COLLATE NOCASE--",
  "name; DELETE FROM user",
  "(SELECT password FROM account LIMIT 1)",
  "CASE WHEN 1=1 THEN name ELSE email END",
  "%",
  "_",
  "%'--",
  "name/**/DESC",
  "randomblob(1000000000)",
  "?1",
  ":name",
  "$1",
];

interface Field {
  place: "values" | "query" | "body";
  name: string;
  /** The name of the field inside the body's field, if it is inside one. */
  inner?: string;
}

const fieldsOf = ({ parameters, body }: Operation): Field[] => [
  ...parameters.map(({ in: where, name }): Field => ({
    place: where === "path" ? "values" : "query",
    name,
  })),
  ...Object.entries(body?.properties ?? {}).flatMap(([name, { properties = {} }]): Field[] => [
    { place: "body", name },
    ...Object.keys(properties).map((inner): Field => ({ place: "body", name, inner })),
  ]),
];

/** The call with a field that says something else, and all others as they were. */
const withField = (told: Call, { place, name, inner }: Field, value: string): Call => {
  const fields = told[place] as Record<string, unknown> | undefined;
  const outer = fields?.[name] as Record<string, unknown> | undefined;
  return {
    ...told,
    [place]: { ...fields, [name]: inner === undefined ? value : { ...outer, [inner]: value } },
  };
};

it("is text to every parameter and every field of every operation, beside others that are right", async () => {
  // Nobody names them: what happens to them, happened to others too.
  const bystander = await target.enter("Zoe");
  const { id } = await createTenant(bystander.browser, "bystanders");
  const rowsOfBystander = async () =>
    Object.entries(await readRows(target, ["audit_event"])).map(([table, rows]) => [
      table,
      rows.filter((row) => row.includes(bystander.id) || row.includes(id)),
    ]);
  const before = await rowsOfBystander();
  const restore = await takeSnapshot(target);
  const failures: unknown[] = [];
  let turn = 0;
  for (const operation of corpus.operations) {
    const [right] = corpus.right(operation);
    for (const field of fieldsOf(operation)) {
      // Some each: with the others of its kind a field has all of them. A password is hashed, which takes long.
      turn += 1;
      const share = /password/i.test(field.name) ? injections.length : 12;
      const chosen = injections.filter((_, index) => index % share === turn % share);
      for (const injection of chosen) {
        const browser = target.open();
        for (const pair of corpus.visitors[right?.by ?? 0]?.cookies ?? []) {
          browser.cookies.set(...pair);
        }
        const told = withField(right?.call ?? {}, field, injection);
        const { status, body } = await call(browser, operation, told);
        if (status >= 500 || /sqlite|d1_error/i.test(JSON.stringify(body))) {
          failures.push([operation.name, field, injection, status, body]);
        }
        // What was carried out must not keep the next request from what this one met.
        if (status < 400 && operation.method !== "GET") await restore();
      }
    }
    expect([operation.name, await rowsOfBystander()]).toEqual([operation.name, before]);
  }
  expect(failures).toEqual([]);
  expect(turn).toBeGreaterThan(200);
});

describe("a search", () => {
  interface List {
    users?: unknown[];
    members?: unknown[];
    tenants?: unknown[];
  }
  const list = async (path: string, query: Record<string, string>) =>
    admin.browser.get<List>(`/api/auth/${path}?${new URLSearchParams(query).toString()}`);

  const searches: [string, string, (value: string) => Record<string, string>][] = [
    ["users", "admin/list-users", (value) => ({ searchField: "email", searchValue: value })],
    ["users", "admin/list-users", (value) => ({ filterField: "role", filterValue: value })],
    ["tenants", "platform/tenants", (value) => ({ search: value })],
    [
      "members",
      "organization/list-members",
      (value) => ({ organizationId: tenantId, filterField: "role", filterValue: value }),
    ],
  ];

  it.each(searches)("of %s at %s finds nobody by SQL", async (kind, path, query) => {
    for (const injection of injections.filter((one) => !/^[%_]$/.test(one))) {
      const { status, body } = await list(path, query(injection));
      if (status === 200) expect([injection, body[kind as keyof List]]).toEqual([injection, []]);
      else expect([injection, status]).toEqual([injection, 400]);
    }
  });

  const columns: [string, string, string][] = [
    ["admin/list-users", "sortBy", ""],
    ["admin/list-users", "searchField", "a"],
    ["admin/list-users", "filterField", "a"],
    ["organization/list-members", "sortBy", ""],
    ["organization/list-members", "filterField", "a"],
  ];

  it.each(columns)("of %s takes as %s no column that there is not", async (path, parameter) => {
    for (const column of [
      ...injections,
      "password",
      "token",
      "account.password",
      "rowid",
      "__proto__",
    ]) {
      const { status, body } = await list(path, {
        organizationId: tenantId,
        [parameter]: column,
        searchValue: "a",
        filterValue: "a",
      });
      expect([column, status]).toEqual([column, 400]);
      expect(body).toMatchObject({ code: expect.stringMatching(/^[A-Z_]+$/) });
    }
  });

  it.each(["sortDirection", "searchOperator", "filterOperator"])(
    "takes as %s none that there is not",
    async (parameter) => {
      const lists: Record<string, Record<string, string>> = {
        "admin/list-users": { searchField: "email", searchValue: "a" },
        // Members are not searched.
        ...(parameter === "searchOperator"
          ? {}
          : { "organization/list-members": { organizationId: tenantId } }),
      };
      for (const [path, query] of Object.entries(lists)) {
        const filter = { sortBy: "role", filterField: "role", filterValue: "user" };
        expect((await list(path, { ...query, ...filter })).status).toBe(200);
        for (const operator of injections) {
          const { status } = await list(path, { ...query, ...filter, [parameter]: operator });
          expect([operator, status]).toEqual([operator, 400]);
        }
      }
    },
  );

  const operators = [
    "eq",
    "ne",
    "in",
    "not_in",
    "contains",
    "starts_with",
    "ends_with",
    "gt",
    "lte",
  ];

  it.each(operators)("by %s takes no more values than D1 takes parameters", async (operator) => {
    for (const path of ["admin/list-users", "organization/list-members"]) {
      for (const count of [1, 2, 80, 81, 300]) {
        const query = new URLSearchParams({ organizationId: tenantId, filterField: "role" });
        if (path === "admin/list-users") query.delete("organizationId");
        query.set("filterOperator", operator);
        for (let value = 0; value < count; value += 1) query.append("filterValue", `role-${value}`);
        const { status } = await admin.browser.get(`/api/auth/${path}?${query.toString()}`);
        const isList = operator === "in" || operator === "not_in";
        const isTaken = isList ? count <= 80 : count === 1;
        expect([path, count, status]).toEqual([path, count, isTaken ? 200 : 400]);
      }
    }
  });

  it("is an error when the database fails, never an empty list", async () => {
    const broken = await startTarget();
    try {
      const { browser, id: userId } = await broken.enterAdmin();
      const { id } = await createTenant(browser, "broken");
      const lists: [table: string, path: string][] = [
        ["invitation", `organization/list-invitations?organizationId=${id}`],
        ["invitation", "organization/list-user-invitations"],
        ["invitation", `platform/tenants/${id}/invitations`],
        ["organization_role", `organization/list-roles?organizationId=${id}`],
        ["audit_event", "platform/audit-events"],
        ["audit_event", "platform/audit-events/export"],
        ["member", "organization/list"],
        ["member", `organization/list-members?organizationId=${id}`],
        ["member", `platform/tenants/${id}/members`],
        ["account", "list-accounts"],
        ["user", "admin/list-users"],
        ["user", "platform/users"],
        ["organization", "platform/tenants"],
        ["organization", "organization/list"],
        ["member", `organization/members?organizationId=${id}`],
        ["session", "list-sessions"],
        ["member", `platform/users/${userId}/memberships`],
        ["organization", `platform/users/${userId}/memberships`],
        ["member", `organization/get-full-organization?organizationId=${id}`],
        ["invitation", `organization/get-full-organization?organizationId=${id}`],
        ["session", "admin/list-user-sessions"],
      ];
      const ask = async (path: string) =>
        path === "admin/list-user-sessions"
          ? browser.post(`/api/auth/${path}`, { userId })
          : browser.get(`/api/auth/${path}`);
      for (const [table, path] of lists) {
        await broken.database.prepare(`ALTER TABLE "${table}" RENAME TO "${table}_gone"`).run();
        const { status, body } = await ask(path);
        expect([path, status]).toEqual([path, 500]);
        expect(body).toEqual({
          code: expect.stringMatching(/^(DATABASE_FAILED|INTERNAL_ERROR)$/),
          message: "The request could not be carried out.",
        });
        await broken.database.prepare(`ALTER TABLE "${table}_gone" RENAME TO "${table}"`).run();
      }
      for (const [, path] of lists) {
        expect([path, (await ask(path)).status]).toEqual([path, 200]);
      }
    } finally {
      await broken.stop();
    }
  });
});
