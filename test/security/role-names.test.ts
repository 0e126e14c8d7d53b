/**
 * A role name is read in one way everywhere. A name that a list of roles, a JavaScript object or the database's rules read
 * differently would make an owner who is not counted as one, or permissions that nobody gave.
 */
import { beforeAll, describe, expect, it } from "vitest";
import { createTenant, join, newEmail, type Person } from "../people.ts";
import { startTarget, type Target } from "./target.ts";

let target: Target;
let owner: Person;
let admin: Person;
let plain: Person;
let platformAdmin: Person;
let plainId: string;
let organizationId: string;

const notNames = [
  "auditor,owner",
  ",owner",
  " owner",
  "owner ",
  "owner\t",
  "au ditor",
  "owner\u200b",
  "own\u0435r",
  "a.b",
  'a"b',
  "a'b",
  "",
];
/** Names that every JavaScript object has, as a client sends them and as Better Auth would store them. */
const inherited = ["__proto__", "constructor", "toString", "hasOwnProperty", "valueOf"];

const post = async (by: Person, route: string, body: object) =>
  by.browser.post<{ code?: string }>(`/api/auth/organization/${route}`, {
    organizationId,
    ...body,
  });
const rolesOfTenant = async () => {
  const { results } = await target.database
    .prepare("SELECT role FROM organization_role WHERE organization_id = ? ORDER BY role")
    .bind(organizationId)
    .all<{ role: string }>();
  return results.map(({ role }) => role);
};
const roleOfPlain = async () =>
  target.database.prepare("SELECT role FROM member WHERE id = ?").bind(plainId).first("role");

beforeAll(async () => {
  target = await startTarget();
  [owner, admin, plain] = (await Promise.all(["Ada", "Rita", "Bob"].map(target.enter))) as [
    Person,
    Person,
    Person,
  ];
  platformAdmin = await target.enterAdmin();
  organizationId = (await createTenant(owner.browser, "names")).id;
  await join(owner.browser, admin, organizationId, "admin");
  plainId = (await join(owner.browser, plain, organizationId, "member")).id;
  const created = await post(owner, "create-role", { role: "auditor", permission: {} });
  expect(created.status).toBe(200);
  return target.stop;
});

describe("a role of the tenant's own", () => {
  it.each([...notNames, ...inherited])("is not created as %j", async (role) => {
    const { status, body } = await post(admin, "create-role", { role, permission: {} });
    expect([status, body.code]).toEqual([400, "INVALID_ROLE_NAME"]);
    expect(await rolesOfTenant()).toEqual(["auditor"]);
  });

  it.each([...notNames, ...inherited])("is not renamed to %j", async (roleName) => {
    const { status, body } = await post(admin, "update-role", {
      roleName: "auditor",
      data: { roleName },
    });
    expect([status, body.code]).toEqual([400, "INVALID_ROLE_NAME"]);
    expect(await rolesOfTenant()).toEqual(["auditor"]);
  });

  it("has letters, digits, hyphens and underscores in its name", async () => {
    for (const role of ["read-only", "level_2", "3rd"]) {
      const created = await post(admin, "create-role", { role, permission: {} });
      expect([role, created.status]).toEqual([role, 200]);
      const changed = await post(owner, "update-member-role", { memberId: plainId, role });
      expect([role, changed.status, await roleOfPlain()]).toEqual([role, 200, role]);
      await post(owner, "update-member-role", { memberId: plainId, role: "member" });
      expect((await post(owner, "delete-role", { roleName: role })).status).toBe(200);
    }
  });
});

describe("a role that is given", () => {
  const odd = [...notNames, ...inherited];

  it.each(odd)("is not %j at the routes for platform admins", async (role) => {
    const tenant = `/api/auth/platform/tenants/${organizationId}`;
    const { browser } = platformAdmin;
    const answers = [
      await browser.send("PATCH", `${tenant}/members/${plainId}`, { role }),
      await browser.post<{ code?: string }>(`${tenant}/members`, {
        userId: (await target.enter()).id,
        role,
      }),
      await browser.post<{ code?: string }>(`${tenant}/invitations`, { email: newEmail(), role }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([400, 400, 400]);
    expect(await roleOfPlain()).toBe("member");
  });

  it.each(inherited)("is not %j at the routes for members", async (role) => {
    const answers = [
      await post(owner, "update-member-role", { memberId: plainId, role }),
      await post(owner, "update-member-role", { memberId: plainId, role: ["member", role] }),
      await post(owner, "invite-member", { email: newEmail(), role }),
      await post(owner, "invite-member", { email: newEmail(), role: [role] }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([400, 400, 400, 400]);
    expect(await roleOfPlain()).toBe("member");
  });
});

it("no role of a membership, an invitation or a tenant is stored that is not read back as it was", async () => {
  const { database } = target;
  const now = Date.now();
  const lists = [",owner", "owner,", "member,,owner", " owner", "member, owner", "own\u0435r", ""];
  for (const role of lists) {
    const update = database.prepare("UPDATE member SET role = ? WHERE id = ?").bind(role, plainId);
    await expect(update.run()).rejects.toThrow("INVALID_ROLE_NAME");
    const invite = database
      .prepare(
        "INSERT INTO invitation (id, organization_id, email, role, expires_at, created_at, inviter_id) VALUES (?, ?, ?, ?, ?, ?, ?)",
      )
      .bind(crypto.randomUUID(), organizationId, newEmail(), role, now + 60_000, now, owner.id);
    await expect(invite.run()).rejects.toThrow("INVALID_ROLE_NAME");
  }
});
