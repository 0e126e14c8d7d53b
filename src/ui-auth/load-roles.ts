/** A tenant's own roles, beside the three that every tenant has. */
import { useNnoAuthClient } from "@neutrino-io/sdk";
import { call } from "./call.ts";
import { useLoad, type Loaded } from "./load.ts";

export interface TenantRole {
  id: string;
  role: string;
  permission: Record<string, string[]>;
}

export function useTenantRoles(tenantId: string): Loaded<TenantRole[]> {
  const client = useNnoAuthClient();
  return useLoad(`roles ${tenantId}`, () =>
    call<TenantRole[]>(() =>
      client.$fetch("/organization/list-roles", { query: { organizationId: tenantId } }),
    ),
  );
}
