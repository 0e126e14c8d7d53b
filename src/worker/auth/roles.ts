/**
 * The two-tier role model: platform roles on the user row, tenant roles on the membership. What each may do is an
 * access control that Better Auth's `has-permission` answers from.
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

/** Feature Workers ask for these with has-permission, for example `{ billing: ["view"] }`. */
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

/** A membership's role is one name or several with commas between; a body may have a list of such. */
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
