/** Which route is which event of the audit log, and what of its outcome the event tells. */
import type { SQLiteColumn, SQLiteTable } from "drizzle-orm/sqlite-core";
import type { ExtraWrite } from "../../db/adapter/extra-write.ts";
import { account, member, organization, user } from "../../db/schema.ts";
import type { AuditEvent } from "./event.ts";

/** How a route failed. */
export interface Failure {
  path: string;
  /** Undefined where a redirect tells of it. */
  code: string | undefined;
}

/** What a hook knows after a route has run. Bodies have passed the route's own validation. */
export interface Outcome {
  body: Record<string, unknown>;
  /** Whose the token was that the request used up. */
  tokenOwner: string | undefined;
  /** Claims of a mailed link's token, which the route has verified. */
  claims: Record<string, unknown>;
  returned: Record<string, unknown>;
  activeTenantId: string | undefined;
  failure: Failure | undefined;
  /** What stands in the route's path. */
  parameters: Record<string, unknown>;
}

export interface Rule {
  /** Undefined: success is told elsewhere (a new session is an event of its own). */
  success?: string | ((outcome: Outcome) => string | undefined);
  /** Undefined for a failure that nobody asks about. */
  failure?: (failure: Failure) => string | undefined;
  /** Is for people who are not signed in: its failures need no actor. */
  isForStrangers?: true;
  /** The write that it comes down to: the event is in the same batch, so that neither is there without the other. */
  change?: {
    operation: ExtraWrite["operation"];
    table: SQLiteTable;
    /** In the row that is written: whom it is about, where the request does not name them. */
    subjectId?: SQLiteColumn;
  };
  /** Completes a sign-in, beside what `success` tells. */
  signsIn?: true;
  tenantId?: (outcome: Outcome) => unknown;
  subjectId?: (outcome: Outcome) => unknown;
  detail?: (outcome: Outcome) => AuditEvent["detail"];
}

/** As Better Auth takes it: a tenant without an id is none. */
const bodyTenant = ({ body, activeTenantId }: Outcome) =>
  text(body["organizationId"]) || activeTenantId;
const returnedTenant = ({ returned }: Outcome) => returned["organizationId"];
const bodyUser = ({ body }: Outcome) => body["userId"];
const nested = (value: unknown, key: string) =>
  typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined;
export const text = (value: unknown) =>
  typeof value === "string" ? value.slice(0, 256) : undefined;
const invitationDetail = ({ returned }: Outcome) => ({
  email: text(returned["email"] ?? nested(returned["invitation"], "email")),
  role: text(returned["role"] ?? nested(returned["invitation"], "role")),
});
const tenantOfInvitation = ({ returned }: Outcome) =>
  returned["organizationId"] ?? nested(returned["invitation"], "organizationId");

/** The route writes the event with what it changes; a session that it makes is no sign-in. */
const toldByRoute = () => undefined;
const always = (event: string) => () => event;
const ofPassword = { operation: "update", table: account } as const;
const ofUser = { operation: "update", table: user } as const;
const ofMember = { table: member, subjectId: member.userId } as const;
/** The right password is asked for, of somebody with a session: whoever stole it has to guess. */
const asksForPassword: Rule = {
  failure: ({ code }) => (code === "INVALID_PASSWORD" ? "password.check_failed" : undefined),
  detail: ({ failure }) => failure && { route: failure.path },
};

/** The kinds of mailed links, by their claims. */
const emailEvent = ({ claims }: Outcome) => {
  if (claims["updateTo"] === undefined) return "email.link_followed";
  return claims["requestType"] === "change-email-confirmation"
    ? "email.change_confirmed"
    : "email.changed";
};

/** What an admin made of a user: the fields, and of those that decide about access also the values. */
const changedByAdmin = ({ body }: Outcome) => {
  const data = (body["data"] ?? {}) as Record<string, unknown>;
  const told: NonNullable<AuditEvent["detail"]> = { fields: Object.keys(data).join(",") };
  for (const field of ["role", "banned", "emailVerified", "email"]) {
    const value = data[field];
    told[field] = typeof value === "boolean" ? value : text(value);
  }
  return told;
};

/** The event of a route. Every way to sign in is one, also that of a plugin. */
export function ruleOf(path: string | undefined): Rule | undefined {
  return path?.startsWith("/sign-in/") === true ? signInRule : rules[path ?? ""];
}

/** What the outcome of a rule's route is called. */
export function eventOf({ success, failure }: Rule, outcome: Outcome): string | undefined {
  if (outcome.failure !== undefined) return failure?.(outcome.failure);
  return typeof success === "function" ? success(outcome) : success;
}

const signInRule: Rule = {
  failure: always("sign_in.failed"),
  isForStrangers: true,
  detail: ({ body }) => ({
    email: text(body["email"])?.toLowerCase(),
    provider: text(body["provider"]),
  }),
};

