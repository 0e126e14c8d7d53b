/** Routes for the members of a tenant: the tenant itself, its members, invitations and roles. */
import { member, organization } from "../../../db/schema.ts";
import type { AuditEventName } from "../../audit/event-names.ts";
import { text, type AuditRule, type Outcome } from "../../audit/rule.ts";
import { bodyTenant, field } from "./outcome.ts";
import { paths } from "../paths.ts";
import type { RouteRecords } from "../record.ts";

const invitationOf = ({ returned }: Outcome, name: string) =>
  returned[name] ?? field(returned["invitation"], name);

const aboutInvitation = (success: AuditEventName): AuditRule => ({
  success,
  tenantId: (outcome) => invitationOf(outcome, "organizationId"),
  detail: (outcome) => ({
    email: text(invitationOf(outcome, "email")),
    role: text(invitationOf(outcome, "role")),
  }),
});

const aboutTenant = (success: AuditEventName): AuditRule => ({ success, tenantId: bodyTenant });

/** Reads of a tenant that an impersonating admin may make, too. */
const read = {
  who: "user",
  impersonator: "allowed",
  tenantTwoFactor: "demanded",
  apps: "allowed",
} as const;
/** Reads that reveal only that a tenant exists, or has invited the user. */
const openRead = { who: "user", impersonator: "allowed", apps: "allowed" } as const;

export const tenantRoutes = {
  "GET /organization/list": openRead,
  "GET /organization/list-user-invitations": openRead,
  "GET /organization/get-invitation": openRead,
  "POST /organization/check-slug": { who: "user", apps: "allowed" },

  "POST /organization/create": {
    who: "user",
    apps: "allowed",
    audit: {
      success: "tenant.created",
      tenantId: ({ returned }) => returned["id"],
      detail: ({ returned }) => ({ name: text(returned["name"]) }),
    },
    tenantTwoFactor: "demanded",
    input: { stores: "tenant" },
  },
  "POST /organization/update": {
    who: "user",
    proof: { ask: "recent", within: "hour", when: "drops-two-factor-demand" },
    audit: {
      ...aboutTenant("tenant.updated"),
      change: { operation: "update", table: organization },
      detail: ({ body }) => {
        const requireTwoFactor = field(body["data"], "requireTwoFactor");
        return {
          fields: Object.keys(body["data"] ?? {}).join(","),
          ...(typeof requireTwoFactor === "boolean" ? { requireTwoFactor } : {}),
        };
      },
    },
    tenantTwoFactor: "demanded",
    input: { changesData: true, stores: "tenant" },
  },
  "POST /organization/delete": {
    who: "user",
    proof: { ask: "recent", within: "hour" },
    audit: aboutTenant("tenant.deleted"),
    tenantTwoFactor: "demanded",
  },
  "POST /organization/set-active": read,
  "GET /organization/get-organization": {
    who: "user",
    tenantTwoFactor: "demanded",
    apps: "allowed",
  },
  "GET /organization/get-full-organization": read,
  "POST /organization/has-permission": read,

  "GET /organization/list-members": {
    ...read,
    input: { columns: ["id", "userId", "organizationId", "role", "createdAt"] },
  },
  [`GET ${paths.memberPage}`]: { who: "user", tenantTwoFactor: "demanded", apps: "allowed" },
  "GET /organization/get-active-member": read,
  "GET /organization/get-active-member-role": read,
  "POST /organization/remove-member": {
    who: "user",
    audit: {
      ...aboutTenant("member.removed"),
      subjectId: ({ returned }) => field(returned["member"], "userId"),
      change: { operation: "delete", table: member, subjectId: member.userId },
    },
    tenantTwoFactor: "demanded",
  },
  "POST /organization/update-member-role": {
    who: "user",
    proof: { ask: "recent", within: "hour", when: "makes-owner" },
    audit: {
      ...aboutTenant("member.role_changed"),
      subjectId: ({ returned }) => returned["userId"],
      change: { operation: "update", table: member, subjectId: member.userId },
      detail: ({ body }) => ({ role: text([body["role"]].flat().join(",")) }),
    },
    tenantTwoFactor: "demanded",
    grantsRole: { needs: "member:update", what: "member" },
    input: { changesData: true },
  },
  "POST /organization/leave": {
    who: "user",
    audit: { ...aboutTenant("member.left"), change: { operation: "delete", table: member } },
  },

  "POST /organization/invite-member": {
    who: "user",
    proof: { ask: "recent", within: "hour", when: "makes-owner" },
    mail: "ours",
    audit: aboutInvitation("invitation.created"),
    tenantTwoFactor: "demanded",
    grantsRole: { needs: "invitation:create", what: "invited" },
  },
  "POST /organization/cancel-invitation": {
    who: "user",
    audit: aboutInvitation("invitation.canceled"),
    tenantTwoFactor: "demanded",
  },
  "POST /organization/accept-invitation": {
    who: "user",
    apps: "allowed",
    audit: aboutInvitation("invitation.accepted"),
    tenantTwoFactor: "demanded",
  },
  "POST /organization/reject-invitation": {
    who: "user",
    apps: "allowed",
    audit: aboutInvitation("invitation.rejected"),
  },
  "GET /organization/list-invitations": read,

  "POST /organization/create-role": {
    who: "user",
    audit: aboutTenant("tenant_role.created"),
    tenantTwoFactor: "demanded",
    grantsRole: { needs: "ac:create", what: "defined" },
    input: { stores: "role" },
  },
  "POST /organization/update-role": {
    who: "user",
    audit: aboutTenant("tenant_role.updated"),
    tenantTwoFactor: "demanded",
    grantsRole: { needs: "ac:update", what: "changed" },
    input: { changesData: true, stores: "role" },
  },
  "POST /organization/delete-role": {
    who: "user",
    audit: aboutTenant("tenant_role.deleted"),
    tenantTwoFactor: "demanded",
  },
  "GET /organization/list-roles": read,
  "GET /organization/get-role": read,
} as const satisfies RouteRecords;
