/** Checks permissions by name (`billing:view`) against the role model of the Worker. */
import {
  platformAccess,
  platformRoles,
  tenantRoles,
  type tenantAccess,
} from "../worker/auth/roles.ts";

type Names<Statements> = {
  [Resource in keyof Statements & string]: Statements[Resource] extends readonly (infer Action)[]
    ? `${Resource}:${Action & string}`
    : never;
}[keyof Statements & string];

/** Permissions of the platform role: `billing:view`, `features:activate`, `user:ban`, … */
export type PlatformPermission = Names<typeof platformAccess.statements>;
/** Permissions of the role in the active tenant: `invitation:create`, `member:delete`, … */
export type TenantPermission = Names<typeof tenantAccess.statements>;
export type NnoPermission = PlatformPermission | TenantPermission;

/**
 * True if the roles have a permission. A tenant's custom roles are stored in the database and unknown here, so they have
 * none.
 *
 * @param roles the platform role, and the role in the active tenant if there is one. Both can be comma-separated lists.
 */
export function hasPermission(
  roles: { role: string; tenantRole?: string | undefined },
  permission: NnoPermission,
): boolean {
  const separator = permission.indexOf(":");
  const resource = permission.slice(0, separator);
  const action = permission.slice(separator + 1);
  const isOfPlatform = isPlatformResource(resource);
  const known: Record<string, Role> = isOfPlatform ? platformRoles : tenantRoles;
  const names = isOfPlatform ? roles.role : (roles.tenantRole ?? "");
  return names.split(",").some((name) => {
    const statements = ownProperty(known, name.trim())?.statements ?? {};
    return ownProperty(statements, resource)?.includes(action) ?? false;
  });
}

/** True if only the server can tell: a tenant permission of a custom role, which is stored in the database. */
export function needsServerCheck(tenantRole: string, permission: NnoPermission): boolean {
  const [resource = ""] = permission.split(":");
  const isCustom = (name: string) => ownProperty<Role>(tenantRoles, name.trim()) === undefined;
  return !isPlatformResource(resource) && tenantRole.split(",").some(isCustom);
}

interface Role {
  statements: Readonly<Record<string, readonly string[]>>;
}

/** A role or resource may have any name, for example `constructor`, so inherited properties must not count. */
function ownProperty<Value>(from: Readonly<Record<string, Value>>, key: string): Value | undefined {
  return Object.hasOwn(from, key) ? from[key] : undefined;
}

/** True if the platform role decides about the resource. Otherwise the role in the active tenant does. */
function isPlatformResource(resource: string): boolean {
  return Object.hasOwn(platformAccess.statements, resource);
}
