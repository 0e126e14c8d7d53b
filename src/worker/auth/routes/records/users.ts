/** Better Auth's routes by which platform admins manage users. */
import { text, type AuditRule, type Outcome } from "../../audit/rule.ts";
import { bodyUser, changesPassword, changesUser, field } from "./outcome.ts";
import type { RouteRecords } from "../record.ts";

/** The changes that an admin made to a user: the names of all fields, and the values of those that affect access. */
const changedFields = ({ body }: Outcome) => {
  const data = (body["data"] ?? {}) as Record<string, unknown>;
  const detail: NonNullable<ReturnType<NonNullable<AuditRule["detail"]>>> = {
    fields: Object.keys(data).join(","),
  };
  for (const name of ["role", "banned", "emailVerified", "email"]) {
    const value = data[name];
    detail[name] = typeof value === "boolean" ? value : text(value);
  }
  return detail;
};

/** The part that all routes for platform admins share. */
const admin = { who: "platform-admin", adminTwoFactor: "demanded" } as const;
/** Routes that create, change or take over another account ask for a recent proof. */
const adminWithProof = { ...admin, proof: { ask: "recent", within: "hour" } } as const;

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
    apps: "allowed",
    impersonator: "allowed",
    adminTwoFactor: "demanded",
  },
  "POST /admin/create-user": {
    ...adminWithProof,
    audit: {
      success: "user.created_by_admin",
      subjectId: ({ returned }) => field(returned["user"], "id"),
    },
    newPassword: { whose: "new", field: "password" },
    input: { userFields: "admin-new" },
  },
  "POST /admin/update-user": {
    ...adminWithProof,
    ends: { what: "credentials", whose: "named-if-access-changes" },
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
    ...adminWithProof,
    ends: { what: "credentials", whose: "named" },
    audit: {
      success: "user.role_changed",
      change: changesUser,
      subjectId: bodyUser,
      detail: ({ body }) => ({ role: text(body["role"]) }),
    },
  },
  "POST /admin/set-user-password": {
    ...adminWithProof,
    ends: { what: "credentials", whose: "named" },
    audit: { success: "password.set_by_admin", subjectId: bodyUser, change: changesPassword },
    newPassword: { whose: "named", field: "newPassword" },
    notOnYourself: "always",
  },
  "POST /admin/ban-user": {
    ...adminWithProof,
    audit: { success: "user.banned", subjectId: bodyUser, change: changesUser },
  },
  "POST /admin/unban-user": {
    ...admin,
    audit: { success: "user.unbanned", subjectId: bodyUser, change: changesUser },
  },
  // The route writes its event in one batch with the deletion.
  "POST /admin/remove-user": adminWithProof,
  "POST /admin/impersonate-user": {
    ...adminWithProof,
    newSession: "impersonation",
    audit: { success: "impersonation.started", subjectId: bodyUser },
  },
  // The route writes its event with its change. The session that it resumes is not a sign-in.
  "POST /admin/stop-impersonating": {
    who: "user",
    // It only takes a permission away.
    apps: "allowed",
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
