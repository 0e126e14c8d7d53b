/** Loads a tenant's custom roles. */
import { call } from "../data/call.ts";
import type { Loaded } from "../data/use-load.ts";
import { useShared } from "../data/use-shared.ts";

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