/** Route -> event. A route that is not here changes nothing that an auditor asks about. */
const rules: Record<string, Rule> = {
  // A provider's refusal, or an answer of the provider's that is not believed.
  "/callback/:id": {
    failure: always("sign_in.failed"),
    isForStrangers: true,
    detail: ({ parameters }) => ({ provider: text(parameters["id"]) }),
  },
  "/sign-out": { success: "session.ended" },
  "/revoke-session": { success: "session.revoked" },
  "/revoke-sessions": { success: "session.revoked" },
  "/revoke-other-sessions": { success: "session.revoked" },
  "/change-password": {
    success: "password.changed",
    failure: always("password.change_failed"),
    change: ofPassword,
  },
  "/verify-password": asksForPassword,
  "/delete-user": asksForPassword,
  "/reset-password": {
    success: "password.reset",
    failure: always("password.reset_failed"),
    isForStrangers: true,
    change: ofPassword,
  },
  "/change-email": {
    success: "email.change_requested",
    detail: ({ body }) => ({ newEmail: text(body["newEmail"])?.toLowerCase() }),
  },
  "/verify-email": {
    success: emailEvent,
    detail: ({ claims }) => ({ email: text(claims["email"]), newEmail: text(claims["updateTo"]) }),
  },
  "/two-factor/enable": { ...asksForPassword, success: "two_factor.enrolment_started" },
  // Whoever has it makes codes until the factor is turned off.
  "/two-factor/get-totp-uri": { ...asksForPassword, success: "two_factor.secret_shown" },
  "/two-factor/verify-totp": { failure: always("two_factor.failed") },
  "/two-factor/verify-otp": { failure: always("two_factor.failed") },
  "/two-factor/verify-backup-code": {
    success: "two_factor.backup_code_used",
    signsIn: true,
    failure: always("two_factor.failed"),
  },
  "/two-factor/disable": {
    success: "two_factor.disabled",
    failure: always("two_factor.disable_failed"),
    change: ofUser,
  },
  "/two-factor/generate-backup-codes": {
    ...asksForPassword,
    success: "two_factor.backup_codes_replaced",
  },
  "/organization/create": {
    success: "tenant.created",
    tenantId: ({ returned }) => returned["id"],
    detail: ({ returned }) => ({ name: text(returned["name"]) }),
  },
  "/organization/update": {
    success: "tenant.updated",
    change: { operation: "update", table: organization },
    tenantId: bodyTenant,
    detail: ({ body }) => {
      const requireTwoFactor = nested(body["data"], "requireTwoFactor");
      return {
        fields: Object.keys(body["data"] ?? {}).join(","),
        ...(typeof requireTwoFactor === "boolean" ? { requireTwoFactor } : {}),
      };
    },
  },
  "/organization/delete": { success: "tenant.deleted", tenantId: bodyTenant },
  "/organization/invite-member": {
    success: "invitation.created",
    tenantId: returnedTenant,
    detail: invitationDetail,
  },
  "/organization/accept-invitation": {
    success: "invitation.accepted",
    tenantId: tenantOfInvitation,
    detail: invitationDetail,
  },
  "/organization/reject-invitation": {
    success: "invitation.rejected",
    tenantId: tenantOfInvitation,
    detail: invitationDetail,
  },
  "/organization/cancel-invitation": {
    success: "invitation.canceled",
    tenantId: tenantOfInvitation,
    detail: invitationDetail,
  },
  "/organization/remove-member": {
    success: "member.removed",
    tenantId: bodyTenant,
    subjectId: ({ returned }) => nested(returned["member"], "userId"),
    change: { operation: "delete", ...ofMember },
  },
  "/organization/update-member-role": {
    success: "member.role_changed",
    tenantId: bodyTenant,
    subjectId: ({ returned }) => returned["userId"],
    change: { operation: "update", ...ofMember },
    detail: ({ body }) => ({ role: text([body["role"]].flat().join(",")) }),
  },
  "/organization/leave": {
    success: "member.left",
    tenantId: bodyTenant,
    change: { operation: "delete", table: member },
  },
  "/organization/create-role": { success: "tenant_role.created", tenantId: bodyTenant },
  "/organization/update-role": { success: "tenant_role.updated", tenantId: bodyTenant },
  "/organization/delete-role": { success: "tenant_role.deleted", tenantId: bodyTenant },
  "/admin/create-user": {
    success: "user.created_by_admin",
    subjectId: ({ returned }) => nested(returned["user"], "id"),
  },
  "/admin/update-user": {
    success: "user.updated_by_admin",
    change: ofUser,
    subjectId: bodyUser,
    detail: changedByAdmin,
  },
  "/admin/set-role": {
    success: "user.role_changed",
    change: ofUser,
    subjectId: bodyUser,
    detail: ({ body }) => ({ role: text(body["role"]) }),
  },
  "/admin/set-user-password": {
    success: "password.set_by_admin",
    subjectId: bodyUser,
    change: ofPassword,
  },
  "/admin/ban-user": { success: "user.banned", subjectId: bodyUser, change: ofUser },
  "/admin/unban-user": { success: "user.unbanned", subjectId: bodyUser, change: ofUser },
  "/admin/impersonate-user": { success: "impersonation.started", subjectId: bodyUser },
  "/admin/stop-impersonating": { success: toldByRoute },
  "/admin/revoke-user-session": {
    success: "session.revoked_by_admin",
    subjectId: ({ tokenOwner }) => tokenOwner,
  },
  "/admin/revoke-user-sessions": { success: "session.revoked_by_admin", subjectId: bodyUser },
};
