/** The options of a role select: the three roles that every tenant has, and its custom ones. */
import { usePermission, useTenant } from "@neutrino-io/sdk";
import { useUiAuth } from "../host/provider.tsx";
import { hasRole } from "./has-role.ts";
import { useTenantRoles } from "./use-tenant-roles.ts";

interface RoleOptionsProps {
  tenantId: string;
  /** The current role of the member, which is always an option, even if it is a list or unknown. */
  present?: string;
}

export function RoleOptions(props: RoleOptionsProps) {
  const mayReadRoles = usePermission("ac:read");
  return mayReadRoles ? <WithCustomRoles {...props} /> : <Options {...props} custom={[]} />;
}

function WithCustomRoles(props: RoleOptionsProps) {
  const { data } = useTenantRoles(props.tenantId);
  return <Options {...props} custom={(data ?? []).map(({ role }) => role)} />;
}

function Options({ present, custom }: RoleOptionsProps & { custom: readonly string[] }) {
  const { tenant } = useTenant();
  const { messages } = useUiAuth();
  const { roles } = messages.members;
  // Only owners can make owners.
  const builtIn = Object.keys(roles).filter(
    (role) => role !== "owner" || hasRole(tenant?.role ?? "", "owner"),
  );
  const names = new Set([...builtIn, ...custom, ...(present === undefined ? [] : [present])]);
  return [...names].map((role) => (
    <option key={role} value={role}>
      {roles[role] ?? role}
    </option>
  ));
}
