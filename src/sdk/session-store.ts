/**
 * What is known of the session, once for a page. Components read it; one request answers all of them. An answer to an
 * earlier question never replaces one to a later question, and a server that cannot answer never signs anybody out.
 */
import {
  anonymousUser,
  type NnoSession,
  type NnoTenant,
  type NnoTenantSummary,
  type NnoUser,
  type Principal,
} from "./session.ts";
import { isUpToServer, type NnoPermission } from "./permissions.ts";
import { listenToPage, tellOtherTabs, type SessionChange } from "./session-events.ts";
import type { Remembered, SessionMemory } from "./session-memory.ts";
import {
  NnoSessionError,
  requestActiveTenant,
  requestPermission,
  requestPrincipal,
  requestTenantList,
  type Server,
} from "./session-request.ts";

export type NnoSessionStatus = "loading" | "signed-in" | "signed-out" | "error";

interface Common {
  /** Nobody's, `role: "anonymous"`, as long as there is no session; never null. */
  readonly user: NnoUser;
  /** The active tenant. */
  readonly tenant: NnoTenant | null;
  /** What is shown was true before and is being asked for again: after a reload, or while the server cannot answer. */
  readonly stale: boolean;
  /** Asks the server again. Resolves when the answer is in; never rejects. */
  readonly refetch: () => Promise<void>;
}

export type NnoSessionState = Common &
  (
    | { readonly status: "loading"; readonly session: null; readonly error: null }
    | { readonly status: "signed-in"; readonly session: NnoSession; readonly error: null }
    | { readonly status: "signed-out"; readonly session: null; readonly error: null }
    /** The last known session, if there was one. */
    | {
        readonly status: "error";
        readonly session: NnoSession | null;
        readonly error: NnoSessionError;
      }
  );

export interface TenantListState {
  readonly list: readonly NnoTenantSummary[];
  readonly status: "loading" | "ready" | "error";
}

/** How often the window's focus asks again, at most. */
const attentionSeconds = 5;
const firstRetrySeconds = 2;
const longestRetrySeconds = 60;
/** Longer timers overflow (2^31 ms) and fire at once. */
const longestTimerSeconds = 24 * 60 * 60;

interface Flight {
  controller: AbortController;
  done: Promise<void>;
}

const noTenants: TenantListState = Object.freeze({ list: Object.freeze([]), status: "loading" });

