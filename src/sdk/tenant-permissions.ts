/**
 * The permissions of the active tenant's custom roles, which only the server knows. Each is requested once for all
 * components, and again whenever the session is. The last answer counts until the next one arrives.
 */
import { needsServerCheck, type NnoPermission } from "./permissions.ts";
import type { NnoSession, NnoTenant } from "./session.ts";
import { requestPermission, type Server } from "./session-request.ts";

interface Principal {
  readonly session: NnoSession | null;
  readonly tenant: NnoTenant | null;
}

export class TenantPermissions {
  readonly #server: Server;
  readonly #principal: () => Principal;
  readonly #onAnswer: () => void;
  readonly #granted = new Map<string, boolean>();
  #requested = new Set<string>();
  readonly #watched = new Set<NnoPermission>();

  constructor(server: Server, principal: () => Principal, onAnswer: () => void) {
    this.#server = server;
    this.#principal = principal;
    this.#onAnswer = onAnswer;
  }

  /** True if the server has granted the permission in the active tenant. False until it has answered. */
  isGranted(permission: string): boolean {
    return this.#granted.get(this.#key(permission)) ?? false;
  }

  /** Keeps a permission up to date while the user's role in the active tenant is a custom one. */
  watch(permission: NnoPermission): void {
    this.#watched.add(permission);
    void this.#request(permission);
  }

  /** Requests every permission again when it is next needed, because the role may have changed. */
  expire(): void {
    this.#requested = new Set();
  }

  requestWatched(): void {
    for (const permission of this.#watched) void this.#request(permission);
  }

  /** Never rejects. */
  async #request(permission: NnoPermission): Promise<void> {
    const key = this.#key(permission);
    const { tenant } = this.#principal();
    const requested = this.#requested;
    if (tenant === null || requested.has(key) || !needsServerCheck(tenant.role, permission)) return;
    requested.add(key);
    try {
      const granted = await requestPermission(this.#server, tenant.id, permission);
      if (requested !== this.#requested) return;
      this.#granted.set(key, granted);
      this.#onAnswer();
    } catch {
      requested.delete(key);
    }
  }

  #key(permission: string): string {
    const { session, tenant } = this.#principal();
    return JSON.stringify([session?.id, tenant?.id, tenant?.role, permission]);
  }
}
