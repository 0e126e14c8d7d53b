/** Better Auth's organization plugin, as this template uses it: tenants are its organizations. */
import { runWithTransaction } from "@better-auth/core/context";
import { organization } from "better-auth/plugins/organization";
import { eq } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import { toApiErrors } from "../../db/api-errors.ts";
import type { Database } from "../../db/database.ts";
import { organization as organizationTable } from "../../db/schema.ts";
import type { Limits } from "../../limits.ts";
import { invitationSeconds } from "../mail/send-mails.ts";
import type { InvitationNotice } from "../platform/tenant-invitations.ts";
import { tenantAccess, tenantRoles } from "../roles.ts";
import { invitationEndpoints } from "../tenants/accept-invitation.ts";
import type { CountInvitation } from "../tenants/invitation-budget.ts";
import { prolongInvitation, refuseFrequentInvitations } from "../tenants/invitation-mail.ts";
import { twoFactorPolicyField } from "../tenants/two-factor-policy.ts";
import { override, replacement, withEndpoints, type EndpointChange } from "./override.ts";
import {
  countNoTenants,
  listOwnTenantsInPages,
  readHoldersAlone,
  readOnePage,
  readOwnersAlone,
  readPendingInvitationsAlone,
  showFewInvitations,
  showNewestInvitationsToUser,
} from "./tenant-reads.ts";
import { upstreamChanged } from "./upstream-changed.ts";

interface Options {
  database: Database;
  limits: Limits;
  bringLimits: () => BatchItem<"sqlite">;
  countInvitation: CountInvitation;
  sendInvitation: (notice: InvitationNotice) => void;
}

export function tenantPlugin(options: Options) {
  const { database, limits, bringLimits, countInvitation, sendInvitation } = options;
  const plugin = organization({
    ac: tenantAccess,
    roles: tenantRoles,
    dynamicAccessControl: { enabled: true },
    membershipLimit: limits.membersPerTenant,
    schema: { organization: { additionalFields: twoFactorPolicyField } },
    invitationExpiresIn: invitationSeconds,
    invitationLimit: limits.pendingInvitationsPerTenant,
    requireEmailVerificationOnInvitation: true,
    sendInvitationEmail: async ({ id, email, role, organization: tenant, inviter }) => {
      sendInvitation({ id, email, role, tenant: tenant.name, inviter: inviter.user.name });
    },
    organizationHooks: {
      // Better Auth deletes the members first, which the last-owner rule refuses; deleting the tenant cascades.
      beforeDeleteOrganization: async ({ organization: tenant }) => {
        await toApiErrors(async () =>
          database.delete(organizationTable).where(eq(organizationTable.id, tenant.id)),
        );
      },
    },
  });
  const { endpoints } = plugin;
  const { acceptInvitation, getInvitation } = invitationEndpoints(database, plugin, bringLimits);
  return withEndpoints(plugin, {
    createOrganization: override(
      endpoints.createOrganization,
      createTenantWithOwner,
      countNoTenants,
    ),
    deleteOrgRole: override(endpoints.deleteOrgRole, readHoldersAlone(database)),
    leaveOrganization: override(endpoints.leaveOrganization, readOwnersAlone(database)),
    updateMemberRole: override(endpoints.updateMemberRole, readOwnersAlone(database)),
    removeMember: override(endpoints.removeMember, readOwnersAlone(database)),
    createInvitation: override(
      endpoints.createInvitation,
      limitInvitationMail(database, countInvitation),
      readPendingInvitationsAlone(database, limits.pendingInvitationsPerTenant),
    ),
    listOrganizations: override(endpoints.listOrganizations, listOwnTenantsInPages),
    listUserInvitations: override(endpoints.listUserInvitations, showNewestInvitationsToUser),
    listInvitations: override(endpoints.listInvitations, showFewInvitations(database)),
    getFullOrganization: override(
      endpoints.getFullOrganization,
      keepActiveTenant,
      readOnePage("member", "membersLimit"),
      showFewInvitations(database),
    ),
    getOrganization: override(endpoints.getOrganization, keepActiveTenant),
    setActiveOrganization: override(endpoints.setActiveOrganization, keepActiveTenant),
    listMembers: override(endpoints.listMembers, readOnePage("member")),
    acceptInvitation: replacement("acceptInvitationAtOnce", acceptInvitation),
    getInvitation: replacement("showInvitationOfAnyInviter", getInvitation),
  });
}

/** The endpoint's inserts go to the database as one batch. */
export const createTenantWithOwner: EndpointChange = {
  change: "createTenantWithOwner",
  around: async ({ context }, proceed) => runWithTransaction(context.adapter, proceed),
  intercept: (_input, fired) => {
    const created = new Set<string>();
    return {
      create: async ({ model }, next, { inTransaction }) => {
        if (inTransaction) created.add(model);
        if (created.has("organization") && created.has("member")) fired();
        return next();
      },
      mustFire: ({ succeeded }) => succeeded,
    };
  },
};

/**
 * Better Auth clears the active tenant of a session whose user asks for a tenant that refuses them, so that a link would be
 * enough to lose it. Only a user who asks for no active tenant gets none; when a membership ends,
 * `member_clears_active_tenant` in `db/rules.sql` clears it.
 */
export const keepActiveTenant: EndpointChange = {
  change: "keepActiveTenant",
  intercept: ({ body }, fired) => {
    const { organizationId } = (body ?? {}) as { organizationId?: unknown };
    return {
      write: async ({ model, set }, next) => {
        if (model !== "session" || !("activeOrganizationId" in set)) return next();
        fired();
        return set["activeOrganizationId"] === null && organizationId !== null ? null : next();
      },
      mustFire: ({ code }) => code === "USER_IS_NOT_A_MEMBER_OF_THE_ORGANIZATION",
    };
  },
};

/** By the time that Better Auth writes the invitation, it has found that the caller may invite. */
export const limitInvitationMail = (
  database: Database,
  countInvitation: CountInvitation,
): EndpointChange => ({
  change: "limitInvitationMail",
  intercept: ({ context }, fired) => ({
    create: async (query, next) => {
      if (query.model === "invitation") {
        fired();
        const { organizationId, email, inviterId } = query.data as Record<string, unknown>;
        const sent = { tenantId: String(organizationId), email: String(email) };
        await refuseFrequentInvitations(database, sent);
        await countInvitation({ ...sent, inviterId: String(inviterId) });
      }
      return next();
    },
    write: async ({ model, where, set }, next) => {
      if (model !== "invitation" || !("expiresAt" in set)) return next();
      const id = where.find(({ field }) => field === "id")?.value;
      const { expiresAt } = set;
      if (typeof id !== "string" || !(expiresAt instanceof Date)) {
        throw upstreamChanged("limitInvitationMail", "an invitation is prolonged in another way");
      }
      fired();
      const sent = await prolongInvitation(database, id, expiresAt);
      await countInvitation({
        tenantId: sent.organizationId,
        email: sent.email,
        inviterId: context.session?.user.id ?? sent.inviterId,
      });
      return sent;
    },
    mustFire: ({ succeeded }) => succeeded,
  }),
});
