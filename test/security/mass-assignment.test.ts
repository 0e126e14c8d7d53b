/** Fields that a request must not set, beside those that it may: refused or ignored, on every route that takes a body. */
import { beforeAll, expect, it } from "vitest";
import type { Person } from "../people.ts";
import { call, readOperations, readRows, type Call, type Operation } from "./operations.ts";
import { plantVictim, type Cast } from "./plant.ts";
import { requests } from "./requests.ts";
import { startTarget, type Target } from "./target.ts";

let target: Target;
let operations: Operation[];
let cast: Cast;
let user: Person;

beforeAll(async () => {
  target = await startTarget({ cheapHashes: true });
  const people = await Promise.all(["Bo", "Bea", "Ben", "Gus", "Eve"].map(target.enter));
  const [owner, admin, member, guest, eve] = people as [Person, Person, Person, Person, Person];
  cast = { owner, admin, member, guest };
  user = eve;
  operations = (await readOperations(target)).filter(({ method }) => method !== "GET");
  return target.stop;
});

const poison = "poisoned-value-0123456789";

/** JSON as it is sent: `__proto__` is a field like any other there. */
const poisons = [
  `"role": "platform-admin"`,
  `"role": ["platform-admin"]`,
  `"emailVerified": true`,
  `"banned": false, "banExpires": 1, "banReason": "${poison}"`,
  `"twoFactorEnabled": true`,
  `"id": "${poison}"`,
  `"userId": "${poison}", "user_id": "${poison}"`,
  `"createdAt": "2001-01-01T00:00:00.000Z", "updatedAt": "2001-01-01T00:00:00.000Z"`,
  `"user": {"id": "${poison}", "role": "platform-admin"}`,
  `"session": {"id": "${poison}", "impersonatedBy": "${poison}"}`,
  `"impersonatedBy": "${poison}", "activeOrganizationId": "${poison}"`,
  `"expiresAt": "2099-01-01T00:00:00.000Z", "token": "${poison}"`,
  `"inviterId": "${poison}", "status": "accepted", "ownerId": "${poison}"`,
  `"$set": {"role": "platform-admin"}, "role[]": "platform-admin", "user.role": "platform-admin"`,
  `"__proto__": {"role": "platform-admin", "emailVerified": true}`,
  `"constructor": {"prototype": {"role": "platform-admin"}}`,
  `"prototype": {"role": "platform-admin"}, "toString": "${poison}", "hasOwnProperty": 1`,
  `"data": {"role": "platform-admin", "id": "${poison}", "__proto__": {"role": "platform-admin"}}`,
];

/** The bodies that `told` becomes: poisoned at its top, and in each object that it holds. */
const poisoned = (told: Call, fields: string): string[] => {
  const body = (told.body ?? {}) as Record<string, unknown>;
  const join = (object: object) => {
    const rest = JSON.stringify(object).slice(1, -1);
    return `{${rest === "" ? "" : `${rest}, `}${fields}}`;
  };
  const nested = Object.entries(body).flatMap(([name, value]) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? [JSON.stringify({ ...body, [name]: "INNER" }).replace('"INNER"', () => join(value))]
      : [],
  );
  return [join(body), ...nested];
};

/** What nobody but a platform admin, or the Worker itself, may decide. */
const privileges = async () => {
  const [users, members, tenants, sessions] = await target.database.batch<Record<string, unknown>>(
    [
      "SELECT id, role, email_verified, banned, two_factor_enabled, created_at FROM user",
      "SELECT id, organization_id, user_id FROM member",
      "SELECT id, created_at FROM organization",
      "SELECT id, user_id, impersonated_by FROM session",
    ].map((sql) => target.database.prepare(sql)),
  );
  return { users, members, tenants, sessions };
};

it("sets nothing, on any route, by anybody", async () => {
  const before = await privileges();
  const known = new Map(
    Object.entries(before).map(([table, answer]) => [
      table,
      new Map((answer?.results ?? []).map((row) => [row["id"], JSON.stringify(row)])),
    ]),
  );
  const failures: unknown[] = [];
  const statuses = new Set<number>();
  for (const operation of operations) {
    let victim = await plantVictim(target, cast);
    for (const fields of poisons) {
      // What platform admins may do, a plain user tries.
      const request = (requests[operation.name]?.(victim) ?? []).at(-1);
      const { permitted, ...told } = request ?? { permitted: ["self"] as const };
      const role = permitted[0] ?? "self";
      const person = role === "self" || role === "platform-admin" ? user : cast[role];
      for (const body of poisoned(told, fields)) {
        const browser = target.open();
        const ends = /sign-out|revoke|delete-user/.test(operation.path);
        for (const [name, value] of ends ? [] : person.browser.cookies)
          browser.cookies.set(name, value);
        const { status } = await call(browser, operation, { ...told, body });
        statuses.add(status);
        // What was carried out may leave nothing for the next.
        const isAimed = JSON.stringify(told).includes(victim.slug);
        if (status === 200 && isAimed) victim = await plantVictim(target, cast);
        if (status >= 500) failures.push([operation.name, body, status]);
      }
    }
    // Rows of those tables that were there before, and what no row may hold.
    const after = await privileges();
    for (const [table, rows] of known) {
      const now = new Map(
        (after[table as keyof typeof after]?.results ?? []).map((row) => [
          row["id"],
          JSON.stringify(row),
        ]),
      );
      for (const [id, row] of rows) {
        if (now.get(id) !== row) failures.push([operation.name, table, row, now.get(id)]);
      }
    }
    const admins = after.users?.results.filter(({ role }) => role === "platform-admin");
    if (admins?.length !== 0) failures.push([operation.name, admins]);
    const text = JSON.stringify(await readRows(target, ["audit_event", "verification"]));
    if (text.includes(poison)) failures.push([operation.name, "a poisoned row"]);
    expect(failures).toEqual([]);
  }
  // Some were refused, and some ignored the fields: both ways were tried.
  expect([...statuses]).toEqual(expect.arrayContaining([200, 400]));
});

it("sets nothing by platform admins either, beyond the fields that their routes have", async () => {
  const root = await target.enterAdmin();
  // The others are fields of some of these routes.
  const unknown = poisons.filter((fields) => !/^"(role|emailVerified|banned|data)"/.test(fields));
  const passed: unknown[] = [];
  let asked = 0;
  const victim = await plantVictim(target, cast);
  const before = await readRows(target, ["audit_event"]);
  for (const operation of operations) {
    for (const { permitted, ...told } of requests[operation.name]?.(victim) ?? []) {
      if (!permitted.includes("platform-admin") || told.body === undefined) continue;
      for (const body of unknown.flatMap((fields) => poisoned(told, fields))) {
        asked += 1;
        const { status } = await call(root.browser, operation, { ...told, body });
        if (status !== 400) passed.push([operation.name, body, status]);
      }
    }
  }
  expect(passed).toEqual([]);
  expect(asked).toBeGreaterThan(150);
  expect(await readRows(target, ["audit_event"])).toEqual(before);
});

it("has not changed what objects are made of, in the isolate that answered all this", async () => {
  const { body } = await target.open().get("/api/auth/session");
  expect(body).toEqual({ session: null });
  expect((await user.browser.session()).user.role).toBe("user");
});
