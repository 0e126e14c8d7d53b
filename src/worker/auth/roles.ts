/**
 * The two-tier role model: platform roles are on the user row, tenant roles on the membership. The permissions of each
 * role are an access control from which Better Auth's `has-permission` answers.
 */
import { createAccessControl } from "better-auth/plugins/access";
import {
  adminAc as platformAdminDefaults,
  defaultStatements as platformStatements,
} from "better-auth/plugins/admin/access";
import {
  adminAc,
  defaultStatements as tenantStatements,
  memberAc,
  ownerAc,
} from "better-auth/plugins/organization/access";

export const platformAdminRole = "platform-admin";
export const defaultPlatformRole = "user";
export const ownerRole = "owner";

/** The permissions for which feature Workers ask has-permission, for example `{ billing: ["view"] }`. */
export const platformAccess = createAccessControl({
  ...platformStatements,
  billing: ["view"],
  features: ["activate"],
} as const);

export const platformRoles = {
  [platformAdminRole]: platformAccess.newRole({
    ...platformAdminDefaults.statements,
    billing: ["view"],
    features: ["activate"],
  }),
  [defaultPlatformRole]: platformAccess.newRole({ user: [], session: [] }),
};

export const tenantAccess = createAccessControl(tenantStatements);

/** The roles that every tenant has; a tenant adds its own at run time (dynamic access control). */
export const tenantRoles = { owner: ownerAc, admin: adminAc, member: memberAc };

/**
 * Splits a role into names: a membership's role is one or several names with commas between, and a body may hold a
 * list.
 */
export function roleNames(role: string | readonly string[]): string[] {
  return [role]
    .flat()
    .flatMap((names) => names.split(","))
    .map((name) => name.trim())
    .filter((name) => name !== "");
}

export function hasTenantRole(role: string | null | undefined, wanted: string): boolean {
  return roleNames(role ?? "").includes(wanted);
}
