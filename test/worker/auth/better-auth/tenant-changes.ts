/** Tenants: Better Auth's organization plugin. */
import { admin } from "better-auth/plugins/admin";
import { organization } from "better-auth/plugins/organization";
import { APIError, createAuthEndpoint } from "better-auth/api";
import { eq } from "drizzle-orm";
import { expect } from "vitest";
import {
  override,
  replacement,
  withEndpoints,
  type Endpoint,
} from "../../../../src/worker/auth/better-auth/override.ts";
import {
  createTenantWithOwner,
  keepActiveTenant,
  limitInvitationMail,
} from "../../../../src/worker/auth/better-auth/tenant-plugin.ts";
import {
  countNoTenants,
  listOwnTenantsInPages,
  readHoldersAlone,
  readOnePage,
  readOwnersAlone,
  readPendingInvitationsAlone,
  showFewInvitations,
  showNewestInvitationsToUser,
} from "../../../../src/worker/auth/better-auth/tenant-reads.ts";
import {
  platformAccess,
  platformAdminRole,
  platformRoles,
  tenantAccess,
  tenantRoles,
} from "../../../../src/worker/auth/roles.ts";
import { invitation, member, session } from "../../../../src/worker/db/schema.ts";
import {
  createTenant,
  database,
  enter,
  enterAdmin,
  join,
  newEmail,
  openApp,
  signUp,
} from "../../browser.ts";
import { call, headersOf, listReads, pretend, workerDatabase, type ChangeTest } from "./pretend.ts";

/** Better Auth's plugin as it is, without changes. */
const upstream = organization({
  ac: tenantAccess,
  roles: tenantRoles,
  dynamicAccessControl: { enabled: true },
}).endpoints;

const userEndpoints = admin({
  ac: platformAccess,
  roles: platformRoles,
  adminRoles: [platformAdminRole],
}).endpoints;

let tenants = 0;

async function openTenant() {
  const opened = openApp();
  const owner = await enter(opened);
  tenants += 1;
  const { id, members } = await createTenant(owner.browser, `changed-${tenants}`);
  return { opened, owner, id, memberId: members[0]?.id ?? "", headers: headersOf(owner) };
}

/** A list of all rows of a model, by a condition that no change knows. */
const listAll = (model: string): Endpoint =>
  pretend(async ({ context }) =>
    context.adapter.findMany({
      model,
      where: [{ field: "createdAt", operator: "lt", value: new Date() }],
    }),
  );

const asMember = async (headers: Headers, organizationId: string, email = newEmail()) => ({
  headers,
  body: { email, role: "member", organizationId },
});

/** A plugin whose endpoint has moved. */
const moved = <Plugin extends { id: string; endpoints: Record<string, Endpoint> }>(
  plugin: Plugin,
  name: keyof Plugin["endpoints"],
) => ({
  ...plugin,
  endpoints: { [name]: createAuthEndpoint("/moved", { method: "POST" }, async () => ({})) },
});

