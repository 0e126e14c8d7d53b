/**
 * The session as this page knows it. All components read it from here, and one request serves them all. The answer to an
 * earlier request never replaces that to a later one, and a server that is down never signs anybody out.
 */
import { anonymousUser, type NnoTenant, type NnoTenantSummary, type Principal } from "./session.ts";
import { listenToPage, notifyOtherTabs, type SessionChange } from "./session-events.ts";
import type { NnoSessionState, TenantListState } from "./session-state.ts";
import type { Remembered, SessionMemory } from "./session-memory.ts";
import {
  NnoSessionError,
  requestActiveTenant,
  requestPrincipal,
  requestTenantList,
  type Server,
} from "./session-request.ts";
import { TenantPermissions } from "./tenant-permissions.ts";

/** The focus of the window causes at most one request in this time. */
const attentionSeconds = 5;
const firstRetrySeconds = 2;
const longestRetrySeconds = 60;
/** A timer of more than 2^31 ms overflows and fires at once. */
const longestTimerSeconds = 24 * 60 * 60;

interface Flight {
  controller: AbortController;
  done: Promise<void>;
}

const noTenants: TenantListState = Object.freeze({ list: Object.freeze([]), status: "loading" });
const tenantsSignedOut = ready(noTenants.list);

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
  readonly permissions: TenantPermissions;
  /** Another user may be signed in by now. If the server cannot say who, the last known session must not be shown. */
  #replaced = false;
  #flight: Flight | undefined;
  #disconnect: (() => void) | undefined;
  #requestedAt = Number.NEGATIVE_INFINITY;
  #failures = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(server: Server, memory: SessionMemory) {
    this.#server = server;
    this.#memory = memory;
    this.permissions = new TenantPermissions(server, this.getState, () => this.#notify());
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
  /** The state for server rendering, and for the first render in the browser that hydrates it. */
  readonly getServerState = (): NnoSessionState => this.#initial;
  readonly getServerTenants = (): TenantListState => noTenants;

  /** The first listener starts the requests. When the last one leaves, they end. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    if (this.#disconnect === undefined) {
      this.#disconnect = listenToPage(this.#server.baseUrl, this.#self, {
        onAttention: () => this.#onAttention(),
        onOnline: () => void this.load(),
        // The message may be late and about an earlier session, so only the server can tell.
        onOtherTab: (change) => void this.#changed(change === "signed-out" ? "replaced" : change),
      });
      if (this.#flight === undefined) void this.load();
    }
    return () => {
      this.#listeners.delete(listener);
      // React may remove a listener and add it again in one go. That is not the last one leaving.
      queueMicrotask(() => {
        if (this.#listeners.size > 0) return;
        this.#disconnect?.();
        this.#disconnect = undefined;
        this.#abort();
        clearTimeout(this.#timer);
      });
    };
  };

  /** Like `subscribe`, and also keeps the list of tenants up to date. */
  readonly subscribeTenants = (listener: () => void): (() => void) => {
    this.#wantsTenants = true;
    const unsubscribe = this.subscribe(listener);
    // A request that is already in flight will load the list as well.
    const idle = this.#flight === undefined;
    if (idle && this.#state.session !== null && this.#tenants.status === "loading") {
      void this.load();
    }
    return unsubscribe;
  };

  /** Requests the session now, and drops the answers to earlier requests. Resolves when settled; never rejects. */
  async load(): Promise<void> {
    this.#abort();
    clearTimeout(this.#timer);
    this.#requestedAt = Date.now();
    this.permissions.expire();
    const controller = new AbortController();
    const flight: Flight = { controller, done: Promise.resolve() };
    this.#flight = flight;
    flight.done = this.#request(flight);
    await this.settled();
  }

  /** Resolves when no request is in flight; never rejects. */
  async settled(): Promise<void> {
    while (this.#flight !== undefined) await this.#flight.done;
  }

  /** To be called after a call of the client has changed who is signed in, or the data of the session. */
  async changed(change: SessionChange): Promise<void> {
    notifyOtherTabs(this.#server.baseUrl, this.#self, change);
    await this.#changed(change);
  }

  /** To be called after the server has refused a call with 401. */
  onUnauthorized(): void {
    if (this.#state.status === "signed-in" && this.#flight === undefined) void this.load();
  }

  async #changed(change: SessionChange): Promise<void> {
    if (change === "signed-out") {
      // Sends no request: if the server were down, the session that has just ended would stay on screen.
      this.#abort();
      clearTimeout(this.#timer);
      this.#settle(null);
      return;
    }
    if (this.#requestedAt === Number.NEGATIVE_INFINITY) {
      // No component has requested the session yet. The remembered one may be that of another user.
      this.#state = this.#initial;
      this.#memory.write(null);
      return;
    }
    if (change === "replaced") this.#replaced = true;
    await this.load();
  }

  #abort(): void {
    const flight = this.#flight;
    this.#flight = undefined;
    flight?.controller.abort();
  }

  #onAttention(): void {
    const idle = this.#flight === undefined;
    if (idle && Date.now() - this.#requestedAt >= attentionSeconds * 1000) void this.load();
  }

  async #request(flight: Flight): Promise<void> {
    const { signal } = flight.controller;
    let principal: Principal | null | undefined;
    try {
      principal = await requestPrincipal(this.#server, signal);
      const { tenant, list } = await this.#requestTenant(principal, signal).catch(
        async (error: unknown) => {
          if (!(error instanceof NnoSessionError && error.status === 401)) throw error;
          // The session has ended between the two requests.
          principal = await requestPrincipal(this.#server, signal);
          return this.#requestTenant(principal, signal);
        },
      );
      if (this.#flight !== flight) return;
      this.#flight = undefined;
      this.#tenants = list === undefined ? noTenants : keepIfEqual(this.#tenants, ready(list));
      this.#settle(principal === null ? null : { ...principal, tenant });
    } catch (error) {
      if (this.#flight !== flight) return;
      this.#flight = undefined;
      this.#fail(error, principal ?? undefined);
    }
  }

  async #requestTenant(
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
    this.#replaced = false;
    this.#memory.write(answer);
    if (answer === null) {
      this.#tenants = tenantsSignedOut;
      this.#show(Object.freeze({ ...this.#initial, status: "signed-out" } as NnoSessionState));
      return;
    }
    this.#show(this.#signedIn(answer, false));
    this.permissions.requestWatched();
    const lastsSeconds = (answer.session.expiresAt.getTime() - Date.now()) / 1000;
    // The server still knows a session that has expired by this machine's clock, so the clock is wrong.
    const waitSeconds = lastsSeconds > 0 ? lastsSeconds + 1 : longestRetrySeconds;
    this.#schedule(waitSeconds);
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

  /** @param principal the session, if the server answered with it and failed only at the tenant. */
  #fail(cause: unknown, principal: Principal | undefined): void {
    const error =
      cause instanceof NnoSessionError
        ? cause
        : new NnoSessionError("unexpected_answer", "The session could not be read.", { cause });
    if (this.#replaced) this.#memory.write(null);
    const known = this.#replaced ? this.#initial : this.#state;
    const { session, user } = principal ?? known;
    const { refetch } = this;
    const sameTenant = session !== null && known.tenant?.id === session.activeTenantId;
    if (this.#replaced || this.#tenants.status !== "ready") {
      this.#tenants = { list: [], status: "error" };
    }
    if (principal !== undefined) this.#replaced = false;
    this.#show(
      Object.freeze({
        status: "error",
        session,
        user,
        tenant: sameTenant ? known.tenant : null,
        error,
        stale: true,
        refetch,
      }),
    );
    const backoffSeconds = Math.min(firstRetrySeconds * 2 ** this.#failures, longestRetrySeconds);
    this.#failures += 1;
    // Random, so that the tabs of a whole platform do not all return at the same moment.
    const waitSeconds = Math.max(backoffSeconds, error.retryAfterSeconds ?? 0);
    this.#schedule(waitSeconds * (1 + Math.random() / 4));
  }

  #schedule(seconds: number): void {
    clearTimeout(this.#timer);
    if (this.#listeners.size === 0) return;
    const milliseconds = Math.min(seconds, longestTimerSeconds) * 1000;
    this.#timer = setTimeout(() => void this.load(), milliseconds);
  }

  #show(state: NnoSessionState): void {
    const next = keepIfEqual(this.#state, state);
    this.#state = next;
    this.#notify();
  }

  #notify(): void {
    for (const listener of this.#listeners) listener();
  }
}

function ready(list: readonly NnoTenantSummary[]): TenantListState {
  return Object.freeze({ list, status: "ready" });
}

/** Keeps the present value if the new one is equal, so that nothing renders again. */
function keepIfEqual<Value>(present: Value, next: Value): Value {
  return JSON.stringify(present) === JSON.stringify(next) ? present : next;
}
