/** Loads data when a component mounts or its `key` changes, and again on demand. Answers after unmounting are ignored. */
import { useCallback, useEffect, useRef, useState } from "react";
import type { Failure, Outcome } from "./call.ts";

export interface Loaded<Data> {
  data: Data | undefined;
  failure: Failure | undefined;
  loading: boolean;
  /** There is neither data nor a failure yet. */
  pending: boolean;
  reload: () => Promise<void>;
}

export function useLoad<Data>(key: string, read: () => Promise<Outcome<Data>>): Loaded<Data> {
  const [state, setState] = useState<Omit<Loaded<Data>, "pending" | "reload"> & { key: string }>({
    data: undefined,
    failure: undefined,
    loading: true,
    key,
  });
  const latest = useRef({ read, run: 0 });
  // Must stand before the effect below, which calls it.
  useEffect(() => {
    latest.current.read = read;
  });

  const reload = useCallback(async () => {
    latest.current.run += 1;
    const { run } = latest.current;
    const outcome = await latest.current.read();
    // A later read has started in the meantime, and only its answer counts.
    if (run !== latest.current.run) return;
    setState((before) =>
      outcome.ok
        ? { data: outcome.data, failure: undefined, loading: false, key }
        : {
            data: before.key === key ? before.data : undefined,
            failure: outcome.failure,
            loading: false,
            key,
          },
    );
  }, [key]);
  useEffect(() => {
    const reads = latest.current;
    void reload();
    return () => {
      reads.run += 1;
    };
  }, [reload]);
  return {
    ...state,
    loading: state.loading || (state.key !== key && state.failure === undefined),
    pending: state.data === undefined && state.failure === undefined,
    reload,
  };
}
