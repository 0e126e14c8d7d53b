/** What a role may do, by name: `billing:view`. Answers from the Worker's own role model. */
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

/** What the platform role decides: `billing:view`, `features:activate`, `user:ban`, … */
export type PlatformPermission = Names<typeof platformAccess.statements>;
/** What the role in the active tenant decides: `invitation:create`, `member:delete`, … */
export type TenantPermission = Names<typeof tenantAccess.statements>;
export type NnoPermission = PlatformPermission | TenantPermission;

/**
 * Whether roles hold a permission. A tenant's own roles live in its database and are not known here: they hold nothing.
 *
 * @param roles the platform role, and the role in the active tenant where there is one; several with commas between.
 */
export function holdsPermission(
  roles: { role: string; tenantRole?: string | undefined },
  permission: NnoPermission,
): boolean {
  const separator = permission.indexOf(":");
  const resource = permission.slice(0, separator);
  const action = permission.slice(separator + 1);
  const ofPlatform = isPlatformResource(resource);
  const known: Record<string, Role> = ofPlatform ? platformRoles : tenantRoles;
  const names = ofPlatform ? roles.role : (roles.tenantRole ?? "");
  return names.split(",").some((name) => {
    const statements = own(known, name.trim())?.statements ?? {};
    return own(statements, resource)?.includes(action) ?? false;
  });
}

/**
 * Whether only the server can tell: a permission of a tenant, and a role that is the tenant's own, which is in its
 * database.
 */
export function isUpToServer(tenantRole: string, permission: NnoPermission): boolean {
  const [resource = ""] = permission.split(":");
  const ownRole = (name: string) => own<Role>(tenantRoles, name.trim()) === undefined;
  return !isPlatformResource(resource) && tenantRole.split(",").some(ownRole);
}

interface Role {
  statements: Readonly<Record<string, readonly string[]>>;
}

/** Roles and resources may be called anything, `constructor` too. */
function own<Value>(from: Readonly<Record<string, Value>>, key: string): Value | undefined {
  return Object.hasOwn(from, key) ? from[key] : undefined;
}

/** Whether the platform role decides about it; otherwise the role in the active tenant does. */
function isPlatformResource(resource: string): boolean {
  return Object.hasOwn(platformAccess.statements, resource);
}
