/**
 * What the server says that the active tenant's own roles may do. Asked once for all components, and again whenever the
 * session is; until then what it said stands.
 */
import { isUpToServer, type NnoPermission } from "./permissions.ts";
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
  #asked = new Set<string>();
  readonly #watched = new Set<NnoPermission>();

  constructor(server: Server, principal: () => Principal, onAnswer: () => void) {
    this.#server = server;
    this.#principal = principal;
    this.#onAnswer = onAnswer;
  }

  /** Whether the server has granted it in the active tenant; false until it has. */
  grants(permission: string): boolean {
    return this.#granted.get(this.#key(permission)) ?? false;
  }

  /** Keeps a permission asked for wherever the role in the active tenant is one of the tenant's own. */
  watch(permission: NnoPermission): void {
    this.#watched.add(permission);
    void this.#ask(permission);
  }

  /** A role of the tenant may have been given more or less: what was asked is worth asking again. */
  expire(): void {
    this.#asked = new Set();
  }

  askWatched(): void {
    for (const permission of this.#watched) void this.#ask(permission);
  }

  /** Never rejects. */
  async #ask(permission: NnoPermission): Promise<void> {
    const key = this.#key(permission);
    const { tenant } = this.#principal();
    const asked = this.#asked;
    if (tenant === null || asked.has(key) || !isUpToServer(tenant.role, permission)) return;
    asked.add(key);
    try {
      const granted = await requestPermission(this.#server, tenant.id, permission);
      if (asked !== this.#asked) return;
      this.#granted.set(key, granted);
      this.#onAnswer();
    } catch {
      asked.delete(key);
    }
  }

  #key(permission: string): string {
    const { session, tenant } = this.#principal();
    return JSON.stringify([session?.id, tenant?.id, tenant?.role, permission]);
  }
}
