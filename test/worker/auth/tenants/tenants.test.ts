import { and, count, eq } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import {
  auditEvent,
  invitation,
  member,
  organization,
  session,
  user,
} from "../../../../src/worker/db/schema.ts";
import {
  createTenant,
  database,
  join,
  linkIn,
  mailTo,
  newEmail,
  openApp,
  password,
  enter,
  enterAdmin,
} from "../../browser.ts";

const opened = openApp();

async function members(organizationId: string) {
  return database.select().from(member).where(eq(member.organizationId, organizationId));
}

describe("a tenant", () => {
  it("is made with its owner, and is active", async () => {
    const ada = await enter(opened);
    const tenant = await createTenant(ada.browser, "made-with-owner");
    expect(await members(tenant.id)).toMatchObject([{ userId: ada.id, role: "owner" }]);
    expect((await ada.browser.session()).session.activeOrganizationId).toBe(tenant.id);
  });

  it("is not made when its owner cannot be", async () => {
    const ada = await enter(opened);
    await database.delete(user).where(eq(user.id, ada.id));
    const slug = "without-owner";
    const refused = await ada.browser.post("/api/auth/organization/create", { name: "T", slug });
    expect(refused.status).toBe(401);
    const rows = await database.select().from(organization).where(eq(organization.slug, slug));
    expect(rows).toEqual([]);
  });

  it("is made once when two ask for its slug at once", async () => {
    const [ada, bob] = [await enter(opened), await enter(opened)];
    const body = { name: "Race", slug: "race" };
    const answers = await Promise.all(
      [ada, bob].map(({ browser }) => browser.post("/api/auth/organization/create", body)),
    );
    expect(answers.map(({ status }) => status).toSorted()).toSatisfy(
      ([first, second]: number[]) => first === 200 && (second === 400 || second === 409),
    );
    const rows = await database.select().from(organization).where(eq(organization.slug, "race"));
    expect(rows).toHaveLength(1);
    expect(await members(rows[0]?.id ?? "")).toHaveLength(1);
  });

  it("stays active for somebody who is refused another's", async () => {
    const [ada, eve] = [await enter(opened), await enter(opened)];
    const another = await createTenant(ada.browser, "another-s");
    const own = await createTenant(eve.browser, "one-s-own");
    const asked = `organizationId=${another.id}`;
    const refusals = [
      await eve.browser.get(`/api/auth/organization/get-organization?${asked}`),
      await eve.browser.get(`/api/auth/organization/get-full-organization?${asked}`),
      await eve.browser.post("/api/auth/organization/set-active", { organizationId: another.id }),
    ];
    expect(refusals.map(({ status }) => status)).toEqual([403, 403, 403]);
    expect((await eve.browser.session()).session.activeOrganizationId).toBe(own.id);
    await eve.browser.post("/api/auth/organization/set-active", { organizationId: null });
    expect((await eve.browser.session()).session.activeOrganizationId).toBeNull();
  });

  it("is deleted by its only owner, with everything of it", async () => {
    const [ada, bob] = [await enter(opened), await enter(opened)];
    const tenant = await createTenant(ada.browser, "to-be-deleted");
    await join(ada.browser, bob, tenant.id);
    const deleted = await ada.browser.post("/api/auth/organization/delete", {
      organizationId: tenant.id,
    });
    expect(deleted.status).toBe(200);
    expect(await members(tenant.id)).toEqual([]);
    expect((await bob.browser.session()).session.activeOrganizationId).toBeNull();
  });

  it("lists 150 members", async () => {
    const ada = await enter(opened);
    const tenant = await createTenant(ada.browser, "one-hundred-and-fifty");
    const now = new Date();
    const people = Array.from({ length: 149 }, (_, index) => ({
      id: `crowd-${index}`,
      name: `Person ${index}`,
      email: `crowd-${index}@example.com`,
      createdAt: now,
      updatedAt: now,
    }));
    for (const person of people) {
      await database.batch([
        database.insert(user).values(person),
        database.insert(member).values({
          id: `member-${person.id}`,
          organizationId: tenant.id,
          userId: person.id,
          role: "member",
          createdAt: now,
        }),
      ]);
    }
    const query = `organizationId=${tenant.id}`;
    const listed = await ada.browser.get<{ members: { user: { email: string } }[]; total: number }>(
      `/api/auth/organization/list-members?${query}&limit=1000`,
    );
    expect(listed.status).toBe(200);
    expect(listed.body.total).toBe(150);
    expect(new Set(listed.body.members.map(({ user: { email } }) => email)).size).toBe(150);
    const full = await ada.browser.get<{ members: unknown[] }>(
      `/api/auth/organization/get-full-organization?${query}&membersLimit=1000`,
    );
    expect(full.body.members).toHaveLength(150);
    const begun = await ada.browser.get<{ members: unknown[]; total: number }>(
      `/api/auth/organization/list-members?${query}`,
    );
    expect([begun.body.members.length, begun.body.total]).toEqual([100, 150]);
  });

  it("defines roles of its own", async () => {
    const [ada, bob] = [await enter(opened), await enter(opened)];
    const tenant = await createTenant(ada.browser, "own-roles");
    const role = { role: "auditor", permission: { ac: ["read"] }, organizationId: tenant.id };
    const created = await ada.browser.post("/api/auth/organization/create-role", role);
    expect(created.status).toBe(200);
    await join(ada.browser, bob, tenant.id, "auditor");
    expect(await members(tenant.id)).toContainEqual(
      expect.objectContaining({ userId: bob.id, role: "auditor" }),
    );
  });
});