export class SessionStore {
  readonly refetch = () => this.load();
  readonly #server: Server;
  readonly #memory: SessionMemory;
  readonly #self = Math.random().toString(36).slice(2);
  readonly #listeners = new Set<() => void>();
  readonly #initial: NnoSessionState;
  #state: NnoSessionState;
  #tenants = noTenants;
  #wantsTenants = false;
  /** What the server said of the active tenant's own roles. */
  readonly #permissions = new Map<string, boolean>();
  /** What it has been asked of them since something changed. */
  #asked = new Set<string>();
  readonly #watched = new Set<NnoPermission>();
  #flight: Flight | undefined;
  #disconnect: (() => void) | undefined;
  #askedAt = Number.NEGATIVE_INFINITY;
  #failures = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(server: Server, memory: SessionMemory) {
    this.#server = server;
    this.#memory = memory;
    this.#initial = Object.freeze({
      status: "loading",
      session: null,
      user: anonymousUser,
      tenant: null,
      error: null,
      stale: false,
      refetch: this.refetch,
    });
    this.#state = this.#initial;
    const remembered = memory.read();
    if (remembered !== null) this.#state = this.#signedIn(remembered, true);
  }

  readonly getState = (): NnoSessionState => this.#state;
  readonly getTenants = (): TenantListState => this.#tenants;
  /** What a server renders, and a browser in its first pass over a server's page. */
  readonly getServerState = (): NnoSessionState => this.#initial;
  readonly getServerTenants = (): TenantListState => noTenants;

  /** The first listener starts the requests, the last one to go ends them. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    if (this.#disconnect === undefined) {
      this.#disconnect = listenToPage(this.#server.baseUrl, this.#self, {
        onAttention: () => this.#attend(),
        onOnline: () => void this.load(),
        onOtherTab: (change) => void this.#changed(change),
      });
      if (this.#flight === undefined) void this.load();
    }
    return () => {
      this.#listeners.delete(listener);
      // React takes a listener away and puts it back in one go: that is not the last one leaving.
      queueMicrotask(() => {
        if (this.#listeners.size > 0) return;
        this.#disconnect?.();
        this.#disconnect = undefined;
        this.#abort();
        clearTimeout(this.#timer);
      });
    };
  };

  /** As `subscribe`, and keeps the list of tenants with the session. */
  readonly subscribeTenants = (listener: () => void): (() => void) => {
    this.#wantsTenants = true;
    const unsubscribe = this.subscribe(listener);
    // A request that is under way will bring the list along.
    const idle = this.#flight === undefined;
    if (idle && this.#state.session !== null && this.#tenants.status === "loading") {
      void this.load();
    }
    return unsubscribe;
  };

  /** What the server said of a permission in the active tenant; false until it has. */
  readonly grants = (permission: string): boolean =>
    this.#permissions.get(this.#permissionKey(permission)) ?? false;

  /** Has the server asked of a permission wherever the role in the active tenant is one of the tenant's own. */
  watchPermission(permission: NnoPermission): void {
    this.#watched.add(permission);
    void this.#askPermission(permission);
  }

  /** Once for all components. Never rejects. */
  async #askPermission(permission: NnoPermission): Promise<void> {
    const key = this.#permissionKey(permission);
    const { tenant } = this.#state;
    const asked = this.#asked;
    if (tenant === null || asked.has(key) || !isUpToServer(tenant.role, permission)) return;
    asked.add(key);
    try {
      const granted = await requestPermission(this.#server, tenant.id, permission);
      if (asked !== this.#asked) return;
      this.#permissions.set(key, granted);
      for (const listener of this.#listeners) listener();
    } catch {
      // What was known stands; asked again with the session.
      asked.delete(key);
    }
  }

  #permissionKey(permission: string): string {
    const { session, tenant } = this.#state;
    return JSON.stringify([session?.id, tenant?.id, tenant?.role, permission]);
  }

  /** Asks now. Latest wins: the answer to an earlier question is dropped. Resolves when settled; never rejects. */
  async load(): Promise<void> {
    this.#abort();
    clearTimeout(this.#timer);
    this.#askedAt = Date.now();
    const controller = new AbortController();
    const flight: Flight = { controller, done: Promise.resolve() };
    this.#flight = flight;
    flight.done = this.#ask(flight);
    while (this.#flight !== undefined) await this.#flight.done;
  }

  /** A call of the client has changed who is signed in, or what the session says. */
  async changed(change: SessionChange): Promise<void> {
    tellOtherTabs(this.#server.baseUrl, this.#self, change);
    await this.#changed(change);
  }

  /** The server has refused a call for want of a session. */
  refused(): void {
    if (this.#state.status === "signed-in" && this.#flight === undefined) void this.load();
  }

  async #changed(change: SessionChange): Promise<void> {
    // A role of the tenant may have been given more or less. Until the server says so, what it said stands.
    this.#asked = new Set();
    if (change === "signed-out") {
      // Not asked: a server that is down now would leave the session on screen that has just been ended.
      this.#abort();
      clearTimeout(this.#timer);
      this.#settle(null);
      return;
    }
    if (this.#askedAt === Number.NEGATIVE_INFINITY) {
      // No component has asked yet. What is remembered may be another user's.
      this.#state = this.#initial;
      this.#memory.write(null);
      return;
    }
    await this.load();
  }

  #abort(): void {
    const flight = this.#flight;
    this.#flight = undefined;
    flight?.controller.abort();
  }

  #attend(): void {
    const idle = this.#flight === undefined;
    if (idle && Date.now() - this.#askedAt >= attentionSeconds * 1000) void this.load();
  }

  async #ask(flight: Flight): Promise<void> {
    const { signal } = flight.controller;
    let principal: Principal | null | undefined;
    try {
      principal = await requestPrincipal(this.#server, signal);
      const { tenant, list } = await this.#askTenant(principal, signal);
      if (this.#flight !== flight) return;
      this.#flight = undefined;
      this.#tenants = list === undefined ? noTenants : sameOr(this.#tenants, ready(list));
      this.#settle(principal === null ? null : { ...principal, tenant });
    } catch (error) {
      if (this.#flight !== flight) return;
      this.#flight = undefined;
      this.#fail(error, principal ?? undefined);
    }
  }

  async #askTenant(
    principal: Principal | null,
    signal: AbortSignal,
  ): Promise<{ tenant: NnoTenant | null; list: readonly NnoTenantSummary[] | undefined }> {
    if (principal === null) return { tenant: null, list: undefined };
    const { activeTenantId } = principal.session;
    if (activeTenantId !== null) return requestActiveTenant(this.#server, activeTenantId, signal);
    if (!this.#wantsTenants) return { tenant: null, list: undefined };
    return { tenant: null, list: await requestTenantList(this.#server, signal) };
  }

  #settle(answer: Remembered | null): void {
    this.#failures = 0;
    this.#memory.write(answer);
    if (answer === null) {
      this.#tenants = noTenants;
      this.#show(Object.freeze({ ...this.#initial, status: "signed-out" } as NnoSessionState));
      return;
    }
    this.#show(this.#signedIn(answer, false));
    for (const permission of this.#watched) void this.#askPermission(permission);
    const lastsSeconds = (answer.session.expiresAt.getTime() - Date.now()) / 1000;
    // A session that is over by this machine's clock and not by the server's: the clock is wrong, not the session.
    const waitSeconds = lastsSeconds > 0 ? lastsSeconds + 1 : longestRetrySeconds;
    this.#schedule(Math.min(waitSeconds, longestTimerSeconds));
  }

  #signedIn({ session, user, tenant }: Remembered, stale: boolean): NnoSessionState {
    const { refetch } = this;
    return Object.freeze({
      status: "signed-in",
      session,
      user,
      tenant,
      error: null,
      stale,
      refetch,
    });
  }

  /** @param principal what the server said of the session before it failed over the tenant. */
  #fail(cause: unknown, principal: Principal | undefined): void {
    const error =
      cause instanceof NnoSessionError
        ? cause
        : new NnoSessionError("unexpected_answer", "The session could not be read.", { cause });
    const { session, user } = principal ?? this.#state;
    const { tenant } = this.#state;
    const { refetch } = this;
    const sameTenant = session !== null && tenant?.id === session.activeTenantId ? tenant : null;
    if (this.#tenants.status !== "ready") this.#tenants = { list: [], status: "error" };
    this.#show(
      Object.freeze({
        status: "error",
        session,
        user,
        tenant: sameTenant,
        error,
        stale: true,
        refetch,
      }),
    );
    const backoffSeconds = Math.min(firstRetrySeconds * 2 ** this.#failures, longestRetrySeconds);
    this.#failures += 1;
    // Spread, so that the tabs of a whole platform do not come back in one moment.
    const waitSeconds = Math.max(backoffSeconds, error.retryAfterSeconds ?? 0);
    this.#schedule(waitSeconds * (1 + Math.random() / 4));
  }

  #schedule(seconds: number): void {
    clearTimeout(this.#timer);
    if (this.#listeners.size === 0) return;
    this.#timer = setTimeout(() => void this.load(), seconds * 1000);
  }

  #show(state: NnoSessionState): void {
    const next = sameOr(this.#state, state);
    this.#state = next;
    for (const listener of this.#listeners) listener();
  }
}

function ready(list: readonly NnoTenantSummary[]): TenantListState {
  return Object.freeze({ list, status: "ready" });
}

/** The value that is there already if the new one says the same, so that nothing renders again. */
function sameOr<Value>(present: Value, next: Value): Value {
  return JSON.stringify(present) === JSON.stringify(next) ? present : next;
}
