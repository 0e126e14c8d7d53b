/**
 * Loads data that several components of a page use: one request serves all of them, and one component can reload it for
 * all. The cache belongs to the client, so a component that mounts again shows the last data until the new answer is in.
 */
import { type NnoAuthClient, useNnoAuthClient } from "@neutrino-io/sdk";
import { useCallback, useMemo, useSyncExternalStore } from "react";
import type { Outcome } from "./call.ts";
import type { Loaded } from "./use-load.ts";

type State<Data> = Omit<Loaded<Data>, "pending" | "reload">;
type Read<Data> = (client: NnoAuthClient) => Promise<Outcome<Data>>;

class Shared<Data> {
  readonly #listeners = new Set<() => void>();
  readonly #read: () => Promise<Outcome<Data>>;
  #state: State<Data> = { data: undefined, failure: undefined, loading: true };
  #run = 0;
  #pending = 0;

  constructor(read: () => Promise<Outcome<Data>>) {
    this.#read = read;
  }

  readonly getState = () => this.#state;

  /** The first listener starts the request. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    if (this.#listeners.size === 1 && this.#pending === 0) void this.reload();
    return () => this.#listeners.delete(listener);
  };

  readonly reload = async (): Promise<void> => {
    this.#run += 1;
    const run = this.#run;
    this.#pending += 1;
    const outcome = await this.#read();
    this.#pending -= 1;
    // A later request has started in the meantime, and only its answer counts.
    if (run !== this.#run) return;
    this.#state = outcome.ok
      ? { data: outcome.data, failure: undefined, loading: false }
      : { data: this.#state.data, failure: outcome.failure, loading: false };
    for (const listener of this.#listeners) listener();
  };
}

const caches = new WeakMap<NnoAuthClient, Map<string, Shared<unknown>>>();

/** @param key identifies the data and its owner. Every use of a key must pass the same `read`. */
export function useShared<Data>(key: string, read: Read<Data>): Loaded<Data> {
  const client = useNnoAuthClient();
  const shared = useMemo(() => {
    const cache = caches.get(client) ?? new Map<string, Shared<unknown>>();
    caches.set(client, cache);
    const known = cache.get(key) as Shared<Data> | undefined;
    const one = known ?? new Shared<Data>(() => read(client));
    cache.set(key, one);
    return one;
  }, [client, key, read]);
  const state = useSyncExternalStore(shared.subscribe, shared.getState, shared.getState);
  const pending = state.data === undefined && state.failure === undefined;
  return { ...state, pending, reload: useCallback(() => shared.reload(), [shared]) };
}