describe("an invitation", () => {
  it("reaches its address and makes one member", async () => {
    const [ada, bob] = [await enter(opened), await enter(opened)];
    const tenant = await createTenant(ada.browser, "invites");
    const invited = await ada.browser.post<{ id: string }>("/api/auth/organization/invite-member", {
      email: bob.email,
      role: "admin",
      organizationId: tenant.id,
    });
    const link = linkIn(await mailTo(opened.mail, bob.email, "Invitation"));
    expect(link.searchParams.get("id")).toBe(invited.body.id);
    const seen = await bob.browser.get(
      `/api/auth/organization/get-invitation?id=${invited.body.id}`,
    );
    expect(seen.body).toMatchObject({
      organizationName: "Tenant invites",
      inviterEmail: ada.email,
    });
    const body = { invitationId: invited.body.id };
    const accepted = await bob.browser.post("/api/auth/organization/accept-invitation", body);
    expect(accepted.body).toMatchObject({
      invitation: { status: "accepted" },
      member: { userId: bob.id, role: "admin" },
    });
    expect((await bob.browser.session()).session.activeOrganizationId).toBe(tenant.id);
    const again = await bob.browser.post("/api/auth/organization/accept-invitation", body);
    expect(again.status).toBe(400);
  });

  it("sent three times at once to one address leaves one member", async () => {
    const [ada, bob] = [await enter(opened), await enter(opened)];
    const tenant = await createTenant(ada.browser, "three-invitations");
    const invite = () =>
      ada.browser.post<{ id?: string }>("/api/auth/organization/invite-member", {
        email: bob.email,
        role: "member",
        organizationId: tenant.id,
      });
    const invited = await Promise.all([invite(), invite(), invite()]);
    const pending = await database
      .select()
      .from(invitation)
      .where(and(eq(invitation.organizationId, tenant.id), eq(invitation.status, "pending")));
    expect(pending).toHaveLength(1);
    const answers = await Promise.all(
      invited
        .flatMap(({ body }) => (body.id === undefined ? [] : [body.id, body.id]))
        .map((invitationId) =>
          bob.browser.post("/api/auth/organization/accept-invitation", { invitationId }),
        ),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    const rows = await members(tenant.id);
    expect(rows.filter(({ userId }) => userId === bob.id)).toHaveLength(1);
  });

  it("is refused to another address, and to the right one while it is unverified", async () => {
    const [ada, eve] = [await enter(opened), await enter(opened)];
    const tenant = await createTenant(ada.browser, "wrong-address");
    const invited = await ada.browser.post<{ id: string }>("/api/auth/organization/invite-member", {
      email: newEmail(),
      role: "owner",
      organizationId: tenant.id,
    });
    const body = { invitationId: invited.body.id };
    const wrong = await eve.browser.post("/api/auth/organization/accept-invitation", body);
    expect(wrong.status).toBe(403);
    const own = await ada.browser.post<{ id: string }>("/api/auth/organization/invite-member", {
      email: eve.email,
      role: "member",
      organizationId: tenant.id,
    });
    await database.update(user).set({ emailVerified: false }).where(eq(user.id, eve.id));
    const unverified = await eve.browser.post("/api/auth/organization/accept-invitation", {
      invitationId: own.body.id,
    });
    expect(unverified.status).toBe(403);
    expect(await members(tenant.id)).toHaveLength(1);
  });

  it("can be sent again once it has expired", async () => {
    const ada = await enter(opened);
    const tenant = await createTenant(ada.browser, "expired");
    const email = newEmail();
    const body = { email, role: "member", organizationId: tenant.id };
    const first = await ada.browser.post<{ id: string }>(
      "/api/auth/organization/invite-member",
      body,
    );
    const refused = await ada.browser.post("/api/auth/organization/invite-member", body);
    expect(refused.status).toBe(400);
    await database
      .update(invitation)
      .set({ expiresAt: new Date(Date.now() - 1000) })
      .where(eq(invitation.id, first.body.id));
    const second = await ada.browser.post("/api/auth/organization/invite-member", body);
    expect(second.status).toBe(200);
  });
});

describe("the last owner", () => {
  it("cannot leave, be removed, be demoted or be deleted", async () => {
    const [ada, bob] = [await enter(opened), await enter(opened)];
    const admin = await enterAdmin(opened);
    const tenant = await createTenant(ada.browser, "last-owner");
    const [owner] = tenant.members;
    await join(ada.browser, bob, tenant.id, "admin");
    const organizationId = tenant.id;
    const refusals = [
      await ada.browser.post("/api/auth/organization/leave", { organizationId }),
      await ada.browser.post("/api/auth/organization/remove-member", {
        memberIdOrEmail: ada.email,
        organizationId,
      }),
      await ada.browser.post("/api/auth/organization/update-member-role", {
        memberId: owner?.id,
        role: "member",
        organizationId,
      }),
      await bob.browser.post("/api/auth/organization/remove-member", {
        memberIdOrEmail: ada.email,
        organizationId,
      }),
      await ada.browser.post("/api/auth/delete-user", { password }),
      await admin.browser.post("/api/auth/admin/remove-user", { userId: ada.id }),
      await admin.browser.send(
        "DELETE",
        `/api/auth/platform/tenants/${tenant.id}/members/${owner?.id}`,
      ),
      await admin.browser.send(
        "PATCH",
        `/api/auth/platform/tenants/${tenant.id}/members/${owner?.id}`,
        { role: "member" },
      ),
    ];
    expect(refusals.map(({ status }) => status >= 400 && status < 500)).not.toContain(false);
    expect(await members(tenant.id)).toContainEqual(
      expect.objectContaining({ userId: ada.id, role: "owner" }),
    );
    // Nothing was half done: the owner is still signed in, with a password.
    expect((await ada.browser.session()).user.id).toBe(ada.id);
    const [sessions] = await database
      .select({ count: count() })
      .from(session)
      .where(eq(session.userId, ada.id));
    expect(sessions?.count).toBeGreaterThan(0);
  });

  it("is one of two who leave, demote each other or are deleted at once", async () => {
    const deeds = {
      leave: (id: string) => ["/api/auth/organization/leave", { organizationId: id }] as const,
      delete: () => ["/api/auth/delete-user", { password }] as const,
    };
    for (const [name, deed] of Object.entries(deeds)) {
      const [ada, bob] = [await enter(opened), await enter(opened)];
      const tenant = await createTenant(ada.browser, `two-owners-${name}`);
      await join(ada.browser, bob, tenant.id, "owner");
      const answers = await Promise.all(
        [ada, bob].map(({ browser }) => {
          const [path, body] = deed(tenant.id);
          return browser.post(path, body);
        }),
      );
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
      expect(await members(tenant.id)).toHaveLength(1);
    }
    const [ada, bob] = [await enter(opened), await enter(opened)];
    const tenant = await createTenant(ada.browser, "two-owners-demote");
    const second = await join(ada.browser, bob, tenant.id, "owner");
    const organizationId = tenant.id;
    const demote = (memberId: string | undefined) => ({ memberId, role: "member", organizationId });
    const path = "/api/auth/organization/update-member-role";
    await Promise.all([
      ada.browser.post(path, demote(second.id)),
      bob.browser.post(path, demote(tenant.members[0]?.id)),
    ]);
    const owners = (await members(tenant.id)).filter(({ role }) => role === "owner");
    expect(owners.length).toBeGreaterThanOrEqual(1);
  });
});

describe("a platform admin", () => {
  const path = "/api/auth/platform/tenants";

  it("manages a tenant without being a member of it, and each call is in its audit log", async () => {
    const [ada, bob] = [await enter(opened), await enter(opened)];
    const admin = await enterAdmin(opened);
    const created = await admin.browser.post<{ tenant: { id: string } }>(path, {
      name: "Acme",
      slug: "acme",
      ownerId: ada.id,
      metadata: { plan: "gold" },
    });
    expect(created.status).toBe(200);
    const { id } = created.body.tenant;
    const read = await admin.browser.get(`${path}/${id}`);
    expect(read.body).toMatchObject({ tenant: { name: "Acme", metadata: { plan: "gold" } } });
    const updated = await admin.browser.send("PATCH", `${path}/${id}`, { name: "Acme 2" });
    expect(updated.body).toMatchObject({ tenant: { name: "Acme 2", slug: "acme" } });
    const added = await admin.browser.post<{ member: { id: string } }>(`${path}/${id}/members`, {
      userId: bob.id,
      role: "member",
    });
    expect(added.status).toBe(200);
    const memberPath = `${path}/${id}/members/${added.body.member.id}`;
    const promoted = await admin.browser.send("PATCH", memberPath, { role: "admin" });
    expect(promoted.body).toMatchObject({ member: { role: "admin" } });
    const listed = await admin.browser.get<{ members: unknown[] }>(`${path}/${id}/members`);
    expect(listed.body.members).toHaveLength(2);
    const memberships = await admin.browser.get(`/api/auth/platform/users/${bob.id}/memberships`);
    expect(memberships.body).toMatchObject({ memberships: [{ role: "admin", tenant: { id } }] });
    expect((await admin.browser.send("DELETE", memberPath)).status).toBe(200);
    const email = newEmail();
    const invited = await admin.browser.post<{ invitation: { id: string } }>(
      `${path}/${id}/invitations`,
      { email, role: "member" },
    );
    await mailTo(opened.mail, email, "Invitation to Acme 2");
    const canceled = await admin.browser.send(
      "DELETE",
      `${path}/${id}/invitations/${invited.body.invitation.id}`,
    );
    expect(canceled.status).toBe(200);

    const forOwner = await ada.browser.get<{ events: { event: string; actorId: string }[] }>(
      `/api/auth/platform/audit-events?tenantId=${id}`,
    );
    expect(forOwner.body.events.map(({ event }) => event)).toEqual([
      "invitation.canceled",
      "invitation.created",
      "member.removed",
      "members.listed",
      "member.role_changed",
      "member.added",
      "tenant.updated",
      "tenant.read",
      "tenant.created",
    ]);
    expect(new Set(forOwner.body.events.map(({ actorId }) => actorId))).toEqual(
      new Set([admin.id]),
    );
    expect((await admin.browser.send("DELETE", `${path}/${id}`)).status).toBe(200);
    expect(await members(id)).toEqual([]);
    const last = await database.select().from(auditEvent).where(eq(auditEvent.tenantId, id));
    expect(last.at(-1)?.event).toBe("tenant.deleted");
  });

  it("is told when what they change is gone, and no event says that it changed", async () => {
    const admin = await enterAdmin(opened);
    const before = await database.select({ count: count() }).from(auditEvent);
    const refusals = [
      await admin.browser.send("PATCH", `${path}/gone`, { name: "n" }),
      await admin.browser.send("DELETE", `${path}/gone`),
      await admin.browser.send("DELETE", `${path}/gone/members/gone`),
      await admin.browser.send("PATCH", `${path}/gone/members/gone`, { role: "member" }),
      await admin.browser.send("DELETE", `${path}/gone/invitations/gone`),
      await admin.browser.post("/api/auth/admin/remove-user", { userId: "gone" }),
    ];
    expect(refusals.map(({ status }) => status)).toEqual([404, 404, 404, 404, 404, 404]);
    expect(await database.select({ count: count() }).from(auditEvent)).toEqual(before);
  });

  it("gives members no role but the tenant's", async () => {
    const [ada, bob] = [await enter(opened), await enter(opened)];
    const admin = await enterAdmin(opened);
    const tenant = await createTenant(ada.browser, "known-roles");
    for (const role of ["constructor", "toString", "superuser"]) {
      const body = { userId: bob.id, role };
      const answer = await admin.browser.post(`${path}/${tenant.id}/members`, body);
      expect(answer.status).toBe(400);
    }
    const invited = { email: ada.email, role: "member" };
    const again = await admin.browser.post(`${path}/${tenant.id}/invitations`, invited);
    expect(again.status).toBe(409);
  });

  it("invites somebody who then accepts", async () => {
    const [ada, bob] = [await enter(opened), await enter(opened)];
    const admin = await enterAdmin(opened);
    const tenant = await createTenant(ada.browser, "invited-by-admin");
    const invited = await admin.browser.post<{ invitation: { id: string } }>(
      `${path}/${tenant.id}/invitations`,
      { email: bob.email, role: "member" },
    );
    const { id } = invited.body.invitation;
    const seen = await bob.browser.get(`/api/auth/organization/get-invitation?id=${id}`);
    expect(seen.status).toBe(200);
    const accepted = await bob.browser.post("/api/auth/organization/accept-invitation", {
      invitationId: id,
    });
    expect(accepted.status).toBe(200);
  });

  it("pages through tenants and finds them by the start of a name or slug", async () => {
    const ada = await enter(opened);
    const admin = await enterAdmin(opened);
    for (const slug of ["zebra-1", "zebra-2", "zebra-3"]) await createTenant(ada.browser, slug);
    const found: string[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const query = new URLSearchParams({
        search: "zebra",
        limit: "2",
        ...(cursor ? { cursor } : {}),
      });
      const page: { body: { tenants: { slug: string }[]; nextCursor: string | null } } =
        await admin.browser.get(`${path}?${query.toString()}`);
      found.push(...page.body.tenants.map(({ slug }) => slug));
      cursor = page.body.nextCursor;
    }
    expect(found).toEqual(["zebra-1", "zebra-2", "zebra-3"]);
    const byName = await admin.browser.get<{ tenants: unknown[] }>(
      `${path}?search=TENANT%20ZEBRA-2`,
    );
    expect(byName.body.tenants).toMatchObject([{ slug: "zebra-2" }]);
  });

  it("is who may: others get 401 or 403 on every route, and nothing is told", async () => {
    const [ada, eve] = [await enter(opened), await enter(opened)];
    const tenant = await createTenant(ada.browser, "not-yours");
    const routes = [
      ["GET", path],
      ["POST", path, { name: "n", slug: "s", ownerId: eve.id }],
      ["GET", `${path}/${tenant.id}`],
      ["PATCH", `${path}/${tenant.id}`, { name: "n" }],
      ["DELETE", `${path}/${tenant.id}`],
      ["GET", `${path}/${tenant.id}/members`],
      ["POST", `${path}/${tenant.id}/members`, { userId: eve.id, role: "owner" }],
      ["PATCH", `${path}/${tenant.id}/members/x`, { role: "owner" }],
      ["DELETE", `${path}/${tenant.id}/members/x`],
      ["GET", `${path}/${tenant.id}/invitations`],
      ["POST", `${path}/${tenant.id}/invitations`, { email: eve.email, role: "owner" }],
      ["DELETE", `${path}/${tenant.id}/invitations/x`],
      ["GET", `/api/auth/platform/users/${ada.id}/memberships`],
      ["GET", "/api/auth/platform/audit-events"],
      ["GET", `/api/auth/platform/audit-events?tenantId=${tenant.id}`],
    ] as const;
    for (const [method, url, body] of routes) {
      expect([method, url, (await eve.browser.send(method, url, body)).status]).toEqual([
        method,
        url,
        403,
      ]);
      expect([method, url, (await opened.open().send(method, url, body)).status]).toEqual([
        method,
        url,
        401,
      ]);
    }
    expect(await members(tenant.id)).toHaveLength(1);
  });

  it("holds billing:view and features:activate, which has-permission answers", async () => {
    const admin = await enterAdmin(opened);
    const ada = await enter(opened);
    const ask = async ({ browser }: typeof ada, permissions: object) =>
      (await browser.post("/api/auth/admin/has-permission", { permissions })).body["success"];
    const permissions = { billing: ["view"], features: ["activate"] };
    expect(await ask(admin, permissions)).toBe(true);
    expect(await ask(ada, permissions)).toBe(false);
    expect(await ask(admin, { billing: ["pay"] })).toBe(false);
  });
});
