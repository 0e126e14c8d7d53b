import { useEffect, useSyncExternalStore } from "react";
import { hasPermission, type NnoPermission } from "./permissions.ts";
import { useSessionStore } from "./provider.tsx";
import { useNnoSession } from "./use-session.ts";

/**
 * True if the user has a permission. The platform role decides about permissions of the platform (`billing:view`), and
 * the role in the active tenant about those of a tenant (`invitation:create`). A custom role is looked up on the server,
 * once for all components and again with the session; until the first answer the result is false. Use it to show and hide
 * parts of a page. The server checks every call itself.
 */
export function usePermission(permission: NnoPermission): boolean {
  const store = useSessionStore();
  const { user, tenant } = useNnoSession();
  const roleHas = hasPermission({ role: user.role, tenantRole: tenant?.role }, permission);
  const granted = useSyncExternalStore(
    store.subscribe,
    () => store.permissions.isGranted(permission),
    () => false,
  );
  useEffect(() => store.permissions.watch(permission), [permission, store]);
  return roleHas || granted;
}
