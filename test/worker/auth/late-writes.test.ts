/**
 * Writes that come late: what was true of the caller when it was checked is no longer true when the row is written. Each is refused,
 * and leaves nothing.
 */
import type { D1Migration } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { and, eq, inArray } from "drizzle-orm";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import {
  auditEvent,
  invitation,
  member,
  organizationRole,
  session,
  user,
} from "../../../src/worker/db/schema.ts";
import {
  createTenant,
  database,
  enter,
  enterAdmin,
  newEmail,
  openApp,
  type Person,
} from "../browser.ts";
import { faulty } from "../db/faulty.ts";

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

const remove = async ({ id }: Person) => database.delete(member).where(eq(member.userId, id));
const giveRole =
  (role: string) =>
  async ({ id }: Person) =>
    database.update(member).set({ role }).where(eq(member.userId, id));
const ban = async ({ id }: Person) =>
  database.update(user).set({ banned: true }).where(eq(user.id, id));
const demote = async ({ id }: Person) =>
  database.update(user).set({ role: "user" }).where(eq(user.id, id));

let owner: Person;
let tenantId: string;

beforeAll(async () => {
  owner = await enter(opened, "Ada");
  tenantId = (await createTenant(owner.browser, "late")).id;
  await database.insert(organizationRole).values(
    [
      { role: "recruiter", invitation: ["create"] },
      { role: "clerk", invitation: ["cancel"] },
    ].map(({ role, ...permission }) => ({
      id: role,
      role,
      permission: JSON.stringify(permission),
      organizationId: tenantId,
      createdAt: new Date(),
    })),
  );
});

/** Somebody who is signed in, and a member. */
async function enterAsMember(role: string): Promise<Person> {
  const person = await enter(opened);
  await database.insert(member).values({
    id: crypto.randomUUID(),
    organizationId: tenantId,
    userId: person.id,
    role,
    createdAt: new Date(),
  });
  return person;
}

describe("an invitation", () => {
  const mayNot = {
    status: 403,
    body: { code: "YOU_ARE_NOT_ALLOWED_TO_INVITE_USERS_TO_THIS_ORGANIZATION" },
  };
  const invitationsTo = async (email: string) =>
    database.select().from(invitation).where(eq(invitation.email, email));

  it.each([
    ["is removed", "admin", remove],
    ["is banned", "admin", ban],
    ["is admin no more", "admin", giveRole("member")],
    ["has another role of the tenant's own", "recruiter", giveRole("clerk")],
    ["has no role of the tenant's own any more", "clerk,recruiter", giveRole("clerk,member")],
  ])("is not written for one who %s meanwhile", async (_, role, meanwhile) => {
    const sender = await enterAsMember(role);
    const invite = async (email: string) =>
      sender.browser.post("/api/auth/organization/invite-member", {
        organizationId: tenantId,
        role: "member",
        email,
      });
    expect((await invite(newEmail())).status).toBe(200);
    late = { write: /insert into "invitation"/i, meanwhile: async () => meanwhile(sender) };
    const email = newEmail();
    expect(await invite(email)).toMatchObject(mayNot);
    expect(await invitationsTo(email)).toEqual([]);
  });

  it("is not written to make an owner, for one who is owner no more", async () => {
    const second = await enterAsMember("owner");
    const meanwhile = async () => giveRole("admin")(second);
    late = { write: /insert into "invitation"/i, meanwhile };
    const body = { organizationId: tenantId, role: ["member", "owner"], email: newEmail() };
    const invited = await second.browser.post("/api/auth/organization/invite-member", body);
    expect(invited).toMatchObject(mayNot);
    expect(await invitationsTo(body.email)).toEqual([]);
  });

  it.each([
    ["platform admin no more", demote],
    ["banned", ban],
  ])("is not written for one who is %s, and leaves no event", async (_, meanwhile) => {
    // A platform keeps one.
    await enterAdmin(opened);
    const admin = await enterAdmin(opened);
    const path = `/api/auth/platform/tenants/${tenantId}/invitations`;
    const before = { role: "owner", email: newEmail() };
    expect((await admin.browser.post(path, before)).status).toBe(200);
    late = { write: /insert into "invitation"/i, meanwhile: async () => meanwhile(admin) };
    const body = { role: "owner", email: newEmail() };
    expect(await admin.browser.post(path, body)).toMatchObject(mayNot);
    expect(await invitationsTo(body.email)).toEqual([]);
    const events = await database
      .select({ detail: auditEvent.detail })
      .from(auditEvent)
      .where(and(eq(auditEvent.actorId, admin.id), eq(auditEvent.event, "invitation.created")));
    expect(events.map(({ detail }) => detail)).toEqual([expect.stringContaining(before.email)]);
  });
});

