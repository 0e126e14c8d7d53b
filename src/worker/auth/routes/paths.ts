/** The paths of this Worker's own routes, below `/api/auth`. Better Auth's packages declare the others. */
export const paths = {
  session: "/session",
  openapi: "/openapi.json",
  signInOptions: "/platform/sign-in-options",
  endSessions: "/end-sessions",
  claim: "/platform/claim",
  users: "/platform/users",
  memberships: "/platform/users/:id/memberships",
  tenants: "/platform/tenants",
  tenant: "/platform/tenants/:id",
  tenantMembers: "/platform/tenants/:id/members",
  tenantMember: "/platform/tenants/:id/members/:memberId",
  tenantInvitations: "/platform/tenants/:id/invitations",
  tenantInvitation: "/platform/tenants/:id/invitations/:invitationId",
  auditEvents: "/platform/audit-events",
  auditExport: "/platform/audit-events/export",
  memberPage: "/organization/members",
} as const;
