/** Who the audit log says did something. */
import { eq } from "drizzle-orm";
import { expect, it } from "vitest";
import { auditEvent } from "../../../src/worker/db/schema.ts";
import { createTenant, database, join, openApp, signUp } from "../browser.ts";

it("names whoever made a tenant, invited, accepted and changed a role", async () => {
  const opened = openApp();
  const ada = await signUp(opened);
  const bob = await signUp(opened, "Bob");
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
