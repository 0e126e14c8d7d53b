/**
 * What is known of the session, once for a page. Components read it; one request answers all of them. An answer to an
 * earlier question never replaces one to a later question, and a server that cannot answer never signs anybody out.
 */
import { anonymousUser, type NnoTenant, type NnoTenantSummary, type Principal } from "./session.ts";
import { listenToPage, tellOtherTabs, type SessionChange } from "./session-events.ts";
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
const nobodysTenants = ready(noTenants.list);

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
  /** Somebody else may be signed in by now: what was known is not shown once the server fails to say who. */
  #replaced = false;
  #flight: Flight | undefined;
  #disconnect: (() => void) | undefined;
  #askedAt = Number.NEGATIVE_INFINITY;
  #failures = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(server: Server, memory: SessionMemory) {
    this.#server = server;
    this.#memory = memory;
    this.permissions = new TenantPermissions(server, this.getState, () => this.#tell());
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
        // Told late, it may be of a session before this one: only the server knows.
        onOtherTab: (change) => void this.#changed(change === "signed-out" ? "replaced" : change),
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

  /** Asks now. Latest wins: the answer to an earlier question is dropped. Resolves when settled; never rejects. */
  async load(): Promise<void> {
    this.#abort();
    clearTimeout(this.#timer);
    this.#askedAt = Date.now();
    this.permissions.expire();
    const controller = new AbortController();
    const flight: Flight = { controller, done: Promise.resolve() };
    this.#flight = flight;
    flight.done = this.#ask(flight);
    await this.settled();
  }

  /** Resolves when no question is under way; never rejects. */
  async settled(): Promise<void> {
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
    if (change === "replaced") this.#replaced = true;
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
      const { tenant, list } = await this.#askTenant(principal, signal).catch(
        async (error: unknown) => {
          if (!(error instanceof NnoSessionError && error.status === 401)) throw error;
          // The session has ended between the two questions.
          principal = await requestPrincipal(this.#server, signal);
          return this.#askTenant(principal, signal);
        },
      );
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
    this.#replaced = false;
    this.#memory.write(answer);
    if (answer === null) {
      this.#tenants = nobodysTenants;
      this.#show(Object.freeze({ ...this.#initial, status: "signed-out" } as NnoSessionState));
      return;
    }
    this.#show(this.#signedIn(answer, false));
    this.permissions.askWatched();
    const lastsSeconds = (answer.session.expiresAt.getTime() - Date.now()) / 1000;
    // A session that is over by this machine's clock and not by the server's: the clock is wrong, not the session.
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

  /** @param principal what the server said of the session before it failed over the tenant. */
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
    // Spread, so that the tabs of a whole platform do not come back in one moment.
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
    const next = sameOr(this.#state, state);
    this.#state = next;
    this.#tell();
  }

  #tell(): void {
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
