/** Tenants, their members and their invitations. */
import { and, count, eq } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import {
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
  it("is created with its owner, and is active", async () => {
    const ada = await enter(opened);
    const tenant = await createTenant(ada.browser, "made-with-owner");
    expect(await members(tenant.id)).toMatchObject([{ userId: ada.id, role: "owner" }]);
    expect((await ada.browser.session()).session.activeOrganizationId).toBe(tenant.id);
  });

  it("is not created if its owner cannot be", async () => {
    const ada = await enter(opened);
    await database.delete(user).where(eq(user.id, ada.id));
    const slug = "without-owner";
    const refused = await ada.browser.post("/api/auth/organization/create", { name: "T", slug });
    expect(refused.status).toBe(401);
    const rows = await database.select().from(organization).where(eq(organization.slug, slug));
    expect(rows).toEqual([]);
  });

  it("is created once if two requests ask for its slug at once", async () => {
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

  it("stays active for somebody who is refused access to another", async () => {
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

  it("is deleted by its only owner, with everything in it", async () => {
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

  it("leads to one member even if it is sent three times at once", async () => {
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

  it("is refused to a user with another address, and to the invited one while unverified", async () => {
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

  it("remains if two owners leave, demote each other or are deleted at once", async () => {
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
