/**
 * A role that is granted too late: between the judgement and the write, the granter lost a role, or the role that is granted
 * got more permissions. Nothing is written.
 */
import { env } from "cloudflare:workers";
import { and, eq } from "drizzle-orm";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { invitation, member, organizationRole } from "../../../../src/worker/db/schema.ts";
import { createTenant, database, enter, newEmail, openApp, type Person } from "../../browser.ts";
import { faulty } from "../../db/faulty.ts";

let late: { write: RegExp; meanwhile: () => Promise<unknown> } | undefined;
const delayed = async (sql: string) => {
  if (late?.write.test(sql) !== true) return;
  const { meanwhile } = late;
  late = undefined;
  await meanwhile();
};
const opened = openApp({}, { DB: faulty(env.DB, delayed) });

afterEach(() => {
  // Or the write that a test is about has not been made.
  expect(late).toBeUndefined();
});

const changed = { status: 409, body: { code: "ROLES_CHANGED" } };
const steward = {
  invitation: ["create"],
  member: ["update"],
  ac: ["create", "read", "update"],
};

let tenantId: string;
let granter: Person;
let memberId: string;

const roleRow = async (role: string) =>
  database.query.organizationRole.findFirst({
    where: and(eq(organizationRole.organizationId, tenantId), eq(organizationRole.role, role)),
  });
const define = async (role: string, permission: object) => {
  await database.delete(organizationRole).where(eq(organizationRole.id, `late-${role}`));
  await database.insert(organizationRole).values({
    id: `late-${role}`,
    role,
    permission: JSON.stringify(permission),
    organizationId: tenantId,
    createdAt: new Date(),
  });
};
const addMember = async ({ id: userId }: Person, role: string) => {
  const id = crypto.randomUUID();
  const row = { id, organizationId: tenantId, userId, role, createdAt: new Date() };
  await database.insert(member).values(row);
  return id;
};
const roleOf = async (id: string) =>
  (await database.query.member.findFirst({ where: eq(member.id, id) }))?.role;
const post = async (route: string, body: object) =>
  granter.browser.post(`/api/auth/organization/${route}`, { organizationId: tenantId, ...body });

const losesTheRole = async () =>
  database
    .update(member)
    .set({ role: "recruiter" })
    .where(and(eq(member.organizationId, tenantId), eq(member.userId, granter.id)));
const clerkGetsMore = async () => define("clerk", { organization: ["delete"] });
const stewardGetsLess = async () => define("steward", { invitation: ["create"] });

beforeAll(async () => {
  const owner = await enter(opened, "Ada");
  tenantId = (await createTenant(owner.browser, "late-grants")).id;
});

beforeEach(async () => {
  await define("steward", steward);
  await define("recruiter", { invitation: ["create"] });
  await define("clerk", { ac: ["read"] });
  granter = await enter(opened);
  await addMember(granter, "steward");
  memberId = await addMember(await enter(opened), "member");
});

const mayNotInvite = {
  status: 403,
  body: { code: "YOU_ARE_NOT_ALLOWED_TO_INVITE_USERS_TO_THIS_ORGANIZATION" },
};

describe.each([
  ["who is no steward any more", losesTheRole, mayNotInvite],
  ["whose role has lost permissions", stewardGetsLess, changed],
])("by a member %s", (_, meanwhile, refusedInvitation) => {
  it("nobody gets a role", async () => {
    late = { write: /update "member"/i, meanwhile };
    expect(await post("update-member-role", { memberId, role: "steward" })).toMatchObject(changed);
    expect(await roleOf(memberId)).toBe("member");
  });

  it("nobody is invited", async () => {
    late = { write: /insert into "invitation"/i, meanwhile };
    const email = newEmail();
    const invite = await post("invite-member", { email, role: "steward" });
    expect(invite).toMatchObject(refusedInvitation);
    const invited = await database.query.invitation.findFirst({
      where: eq(invitation.email, email),
    });
    expect(invited).toBeUndefined();
  });

  it("no invitation is sent again", async () => {
    const body = { email: newEmail(), role: "steward" };
    expect((await post("invite-member", body)).status).toBe(200);
    const sentAt = Date.now() - 10 * 60 * 1000;
    const where = eq(invitation.email, body.email);
    await database
      .update(invitation)
      .set({ expiresAt: new Date(sentAt + 60 * 60 * 1000) })
      .where(where);
    late = { write: /update "invitation"/i, meanwhile };
    const again = await post("invite-member", { ...body, resend: true });
    expect(again.status).toBeGreaterThanOrEqual(400);
  });

  it("no role is defined", async () => {
    late = { write: /insert into "organization_role"/i, meanwhile };
    const defined = await post("create-role", {
      role: "deputy",
      permission: { member: ["update"] },
    });
    expect(defined).toMatchObject(changed);
    expect(await roleRow("deputy")).toBeUndefined();
  });

  it("no role gets more permissions", async () => {
    late = { write: /update "organization_role"/i, meanwhile };
    const data = { permission: { member: ["update"] } };
    expect(await post("update-role", { roleName: "clerk", data })).toMatchObject(changed);
    expect((await roleRow("clerk"))?.permission).toBe(JSON.stringify({ ac: ["read"] }));
  });
});

describe("a role that has got more permissions meanwhile", () => {
  it("is given to nobody", async () => {
    late = { write: /update "member"/i, meanwhile: clerkGetsMore };
    expect(await post("update-member-role", { memberId, role: "clerk" })).toMatchObject(changed);
    expect(await roleOf(memberId)).toBe("member");
  });

  it("is in no invitation", async () => {
    late = { write: /insert into "invitation"/i, meanwhile: clerkGetsMore };
    const invited = await post("invite-member", { email: newEmail(), role: "clerk" });
    expect(invited).toMatchObject(changed);
  });

  it("gets no name that somebody's membership has", async () => {
    await addMember(await enter(opened), "trainee");
    late = { write: /update "organization_role"/i, meanwhile: clerkGetsMore };
    const renamed = await post("update-role", {
      roleName: "clerk",
      data: { roleName: "trainee" },
    });
    expect(renamed).toMatchObject(changed);
    expect(await roleRow("trainee")).toBeUndefined();
  });
});
