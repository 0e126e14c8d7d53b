/** What a role may do, by name: `billing:view`. Answers from the Worker's own role model. */
import { platformAccess, platformRoles, tenantAccess, tenantRoles } from "../worker/auth/roles.ts";

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
  const [resource = "", action = ""] = permission.split(":");
  const known: Record<string, Role> = isPlatformResource(resource) ? platformRoles : tenantRoles;
  const names = isPlatformResource(resource) ? roles.role : (roles.tenantRole ?? "");
  return names.split(",").some((name) => {
    const key = name.trim();
    // A role may be called anything, `constructor` too.
    return Object.hasOwn(known, key) && known[key]?.authorize({ [resource]: [action] }).success;
  });
}

/** Whether the platform role decides about it; otherwise the role in the active tenant does. */
export function isPlatformPermission(permission: NnoPermission): permission is PlatformPermission {
  return isPlatformResource(permission.split(":")[0] ?? "");
}

interface Role {
  authorize: (request: Record<string, string[]>) => { success: boolean };
}

function isPlatformResource(resource: string): boolean {
  return Object.hasOwn(platformAccess.statements, resource);
}
