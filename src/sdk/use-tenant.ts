import { useCallback, useSyncExternalStore } from "react";
import { useNnoAuthClient, useSessionStore } from "./provider.tsx";
import type { NnoTenant, NnoTenantSummary } from "./session.ts";
import { useNnoSession } from "./use-session.ts";

/** A tenant could not be made active; `code` is the server's. */
export class NnoTenantError extends Error {
  override readonly name = "NnoTenantError";
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

export interface NnoTenants {
  /** The active tenant with the user's role in it; null when none is. */
  readonly tenant: NnoTenant | null;
  /** All tenants that the user is a member of. */
  readonly list: readonly NnoTenantSummary[];
  /** Whether `list` is known. */
  readonly status: "loading" | "ready" | "error";
  /**
   * Makes a tenant the active one, in all tabs; null: none. Resolves when `tenant` says so.
   *
   * @throws {NnoTenantError} when the server refuses.
   */
  readonly switch: (tenantId: string | null) => Promise<void>;
}

/** The active tenant, and the way to another. */
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
