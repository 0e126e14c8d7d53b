/** A tenant's own roles, beside the three that every tenant has. */
import { call } from "./call.ts";
import type { Loaded } from "./load.ts";
import { useShared } from "./shared-load.ts";

export interface TenantRole {
  id: string;
  role: string;
  permission: Record<string, string[]>;
}

export function useTenantRoles(tenantId: string): Loaded<TenantRole[]> {
  return useShared(`roles ${tenantId}`, (client) =>
    call<TenantRole[]>(() =>
      client.$fetch("/organization/list-roles", { query: { organizationId: tenantId } }),
    ),
  );
}

/** Whether a membership's role, one name or several with commas between, is or contains `wanted`. */
export const hasRole = (role: string, wanted: string) =>
  role.split(",").some((name) => name.trim() === wanted);
