import { useEffect, useSyncExternalStore } from "react";
import { holdsPermission, type NnoPermission } from "./permissions.ts";
import { useSessionStore } from "./provider.tsx";
import { useNnoSession } from "./use-session.ts";

/**
 * Whether the user holds a permission: one of the platform (`billing:view`) by the platform role, one of a tenant
 * (`invitation:create`) by the role in the active tenant. A role of the tenant's own is asked for at the server, once for
 * all components and again with the session, and holds nothing until the first answer is in. For showing and hiding; the server asks again.
 */
export function usePermission(permission: NnoPermission): boolean {
  const store = useSessionStore();
  const { user, tenant } = useNnoSession();
  const holds = holdsPermission({ role: user.role, tenantRole: tenant?.role }, permission);
  const granted = useSyncExternalStore(
    store.subscribe,
    () => store.permissions.grants(permission),
    () => false,
  );
  useEffect(() => store.permissions.watch(permission), [permission, store]);
  return holds || granted;
}
