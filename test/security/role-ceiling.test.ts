/**
 * Nobody in a tenant makes somebody, or themselves, more than they are: by an invitation, a member's role, a role of the
 * tenant's own, or another name for one. What each may give works, so that an attack fails for no other reason.
 */
import { beforeAll, describe, expect, it } from "vitest";
import { createTenant, join, newEmail, type Person } from "../people.ts";
import { startTarget, type Target } from "./target.ts";

let target: Target;
let owner: Person;
let admin: Person;
let recruiter: Person;
let steward: Person;
let plain: Person;
let plainId: string;
let organizationId: string;

const above = { status: 403, body: { code: "ROLE_ABOVE_YOUR_OWN" } };

const post = async (by: Person, route: string, body: object) =>
  by.browser.post<{ code?: string; id: string }>(`/api/auth/organization/${route}`, {
    organizationId,
    ...body,
  });
const invite = async (by: Person, role: unknown, more: object = {}) =>
  post(by, "invite-member", { email: newEmail(), role, ...more });
const promote = async (by: Person, memberId: string, role: unknown) =>
  post(by, "update-member-role", { memberId, role });
const createRole = async (by: Person, role: string, permission: Record<string, string[]>) =>
  post(by, "create-role", { role, permission });
const renameRole = async (by: Person, roleName: string, to: string) =>
  post(by, "update-role", { roleName, data: { roleName: to } });

const roleOf = async ({ id }: Person) =>
  target.database
    .prepare("SELECT role FROM member WHERE organization_id = ? AND user_id = ?")
    .bind(organizationId, id)
    .first<string>("role");

beforeAll(async () => {
  target = await startTarget({ cheapHashes: true });
  [owner, admin, recruiter, steward, plain] = (await Promise.all(
    ["Ada", "Grace", "Rita", "Stella", "Bob"].map(target.signUp),
  )) as [Person, Person, Person, Person, Person];
  organizationId = (await createTenant(owner.browser, "ceiling")).id;
  const roles = {
    recruiter: { invitation: ["create", "cancel"] },
    steward: { invitation: ["create"], member: ["update"], ac: ["read", "update", "create"] },
    closer: { organization: ["delete"] },
    reader: { ac: ["read"] },
  };
  for (const [role, permission] of Object.entries(roles)) {
    expect((await createRole(owner, role, permission)).status).toBe(200);
  }
  await join(owner.browser, admin, organizationId, "admin");
  await join(owner.browser, recruiter, organizationId, "recruiter");
  await join(owner.browser, steward, organizationId, "steward");
  plainId = (await join(owner.browser, plain, organizationId, "member")).id;
  return target.stop;
});

describe("an invitation", () => {
  it("gives no more than its sender has, alone or among other roles", async () => {
    for (const role of ["admin", ["member", "admin"], "member, admin", "steward", "closer"]) {
      expect(await invite(recruiter, role)).toMatchObject(above);
    }
    // An admin may not delete the tenant, so that a role of the tenant's own that may is above theirs.
    expect(await invite(admin, "closer")).toMatchObject(above);
    expect(await invite(steward, "recruiter")).toMatchObject(above);
  });

  it("gives what its sender has, and less", async () => {
    for (const role of ["member", "recruiter", "reader", ["member", "recruiter"]]) {
      expect([role, (await invite(recruiter, role)).status]).toEqual([role, 200]);
    }
    for (const role of ["member", "admin", "recruiter", "steward"]) {
      expect([role, (await invite(admin, role)).status]).toEqual([role, 200]);
    }
    for (const role of ["owner", "admin", "closer", ["admin", "closer"]]) {
      expect([role, (await invite(owner, role)).status]).toEqual([role, 200]);
    }
  });

  it("in the active tenant is judged as in a named one", async () => {
    const active = await post(recruiter, "set-active", {});
    expect(active.status).toBe(200);
    const body = { email: newEmail(), role: "admin", organizationId: undefined };
    expect(await post(recruiter, "invite-member", body)).toMatchObject(above);
  });

  it("of somebody above is not sent again by another name", async () => {
    const email = newEmail();
    expect((await invite(owner, "admin", { email })).status).toBe(200);
    const resent = await invite(recruiter, "member", { email, resend: true });
    expect(resent).toMatchObject(above);
  });

  it("is refused with another reason to a member who may not invite", async () => {
    const { body } = await invite(plain, "admin");
    expect(body.code).toBe("YOU_ARE_NOT_ALLOWED_TO_INVITE_USERS_TO_THIS_ORGANIZATION");
    const owners = await invite(admin, "owner");
    expect(owners.body.code).toBe("YOU_ARE_NOT_ALLOWED_TO_INVITE_USER_WITH_THIS_ROLE");
  });
});

describe("a member", () => {
  it("is not promoted above the promoter, and nobody promotes themselves", async () => {
    const own = await target.database
      .prepare("SELECT id FROM member WHERE organization_id = ? AND user_id = ?")
      .bind(organizationId, steward.id)
      .first<string>("id");
    for (const memberId of [plainId, own ?? ""]) {
      for (const role of ["admin", ["steward", "admin"], "steward,recruiter", "closer"]) {
        expect(await promote(steward, memberId, role)).toMatchObject(above);
      }
    }
    expect(await promote(admin, plainId, "closer")).toMatchObject(above);
    expect([await roleOf(plain), await roleOf(steward)]).toEqual(["member", "steward"]);
  });

  it("is given what their superior has", async () => {
    for (const [by, role] of [
      [steward, "steward"],
      [steward, "reader"],
      [admin, "admin"],
      [owner, "closer"],
      [owner, "member"],
    ] as const) {
      expect((await promote(by, plainId, role)).status).toBe(200);
      expect(await roleOf(plain)).toBe(role);
    }
  });
});

describe("a role of the tenant's own", () => {
  it("permits no more than its author may do", async () => {
    const permission = { member: ["update", "delete"] };
    const created = await createRole(steward, "deputy", permission);
    expect(created).toMatchObject({
      status: 403,
      body: { code: "YOU_ARE_NOT_ALLOWED_TO_CREATE_A_ROLE" },
    });
    for (const roleName of ["steward", "reader"]) {
      const updated = await post(steward, "update-role", { roleName, data: { permission } });
      expect(updated).toMatchObject({
        status: 403,
        body: { code: "YOU_ARE_NOT_ALLOWED_TO_UPDATE_A_ROLE" },
      });
    }
    expect((await createRole(steward, "deputy", { member: ["update"] })).status).toBe(200);
  });

  it("takes a name that a membership already has only if the author could grant it", async () => {
    const twice = await target.signUp("Mallory");
    await createRole(owner, "trainee", {});
    await join(owner.browser, twice, organizationId, "steward,trainee");
    // The name is free, and Mallory's membership has it.
    expect((await renameRole(twice, "trainee", "former")).status).toBe(200);
    expect(await renameRole(twice, "closer", "trainee")).toMatchObject(above);
    const roleId = await target.database
      .prepare("SELECT id FROM organization_role WHERE organization_id = ? AND role = 'closer'")
      .bind(organizationId)
      .first<string>("id");
    const byId = await post(twice, "update-role", { roleId, data: { roleName: "trainee" } });
    expect(byId).toMatchObject(above);
    expect((await post(twice, "delete", {})).status).toBe(403);
    expect((await renameRole(owner, "closer", "finisher")).status).toBe(200);
    expect((await renameRole(owner, "finisher", "closer")).status).toBe(200);
  });
});
