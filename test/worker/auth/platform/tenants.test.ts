/** Platform admins, who manage tenants without being members of them. */
import { count, eq } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { auditEvent, member } from "../../../../src/worker/db/schema.ts";
import {
  createTenant,
  database,
  enter,
  enterAdmin,
  mailTo,
  newEmail,
  openApp,
} from "../../browser.ts";

const opened = openApp();

async function members(organizationId: string) {
  return database.select().from(member).where(eq(member.organizationId, organizationId));
}

describe("a platform admin", () => {
  const path = "/api/auth/platform/tenants";

  it("manages a tenant without being a member of it, and each call is in the tenant's audit log", async () => {
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
    await mailTo(opened.mail, email, "Invitation to join a tenant");
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

  it("gets an error if the tenant or member is gone, and no event says that it changed", async () => {
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

  it("gives members no role that the tenant does not have", async () => {
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

  it("pages through tenants, and finds them by the start of a name or slug", async () => {
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

  it("is required: others get 401 or 403 on every route, and learn nothing", async () => {
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
