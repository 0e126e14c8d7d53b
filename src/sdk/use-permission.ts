import { holdsPermission, type NnoPermission } from "./permissions.ts";
import { useNnoSession } from "./use-session.ts";

/**
 * Whether the user holds a permission: one of the platform (`billing:view`) by the platform role, one of a tenant
 * (`invitation:create`) by the role in the active tenant. For showing and hiding; the server asks again.
 */
export function usePermission(permission: NnoPermission): boolean {
  const { user, tenant } = useNnoSession();
  return holdsPermission({ role: user.role, tenantRole: tenant?.role }, permission);
}
