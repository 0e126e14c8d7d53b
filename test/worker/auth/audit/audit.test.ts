/** Who the audit log says did something, and whom it tells. */
import { eq } from "drizzle-orm";
import { expect, it } from "vitest";
import { auditEvent } from "../../../../src/worker/db/schema.ts";
import {
  createTenant,
  database,
  join,
  openApp,
  password,
  enter,
  enterAdmin,
} from "../../browser.ts";

it("names the person who made a tenant, invited, accepted and changed a role", async () => {
  const opened = openApp();
  const ada = await enter(opened);
  const bob = await enter(opened, "Bob");
  const { id } = await createTenant(ada.browser, "named");
  const membership = await join(ada.browser, bob, id);
  await ada.browser.post("/api/auth/organization/update-member-role", {
    memberId: membership.id,
    role: "admin",
    organizationId: id,
  });
  const events = await database.select().from(auditEvent).where(eq(auditEvent.tenantId, id));
  expect(events.map(({ event, actorId }) => [event, actorId])).toEqual([
    ["tenant.created", ada.id],
    ["invitation.created", ada.id],
    ["invitation.accepted", bob.id],
    ["member.role_changed", ada.id],
  ]);
});

interface Page {
  people: Record<string, { name: string; email: string }>;
  tenants: Record<string, { name: string }>;
}

it("names people and tenants to platform admins, and leaves the deleted an id", async () => {
  const opened = openApp();
  const [ada, bob, admin] = [await enter(opened), await enter(opened), await enterAdmin(opened)];
  const { id } = await createTenant(ada.browser, "names-for-admins");
  await join(ada.browser, bob, id);
  await bob.browser.post("/api/auth/delete-user", { password });
  const page = await admin.browser.get<Page>(`/api/auth/platform/audit-events?tenantId=${id}`);
  expect(page.body.people).toEqual({ [ada.id]: { name: "Ada Lovelace", email: ada.email } });
  expect(page.body.tenants).toEqual({ [id]: { name: "Tenant names-for-admins" } });
});

it("tells an owner the names of members, and not of an admin who looked in", async () => {
  const opened = openApp();
  const [ada, bob, admin] = [await enter(opened), await enter(opened), await enterAdmin(opened)];
  const { id } = await createTenant(ada.browser, "names-for-owners");
  await join(ada.browser, bob, id);
  await admin.browser.get(`/api/auth/platform/tenants/${id}`);
  const page = await ada.browser.get<Page & { events: { actorId: string }[] }>(
    `/api/auth/platform/audit-events?tenantId=${id}`,
  );
  expect(page.body.events.map(({ actorId }) => actorId)).toContain(admin.id);
  expect(Object.keys(page.body.people).toSorted()).toEqual([ada.id, bob.id].toSorted());
});

it("names more people on a page than D1 takes bound values", async () => {
  const opened = openApp();
  const admin = await enterAdmin(opened);
  const tenantId = "crowded";
  const rows = Array.from({ length: 100 }, (_, index) => ({
    createdAt: new Date(),
    event: "test",
    actorId: index === 0 ? admin.id : `actor-${index}`,
    subjectId: `subject-${index}`,
    tenantId,
  }));
  for (const row of rows) await database.insert(auditEvent).values(row);
  const page = await admin.browser.get<Page & { events: unknown[] }>(
    `/api/auth/platform/audit-events?tenantId=${tenantId}&limit=100`,
  );
  expect(page.body.events).toHaveLength(100);
  expect(page.body.people).toEqual({ [admin.id]: { name: "Grace Hopper", email: admin.email } });
});
