/** SQL in every query parameter, sort and filter: text like any other, or refused; and never a table less. */
import { beforeAll, describe, expect, it } from "vitest";
import { createTenant, join, type Person } from "../people.ts";
import { call, readOperations, readRows, type Operation } from "./operations.ts";
import { startTarget, type Target } from "./target.ts";

let target: Target;
let operations: Operation[];
let admin: Person;
let tenantId: string;

beforeAll(async () => {
  target = await startTarget();
  admin = await target.signUpAdmin();
  const bob = await target.signUp("Bob");
  tenantId = (await createTenant(admin.browser, "searched")).id;
  await join(admin.browser, bob, tenantId);
  await admin.browser.get("/api/auth/token");
  operations = (await readOperations(target)).filter(({ method }) => method === "GET");
  return target.stop;
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

it("is text to every query and path parameter of every operation", async () => {
  const before = await readRows(target, ["audit_event"]);
  const failures: unknown[] = [];
  let turn = 0;
  for (const operation of operations) {
    for (const { in: where, name } of operation.parameters) {
      // A third each: with the others of its kind a parameter has all of them.
      turn += 1;
      for (const injection of injections.filter((_, index) => index % 3 === turn % 3)) {
        const { status, body } = await call(admin.browser, operation, {
          [where === "query" ? "query" : "values"]: { [name]: injection },
        });
        if (status >= 500 || JSON.stringify(body).includes("SQLITE")) {
          failures.push([operation.name, name, injection, status, body]);
        }
      }
    }
  }
  expect(failures).toEqual([]);
  expect(await readRows(target, ["audit_event"])).toEqual(before);
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

  it("is an error when the database fails, never an empty list", async () => {
    const broken = await startTarget();
    try {
      const { browser } = await broken.signUpAdmin();
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
      ];
      for (const [table, path] of lists) {
        await broken.database.prepare(`ALTER TABLE "${table}" RENAME TO "${table}_gone"`).run();
        const { status, body } = await browser.get(`/api/auth/${path}`);
        expect([path, status]).toEqual([path, 500]);
        expect(body).toEqual({
          code: expect.stringMatching(/^(DATABASE_FAILED|INTERNAL_ERROR)$/),
          message: "The request could not be carried out.",
        });
        await broken.database.prepare(`ALTER TABLE "${table}_gone" RENAME TO "${table}"`).run();
      }
      for (const [, path] of lists) {
        expect([path, (await browser.get(`/api/auth/${path}`)).status]).toEqual([path, 200]);
      }
    } finally {
      await broken.stop();
    }
  });
});
