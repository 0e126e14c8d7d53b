/** What a component reads when it appears: loaded once for its `key`, again on demand, and never after it has gone. */
import { useCallback, useEffect, useRef, useState } from "react";
import type { Failure, Outcome } from "./call.ts";

export interface Loaded<Data> {
  data: Data | undefined;
  failure: Failure | undefined;
  loading: boolean;
  /** Nothing is known yet: neither data, nor that there is none to be had. */
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
  // Before the effect below, which reads.
  useEffect(() => {
    latest.current.read = read;
  });

  const reload = useCallback(async () => {
    latest.current.run += 1;
    const { run } = latest.current;
    const outcome = await latest.current.read();
    // A later read, for another key, has the say.
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
