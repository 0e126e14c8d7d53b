/** Better Auth's routes of platform admins over users. */
import { text, type AuditRule, type Outcome } from "../audit/rule.ts";
import { bodyUser, changesPassword, changesUser, field } from "./outcome.ts";
import type { RouteRecords } from "./record.ts";

/** What an admin changed of a user: the names of the fields, and the values of those that decide about access. */
const changedFields = ({ body }: Outcome) => {
  const data = (body["data"] ?? {}) as Record<string, unknown>;
  const told: NonNullable<ReturnType<NonNullable<AuditRule["detail"]>>> = {
    fields: Object.keys(data).join(","),
  };
  for (const name of ["role", "banned", "emailVerified", "email"]) {
    const value = data[name];
    told[name] = typeof value === "boolean" ? value : text(value);
  }
  return told;
};

/** Every route of platform admins. */
const admin = { who: "platform-admin", adminTwoFactor: "demanded" } as const;
/** What makes, changes or takes over another account asks for a proof. */
const proven = { ...admin, proof: { ask: "recent", within: "hour" } } as const;

export const userRoutes = {
  "GET /admin/get-user": admin,
  "GET /admin/list-users": {
    ...admin,
    input: {
      columns: [
        "id",
        "name",
        "email",
        "emailVerified",
        "image",
        "createdAt",
        "updatedAt",
        "role",
        "banned",
        "banReason",
        "banExpires",
        "twoFactorEnabled",
      ],
    },
  },
  "POST /admin/list-user-sessions": admin,
  "POST /admin/has-permission": {
    who: "user",
    impersonator: "allowed",
    adminTwoFactor: "demanded",
  },
  "POST /admin/create-user": {
    ...proven,
    audit: {
      success: "user.created_by_admin",
      subjectId: ({ returned }) => field(returned["user"], "id"),
    },
    newPassword: { whose: "new", field: "password" },
    input: { userFields: "admin-new" },
  },
  "POST /admin/update-user": {
    ...proven,
    ends: { what: "credentials", whose: "named-if-access-changes" },
    notice: { mail: "emailChanged", to: "replaced-address" },
    audit: {
      success: "user.updated_by_admin",
      change: changesUser,
      subjectId: bodyUser,
      detail: changedFields,
    },
    notOnYourself: "address",
    input: { userFields: "admin", changesData: true },
  },
  "POST /admin/set-role": {
    ...proven,
    ends: { what: "credentials", whose: "named" },
    audit: {
      success: "user.role_changed",
      change: changesUser,
      subjectId: bodyUser,
      detail: ({ body }) => ({ role: text(body["role"]) }),
    },
  },
  "POST /admin/set-user-password": {
    ...proven,
    ends: { what: "credentials", whose: "named" },
    notice: { mail: "passwordChanged", to: "named" },
    audit: { success: "password.set_by_admin", subjectId: bodyUser, change: changesPassword },
    newPassword: { whose: "named", field: "newPassword" },
    notOnYourself: "always",
  },
  "POST /admin/ban-user": {
    ...proven,
    audit: { success: "user.banned", subjectId: bodyUser, change: changesUser },
  },
  "POST /admin/unban-user": {
    ...admin,
    audit: { success: "user.unbanned", subjectId: bodyUser, change: changesUser },
  },
  // The route writes its event with the deletion.
  "POST /admin/remove-user": proven,
  "POST /admin/impersonate-user": {
    ...proven,
    newSession: "impersonation",
    audit: { success: "impersonation.started", subjectId: bodyUser },
  },
  // The route writes its event with what it changes; the session that it resumes is no sign-in.
  "POST /admin/stop-impersonating": {
    who: "user",
    newSession: "resumed",
    audit: { success: () => undefined },
    impersonator: "allowed",
    adminTwoFactor: "demanded",
  },
  "POST /admin/revoke-user-session": {
    ...admin,
    audit: {
      success: "session.revoked_by_admin",
      subjectOfSession: "sessionToken",
      subjectId: ({ tokenOwner }) => tokenOwner,
    },
    sessionField: "sessionToken",
  },
  "POST /admin/revoke-user-sessions": {
    ...admin,
    ends: { what: "devices", whose: "named" },
    audit: { success: "session.revoked_by_admin", subjectId: bodyUser },
  },
} as const satisfies RouteRecords;
