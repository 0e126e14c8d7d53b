/** The roles that somebody may be given in a tenant: the three that every tenant has, and its own. */
import { usePermission, useTenant } from "@neutrino-io/sdk";
import { useUiAuth } from "../host/provider.tsx";
import { hasRole } from "./has-role.ts";
import { useTenantRoles } from "./use-tenant-roles.ts";

interface RoleOptionsProps {
  tenantId: string;
  /** What somebody has, and so keeps in the list: several roles, or one that is not known. */
  present?: string;
}

export function RoleOptions(props: RoleOptionsProps) {
  const mayReadRoles = usePermission("ac:read");
  return mayReadRoles ? <WithOwnRoles {...props} /> : <Options {...props} own={[]} />;
}

function WithOwnRoles(props: RoleOptionsProps) {
  const { data } = useTenantRoles(props.tenantId);
  return <Options {...props} own={(data ?? []).map(({ role }) => role)} />;
}

function Options({ present, own }: RoleOptionsProps & { own: readonly string[] }) {
  const { tenant } = useTenant();
  const { messages } = useUiAuth();
  const { roles } = messages.members;
  // Owners alone make owners.
  const everyTenants = Object.keys(roles).filter(
    (role) => role !== "owner" || hasRole(tenant?.role ?? "", "owner"),
  );
  const names = new Set([...everyTenants, ...own, ...(present === undefined ? [] : [present])]);
  return [...names].map((role) => (
    <option key={role} value={role}>
      {roles[role] ?? role}
    </option>
  ));
}