export const tenantChanges = {
  readOwnersAlone: {
    async takesEffect() {
      const { opened, owner, id, memberId, headers } = await openTenant();
      await join(owner.browser, await signUp(opened), id);
      const { spy, passed } = listReads("member");
      const leave = override(upstream.leaveOrganization, spy, readOwnersAlone(workerDatabase));
      await expect(call(leave, { headers, body: { organizationId: id } })).rejects.toMatchObject({
        body: { code: "YOU_CANNOT_LEAVE_THE_ORGANIZATION_AS_THE_ONLY_OWNER" },
      });
      const demote = override(upstream.updateMemberRole, spy, readOwnersAlone(workerDatabase));
      const body = { memberId, role: "member", organizationId: id };
      await expect(call(demote, { headers, body })).rejects.toMatchObject({ statusCode: 400 });
      const remove = override(upstream.removeMember, spy, readOwnersAlone(workerDatabase));
      const named = { memberIdOrEmail: memberId, organizationId: id };
      await expect(call(remove, { headers, body: named })).rejects.toMatchObject({
        statusCode: 400,
      });
      expect(passed).toEqual([]);
    },
    isMissed: async () => call(override(listAll("member"), readOwnersAlone(workerDatabase))),
  },
  readHoldersAlone: {
    async takesEffect() {
      const { owner, id: organizationId, headers } = await openTenant();
      await owner.browser.post("/api/auth/organization/create-role", {
        role: "auditor",
        permission: { member: ["update"] },
        organizationId,
      });
      const { spy, passed } = listReads("member");
      const endpoint = override(upstream.deleteOrgRole, spy, readHoldersAlone(workerDatabase));
      const body = { roleName: "auditor", organizationId };
      expect(await call(endpoint, { headers, body })).toMatchObject({ success: true });
      expect(passed).toEqual([]);
    },
    isMissed: async () => call(override(listAll("member"), readHoldersAlone(workerDatabase))),
  },
  readPendingInvitationsAlone: {
    async takesEffect() {
      const { id, headers } = await openTenant();
      const { spy, passed } = listReads("invitation");
      const change = readPendingInvitationsAlone(workerDatabase, 100);
      const endpoint = override(upstream.createInvitation, spy, change);
      expect(await call(endpoint, await asMember(headers, id))).toMatchObject({
        status: "pending",
      });
      // The one invitation of this address.
      expect(passed).toEqual([undefined]);
    },
    isMissed: async () =>
      call(override(listAll("invitation"), readPendingInvitationsAlone(workerDatabase, 100))),
  },
  readInvitationsToShow: {
    async takesEffect() {
      const { owner, id, headers } = await openTenant();
      const { body } = await owner.browser.post("/api/auth/organization/invite-member", {
        email: newEmail(),
        role: "member",
        organizationId: id,
      });
      const { spy, passed } = listReads("invitation");
      const list = override(upstream.listInvitations, spy, showFewInvitations(workerDatabase));
      const query = { organizationId: id };
      expect(await call(list, { headers, query })).toMatchObject([{ id: body["id"] }]);
      const full = override(upstream.getFullOrganization, showFewInvitations(workerDatabase));
      expect(await call(full, { headers, query })).toMatchObject({
        invitations: [{ id: body["id"] }],
      });
      expect(passed).toEqual([]);
    },
    isMissed: async () => call(override(listAll("invitation"), showFewInvitations(workerDatabase))),
  },
  readOnePage: {
    async takesEffect() {
      const { id, headers } = await openTenant();
      const members = listReads("member");
      const list = override(upstream.listMembers, members.spy, readOnePage("member"));
      await call(list, { headers, query: { organizationId: id } });
      const admins = await enterAdmin(openApp());
      const users = listReads("user");
      const listUsers = override(userEndpoints.listUsers, users.spy, readOnePage("user"));
      await call(listUsers, { headers: headersOf(admins), query: {} });
      expect([members.passed, users.passed]).toEqual([[100], [100]]);
    },
    // A version that reads the limit from another parameter.
    isMissed: async () =>
      call(
        override(
          pretend(async ({ context }) =>
            context.internalAdapter.listUsers(undefined, 0, undefined, undefined),
          ),
          readOnePage("user"),
        ),
      ),
  },
  listOwnTenantsInPages: {
    async takesEffect() {
      const { id, headers } = await openTenant();
      const { spy, passed } = listReads("member");
      const endpoint = override(upstream.listOrganizations, spy, listOwnTenantsInPages);
      expect(await call(endpoint, { headers })).toMatchObject([{ id }]);
      expect(passed).toEqual([100]);
    },
    isMissed: async () => call(override(listAll("member"), listOwnTenantsInPages)),
  },
  countNoTenants: {
    async takesEffect() {
      const { headers } = await openTenant();
      const { spy, passed } = listReads("member");
      const endpoint = override(upstream.createOrganization, spy, countNoTenants);
      const body = { name: "Another", slug: `another-${crypto.randomUUID()}` };
      expect(await call(endpoint, { headers, body })).toMatchObject({ name: "Another" });
      expect(passed).toEqual([]);
    },
    isMissed: async () => call(override(listAll("member"), countNoTenants)),
  },
  showNewestInvitationsToUser: {
    async takesEffect() {
      const { headers } = await openTenant();
      const { spy, passed } = listReads("invitation");
      const endpoint = override(upstream.listUserInvitations, spy, showNewestInvitationsToUser);
      expect(await call(endpoint, { headers })).toEqual([]);
      expect(passed).toEqual([100]);
    },
    isMissed: async () => call(override(listAll("invitation"), showNewestInvitationsToUser)),
  },
  keepActiveTenant: {
    async takesEffect() {
      const [own, others] = [await openTenant(), await openTenant()];
      const query = { organizationId: others.id };
      const endpoint = override(upstream.getOrganization, keepActiveTenant);
      await expect(call(endpoint, { headers: own.headers, query })).rejects.toMatchObject({
        body: { code: "USER_IS_NOT_A_MEMBER_OF_THE_ORGANIZATION" },
      });
      const [row] = await database.select().from(session).where(eq(session.userId, own.owner.id));
      expect(row?.activeOrganizationId).toBe(own.id);
    },
    isMissed: async () =>
      call(
        override(
          pretend(async () => {
            throw new APIError("FORBIDDEN", {
              code: "USER_IS_NOT_A_MEMBER_OF_THE_ORGANIZATION",
              message: "Not a member",
            });
          }),
          keepActiveTenant,
        ),
      ),
  },
  limitInvitationMail: {
    async takesEffect() {
      const { id, headers } = await openTenant();
      const endpoint = override(
        upstream.createInvitation,
        limitInvitationMail(workerDatabase, async () => {}),
      );
      const input = await asMember(headers, id);
      await call(endpoint, input);
      const again = call(endpoint, { ...input, body: { ...input.body, resend: true } });
      await expect(again).rejects.toMatchObject({ statusCode: 429 });
    },
    isMissed: async () =>
      call(
        override(
          pretend(async () => ({ status: "pending" })),
          limitInvitationMail(workerDatabase, async () => {}),
        ),
      ),
  },
  createTenantWithOwner: {
    async takesEffect() {
      const { headers } = await openTenant();
      const endpoint = override(upstream.createOrganization, createTenantWithOwner);
      const body = { name: "Both or neither", slug: "both-or-neither" };
      expect(await call(endpoint, { headers, body })).toMatchObject({ slug: body.slug });
    },
    // A version that writes past the transaction.
    isMissed: async () =>
      call(
        override(
          pretend(async () => ({ slug: "a-tenant" })),
          createTenantWithOwner,
        ),
      ),
  },
  acceptInvitationAtOnce: {
    async takesEffect() {
      const { opened, owner, id } = await openTenant();
      const bob = await signUp(opened);
      await join(owner.browser, bob, id);
      const members = await database.select().from(member).where(eq(member.userId, bob.id));
      expect(members).toMatchObject([{ organizationId: id, role: "member" }]);
      const invitations = await database
        .select()
        .from(invitation)
        .where(eq(invitation.email, bob.email));
      expect(invitations).toMatchObject([{ status: "accepted" }]);
    },
    isMissed: () =>
      withEndpoints(moved(organization(), "acceptInvitation"), {
        acceptInvitation: replacement("acceptInvitationAtOnce", upstream.acceptInvitation),
      }),
  },
  showInvitationOfAnyInviter: {
    async takesEffect() {
      const { opened, id } = await openTenant();
      const grace = await enterAdmin(opened);
      const bob = await signUp(opened);
      const invited = await grace.browser.post<{ invitation: { id: string } }>(
        `/api/auth/platform/tenants/${id}/invitations`,
        { email: bob.email, role: "member" },
      );
      const shown = await bob.browser.get(
        `/api/auth/organization/get-invitation?id=${invited.body.invitation.id}`,
      );
      expect(shown).toMatchObject({ status: 200, body: { inviterEmail: grace.email } });
    },
    isMissed: () =>
      withEndpoints(moved(organization(), "getInvitation"), {
        getInvitation: replacement("showInvitationOfAnyInviter", upstream.getInvitation),
      }),
  },
} satisfies Record<string, ChangeTest>;