describe("the active tenant", () => {
  const choose = async ({ browser }: Person, organizationId: string | null) =>
    browser.post("/api/auth/organization/set-active", { organizationId });

  it("is refused to one whose membership ends meanwhile, as to one who never was a member", async () => {
    const refused = await choose(await enter(opened), tenantId);
    expect(refused.status).toBe(403);
    const bob = await enterAsMember("member");
    late = { write: /update "session"/i, meanwhile: async () => remove(bob) };
    expect(await choose(bob, tenantId)).toMatchObject({ status: 403, body: refused.body });
    expect((await bob.browser.session()).session.activeOrganizationId).toBeNull();
  });

  it("is one of the user's for an impersonator, who is a member of none", async () => {
    const admin = await enterAdmin(opened);
    const { id: another } = await createTenant((await enter(opened)).browser, "another");
    const started = await admin.browser.post("/api/auth/admin/impersonate-user", {
      userId: owner.id,
    });
    expect(started.status).toBe(200);
    expect((await choose(admin, tenantId)).status).toBe(200);
    expect((await choose(admin, another)).status).toBe(403);
    expect((await admin.browser.session()).session.activeOrganizationId).toBe(tenantId);
  });
});

it("are undone where a release before has let them stand", async () => {
  const { MIGRATIONS } = env as unknown as { MIGRATIONS: D1Migration[] };
  const upgrade = MIGRATIONS.find(({ name }) => name === "0011_sender_authority.sql");
  const queries = upgrade?.queries ?? [];
  const inPlaceOfOlder = "member_demotion_cancels_invitations";
  const added = queries
    .flatMap((sql) => /CREATE TRIGGER `(\w+)`/.exec(sql)?.[1] ?? [])
    .filter((name) => name !== inPlaceOfOlder);
  await env.DB.batch(added.map((name) => env.DB.prepare(`DROP TRIGGER ${name}`)));

  const people = {
    owner,
    "platform admin": await enterAdmin(opened),
    recruiter: await enterAsMember("recruiter"),
    member: await enterAsMember("member"),
    "banned admin": await enterAsMember("admin"),
    stranger: await enter(opened),
  };
  await ban(people["banned admin"]);
  const createdAt = new Date();
  const expiresAt = new Date(createdAt.getTime() + 60_000);
  const common = { organizationId: tenantId, role: "member", createdAt, expiresAt };
  await database.insert(invitation).values(
    Object.entries(people).map(([id, { id: inviterId }]) => ({
      id,
      inviterId,
      email: newEmail(),
      ...common,
    })),
  );
  for (const { id } of [people.member, people.stranger]) {
    const active = { activeOrganizationId: tenantId };
    await database.update(session).set(active).where(eq(session.userId, id));
  }

  await env.DB.batch(queries.map((sql) => env.DB.prepare(sql)));
  const standing = await database
    .select({ id: invitation.id })
    .from(invitation)
    .where(and(inArray(invitation.id, Object.keys(people)), eq(invitation.status, "pending")));
  expect(standing.map(({ id }) => id).toSorted()).toEqual(["owner", "platform admin", "recruiter"]);
  const active = async ({ browser }: Person) =>
    (await browser.session()).session.activeOrganizationId;
  expect(await active(people.member)).toBe(tenantId);
  expect(await active(people.stranger)).toBeNull();
});
