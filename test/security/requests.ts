/**
 * One or more requests for every operation, aimed at a tenant and its people: what somebody would send to read or change
 * what is theirs, and who may. An operation that is missing here fails the tests that walk through all of them.
 */
import type { Call } from "./operations.ts";

/** The tenant that is attacked. */
export interface Victim {
  tenantId: string;
  slug: string;
  owner: { id: string; email: string; memberId: string; sessionToken: string; accountId: string };
  /** A member beside the roles that act. */
  member: { id: string; email: string; memberId: string };
  invitation: { id: string; email: string };
  roleId: string;
  roleName: string;
  /** Somebody of the platform, whom admins may manage. */
  user: { id: string; email: string; sessionToken: string };
}

/** Who may do it to the tenant; everybody else is refused. `self`: it only affects the caller. */
export type Permitted = readonly (
  | "self"
  | "guest"
  | "member"
  | "admin"
  | "owner"
  | "platform-admin"
)[];

interface Aimed extends Call {
  permitted: Permitted;
}

const self: Permitted = ["self"];
const platform: Permitted = ["platform-admin"];
const members: Permitted = ["member", "admin", "owner"];
const admins: Permitted = ["admin", "owner"];

export const newPassword = "marble orbit 58 lanterns";
const wrongPassword = "not the password of anybody";
const nothing = "a-token-that-nobody-has-0123456789";

type Requests = Record<string, (victim: Victim) => Aimed[]>;

/** A request of the caller about the caller, however it names others. */
const alone =
  (call: Call = {}) =>
  (): Aimed[] => [{ ...call, permitted: self }];

const ofUser = (path: string, rest: Record<string, unknown> = {}): Requests => ({
  [`POST /admin/${path}`]: ({ user }) => [
    { body: { userId: user.id, ...rest }, permitted: platform },
  ],
});

const ofTenant = (victim: Victim) => ({ organizationId: victim.tenantId });

