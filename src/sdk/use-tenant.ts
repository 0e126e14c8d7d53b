import { useCallback, useSyncExternalStore } from "react";
import { useNnoAuthClient, useSessionStore } from "./provider.tsx";
import type { NnoTenant, NnoTenantSummary } from "./session.ts";
import { useNnoSession } from "./use-session.ts";

/** The server refused to make a tenant the active one. `code` is that of the server. */
export class NnoTenantError extends Error {
  override readonly name = "NnoTenantError";
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

export interface NnoTenants {
  /** The active tenant with the user's role in it, or null if none is active. */
  readonly tenant: NnoTenant | null;
  /** The tenants that the user is a member of. */
  readonly list: readonly NnoTenantSummary[];
  /** `ready` once `list` is known. */
  readonly status: "loading" | "ready" | "error";
  /**
   * Makes a tenant the active one in all tabs, or none for null. Resolves after `tenant` has changed.
   *
   * @throws {NnoTenantError} if the server refuses.
   */
  readonly switch: (tenantId: string | null) => Promise<void>;
}

/** Returns the active tenant and the user's other tenants, and switches between them. */
export function useTenant(): NnoTenants {
  const client = useNnoAuthClient();
  const store = useSessionStore();
  const { tenant } = useNnoSession();
  const { list, status } = useSyncExternalStore(
    store.subscribeTenants,
    store.getTenants,
    store.getServerTenants,
  );
  const switchTo = useCallback(
    async (tenantId: string | null) => {
      const { error } = await client.organization.setActive({ organizationId: tenantId });
      if (error === null) return;
      throw new NnoTenantError(
        error.code ?? `HTTP_${error.status}`,
        error.message ?? "The tenant could not be made active.",
      );
    },
    [client],
  );
  return { tenant, list, status, switch: switchTo };
}
