/**
 * What several components of a page read: asked for once for all of them, and again when one of them has changed it. Kept
 * for each client, so that a component which comes back shows what was known until the new answer is in.
 */
import { type NnoAuthClient, useNnoAuthClient } from "@neutrino-io/sdk";
import { useCallback, useMemo, useSyncExternalStore } from "react";
import type { Outcome } from "./call.ts";
import type { Loaded } from "./use-load.ts";

type State<Data> = Omit<Loaded<Data>, "pending" | "reload">;
type Read<Data> = (client: NnoAuthClient) => Promise<Outcome<Data>>;

class Shared<Data> {
  readonly #listeners = new Set<() => void>();
  readonly #ask: () => Promise<Outcome<Data>>;
  #state: State<Data> = { data: undefined, failure: undefined, loading: true };
  #run = 0;
  #asking = 0;

  constructor(ask: () => Promise<Outcome<Data>>) {
    this.#ask = ask;
  }

  readonly getState = () => this.#state;

  /** The first listener has it asked for. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    if (this.#listeners.size === 1 && this.#asking === 0) void this.reload();
    return () => this.#listeners.delete(listener);
  };

  readonly reload = async (): Promise<void> => {
    this.#run += 1;
    const run = this.#run;
    this.#asking += 1;
    const outcome = await this.#ask();
    this.#asking -= 1;
    // A later question has the say.
    if (run !== this.#run) return;
    this.#state = outcome.ok
      ? { data: outcome.data, failure: undefined, loading: false }
      : { data: this.#state.data, failure: outcome.failure, loading: false };
    for (const listener of this.#listeners) listener();
  };
}

const caches = new WeakMap<NnoAuthClient, Map<string, Shared<unknown>>>();

/** @param key names the data, and whose they are; `read` must be the same for a key wherever it is used. */
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