export const requests: Requests = {
  "GET /audit-events": alone(),
  "POST /end-sessions": alone({ body: { token: nothing } }),
  "POST /sign-in/social": alone({ body: { provider: "google" } }),
  "GET /callback/{id}": alone({ values: { id: "google" }, query: { code: "a", state: nothing } }),
  "POST /callback/{id}": alone({ values: { id: "google" }, body: { code: "a", state: nothing } }),
  "GET /get-session": alone(),
  "POST /get-session": alone({ body: {} }),
  "POST /sign-out": alone({ body: {} }),
  "POST /sign-up/email": ({ owner }) => [
    { body: { name: "Eve", email: owner.email, password: newPassword }, permitted: self },
  ],
  "POST /sign-in/email": ({ owner }) => [
    { body: { email: owner.email, password: wrongPassword }, permitted: [] },
  ],
  "POST /reset-password": alone({ body: { token: nothing, newPassword } }),
  "POST /verify-password": alone({ body: { password: wrongPassword } }),
  "GET /verify-email": alone({ query: { token: nothing } }),
  "POST /send-verification-email": ({ owner }) => [
    { body: { email: owner.email }, permitted: self },
  ],
  "POST /change-email": ({ owner }) => [{ body: { newEmail: owner.email }, permitted: self }],
  "POST /change-password": alone({
    body: { newPassword, currentPassword: wrongPassword, revokeOtherSessions: true },
  }),
  "POST /update-session": ({ tenantId }) => [
    { body: { activeOrganizationId: tenantId }, permitted: [] },
  ],
  "POST /update-user": ({ owner }) => [
    { body: { name: "Eve", id: owner.id }, permitted: [] },
    { body: { name: "Eve" }, permitted: self },
  ],
  "POST /delete-user": alone({ body: { password: wrongPassword } }),
  "POST /request-password-reset": ({ owner }) => [
    { body: { email: owner.email }, permitted: self },
  ],
  "GET /reset-password/{token}": alone({
    values: { token: nothing },
    query: { callbackURL: "/reset-password" },
  }),
  "GET /list-sessions": alone(),
  "POST /revoke-session": ({ owner }) => [{ body: { token: owner.sessionToken }, permitted: self }],
  "POST /revoke-sessions": ({ owner }) => [{ body: { userId: owner.id }, permitted: self }],
  "POST /revoke-other-sessions": ({ owner }) => [{ body: { userId: owner.id }, permitted: self }],
  "POST /link-social": alone({ body: { provider: "google" } }),
  "GET /list-accounts": alone(),
  "GET /delete-user/callback": alone({ query: { token: nothing } }),
  "POST /unlink-account": ({ owner }) => [{ body: { accountId: owner.accountId }, permitted: [] }],
  "POST /refresh-token": ({ owner }) => [
    { body: { useAccountCookie: true, userId: owner.id }, permitted: [] },
    { body: { accountId: owner.accountId, userId: owner.id }, permitted: [] },
  ],
  "POST /get-access-token": ({ owner }) => [
    { body: { useAccountCookie: true, userId: owner.id }, permitted: [] },
    { body: { accountId: owner.accountId, userId: owner.id }, permitted: [] },
  ],
  "GET /account-info": ({ owner }) => [{ query: { accountId: owner.accountId }, permitted: [] }],
  "GET /ok": alone(),
  "GET /error": alone({ query: { error: "a" } }),
  "GET /jwks": alone(),
  "GET /token": alone(),
  "GET /session": alone(),
  "GET /openapi.json": alone(),
  "GET /platform/sign-in-options": alone(),
  "POST /platform/claim": alone({ body: { token: nothing } }),

  ...ofUser("set-role", { role: "platform-admin" }),
  "GET /admin/get-user": ({ user }) => [{ query: { id: user.id }, permitted: platform }],
  "POST /admin/create-user": ({ owner, slug }) => [
    { body: { email: owner.email, name: "Eve", password: newPassword }, permitted: [] },
    {
      body: { email: `created-${slug}@example.com`, name: "Eve", password: newPassword },
      permitted: platform,
    },
  ],
  ...ofUser("update-user", { data: { name: "Changed" } }),
  "GET /admin/list-users": ({ user }) => [
    { query: { searchField: "email", searchValue: user.email.slice(0, 40) }, permitted: platform },
  ],
  ...ofUser("list-user-sessions"),
  ...ofUser("unban-user"),
  ...ofUser("ban-user"),
  ...ofUser("impersonate-user"),
  "POST /admin/stop-impersonating": alone({ body: {} }),
  "POST /admin/revoke-user-session": ({ user }) => [
    { body: { sessionToken: user.sessionToken }, permitted: platform },
  ],
  ...ofUser("revoke-user-sessions"),
  ...ofUser("remove-user"),
  ...ofUser("set-user-password", { newPassword }),
  "POST /admin/has-permission": ({ owner }) => [
    { body: { userId: owner.id, permissions: { user: ["list"] } }, permitted: self },
    { body: { role: "platform-admin", permissions: { user: ["list"] } }, permitted: self },
  ],

  "POST /organization/create": ({ owner, slug }) => [
    { body: { name: "Eve's", slug }, permitted: [] },
    // A tenant of the caller's own, whomever it names.
    { body: { name: "Eve's", slug: `of-${slug}`, userId: owner.id }, permitted: self },
  ],
  "POST /organization/update": (victim) => [
    { body: { ...ofTenant(victim), data: { name: "Eve's" } }, permitted: admins },
  ],
  "POST /organization/delete": (victim) => [{ body: ofTenant(victim), permitted: ["owner"] }],
  "POST /organization/set-active": (victim) => [
    { body: ofTenant(victim), permitted: members },
    { body: { organizationSlug: victim.slug }, permitted: members },
  ],
  "GET /organization/get-organization": (victim) => [
    { query: ofTenant(victim), permitted: members },
    { query: { organizationSlug: victim.slug }, permitted: members },
  ],
  "GET /organization/get-full-organization": (victim) => [
    { query: ofTenant(victim), permitted: members },
    { query: { organizationSlug: victim.slug }, permitted: members },
  ],
  "GET /organization/list": alone(),
  "POST /organization/invite-member": (victim) => [
    {
      body: { ...ofTenant(victim), email: `eve-${victim.slug}@example.com`, role: "owner" },
      permitted: ["owner"],
    },
    {
      body: { ...ofTenant(victim), email: `bob-${victim.slug}@example.com`, role: "member" },
      permitted: admins,
    },
  ],
  "POST /organization/cancel-invitation": ({ invitation }) => [
    { body: { invitationId: invitation.id }, permitted: admins },
  ],
  "POST /organization/accept-invitation": ({ invitation }) => [
    { body: { invitationId: invitation.id }, permitted: ["guest"] },
  ],
  "GET /organization/get-invitation": ({ invitation }) => [
    { query: { id: invitation.id }, permitted: ["guest"] },
  ],
  "POST /organization/reject-invitation": ({ invitation }) => [
    { body: { invitationId: invitation.id }, permitted: ["guest"] },
  ],
  "GET /organization/list-invitations": (victim) => [
    { query: ofTenant(victim), permitted: admins },
  ],
  "GET /organization/get-active-member": alone(),
  "POST /organization/check-slug": alone({ body: { slug: "free" } }),
  "POST /organization/remove-member": (victim) => [
    {
      body: { ...ofTenant(victim), memberIdOrEmail: victim.owner.memberId },
      permitted: [],
    },
    { body: { ...ofTenant(victim), memberIdOrEmail: victim.member.memberId }, permitted: admins },
    { body: { ...ofTenant(victim), memberIdOrEmail: victim.member.email }, permitted: admins },
    // Without naming the tenant: the active one is the caller's.
    { body: { memberIdOrEmail: victim.member.memberId }, permitted: admins },
  ],
  "POST /organization/update-member-role": (victim) => [
    {
      body: { ...ofTenant(victim), memberId: victim.owner.memberId, role: "member" },
      permitted: [],
    },
    {
      body: { ...ofTenant(victim), memberId: victim.member.memberId, role: "owner" },
      permitted: ["owner"],
    },
    {
      body: { ...ofTenant(victim), memberId: victim.member.memberId, role: "admin" },
      permitted: admins,
    },
    { body: { memberId: victim.member.memberId, role: "admin" }, permitted: admins },
  ],
  "POST /organization/leave": (victim) => [
    { body: ofTenant(victim), permitted: ["member", "admin"] },
  ],
  "GET /organization/list-user-invitations": ({ invitation }) => [
    { query: { email: invitation.email }, permitted: [] },
    { permitted: self },
  ],
  "GET /organization/list-members": (victim) => [
    { query: ofTenant(victim), permitted: members },
    { query: { organizationSlug: victim.slug }, permitted: members },
  ],
  "GET /organization/members": (victim) => [{ query: ofTenant(victim), permitted: members }],
  "GET /organization/get-active-member-role": (victim) => [
    { query: { ...ofTenant(victim), userId: victim.owner.id }, permitted: members },
  ],
  "POST /organization/create-role": (victim) => [
    {
      body: { ...ofTenant(victim), role: "auditor", permission: { member: ["create"] } },
      permitted: admins,
    },
  ],
  "POST /organization/delete-role": (victim) => [
    { body: { ...ofTenant(victim), roleName: victim.roleName }, permitted: admins },
    { body: { ...ofTenant(victim), roleId: victim.roleId }, permitted: admins },
    { body: { roleId: victim.roleId }, permitted: admins },
  ],
  "GET /organization/list-roles": (victim) => [{ query: ofTenant(victim), permitted: members }],
  "GET /organization/get-role": (victim) => [
    { query: { ...ofTenant(victim), roleName: victim.roleName }, permitted: members },
    { query: { roleId: victim.roleId }, permitted: members },
  ],
  "POST /organization/update-role": (victim) => [
    {
      body: {
        ...ofTenant(victim),
        roleName: victim.roleName,
        data: { permission: { member: ["create"] } },
      },
      permitted: admins,
    },
    { body: { roleId: victim.roleId, data: { roleName: "eve" } }, permitted: admins },
  ],
  "POST /organization/has-permission": (victim) => [
    { body: { ...ofTenant(victim), permissions: { member: ["create"] } }, permitted: members },
  ],

  "GET /platform/tenants": ({ slug }) => [{ query: { search: slug }, permitted: platform }],
  "POST /platform/tenants": ({ owner, slug }) => [
    { body: { name: "Eve's", slug: `made-${slug}`, ownerId: owner.id }, permitted: platform },
  ],
  "GET /platform/tenants/{id}": ({ tenantId }) => [
    { values: { id: tenantId }, permitted: platform },
  ],
  "PATCH /platform/tenants/{id}": ({ tenantId }) => [
    { values: { id: tenantId }, body: { name: "Eve's" }, permitted: platform },
  ],
  "DELETE /platform/tenants/{id}": ({ tenantId }) => [
    { values: { id: tenantId }, permitted: platform },
  ],
  "GET /platform/tenants/{id}/members": ({ tenantId }) => [
    { values: { id: tenantId }, permitted: platform },
  ],
  "POST /platform/tenants/{id}/members": ({ tenantId, user }) => [
    { values: { id: tenantId }, body: { userId: user.id, role: "owner" }, permitted: platform },
  ],
  "PATCH /platform/tenants/{id}/members/{memberId}": ({ tenantId, member }) => [
    {
      values: { id: tenantId, memberId: member.memberId },
      body: { role: "owner" },
      permitted: platform,
    },
  ],
  "DELETE /platform/tenants/{id}/members/{memberId}": ({ tenantId, member }) => [
    { values: { id: tenantId, memberId: member.memberId }, permitted: platform },
  ],
  "GET /platform/users": () => [{ permitted: platform }],
  "GET /platform/users/{id}/memberships": ({ owner }) => [
    { values: { id: owner.id }, permitted: platform },
  ],
  "GET /platform/tenants/{id}/invitations": ({ tenantId }) => [
    { values: { id: tenantId }, permitted: platform },
  ],
  "POST /platform/tenants/{id}/invitations": ({ tenantId, slug }) => [
    {
      values: { id: tenantId },
      body: { email: `guest-of-${slug}@example.com`, role: "owner" },
      permitted: platform,
    },
  ],
  "DELETE /platform/tenants/{id}/invitations/{invitationId}": ({ tenantId, invitation }) => [
    { values: { id: tenantId, invitationId: invitation.id }, permitted: platform },
  ],
  "GET /platform/audit-events": ({ tenantId, owner }) => [
    { query: { tenantId }, permitted: ["owner", "platform-admin"] },
    { query: { actorId: owner.id }, permitted: platform },
    { permitted: platform },
  ],
  "GET /platform/audit-events/export": ({ tenantId }) => [
    { query: { tenantId }, permitted: ["owner", "platform-admin"] },
    { permitted: platform },
  ],

  "POST /two-factor/get-totp-uri": alone({ body: { password: wrongPassword } }),
  "POST /two-factor/verify-totp": alone({ body: { code: "000000" } }),
  "POST /two-factor/send-otp": alone({ body: {} }),
  "POST /two-factor/verify-otp": alone({ body: { code: "000000" } }),
  "POST /two-factor/verify-backup-code": alone({ body: { code: "aaaaa-aaaaa" } }),
  "POST /two-factor/generate-backup-codes": alone({ body: { password: wrongPassword } }),
  "POST /two-factor/enable": alone({ body: { password: wrongPassword } }),
  "POST /two-factor/disable": alone({ body: { password: wrongPassword } }),
};
