/**
 * State of one request that its arguments cannot carry: Better Auth's callbacks and hooks have no way to hand something to
 * each other. Owns the scope alone. Each piece of state is declared, typed and documented in the module that writes it.
 */
import { AsyncLocalStorage } from "node:async_hooks";

const storage = new AsyncLocalStorage<object>();

/** Runs `handle` in a scope of its own. */
export function runInRequestScope<Result>(handle: () => Promise<Result>): Promise<Result> {
  return storage.run({}, handle);
}

/** Outside a request (maintenance, the outbox) there is no scope: nothing is kept, and `get` returns undefined. */
export interface RequestState<Value> {
  get: () => Value | undefined;
  set: (value: Value) => void;
  clear: () => void;
}

/** Declares one piece of state, which each request begins without. */
export function requestState<Value>(): RequestState<Value> {
  const values = new WeakMap<object, Value>();
  return {
    get: () => {
      const scope = storage.getStore();
      return scope === undefined ? undefined : values.get(scope);
    },
    set: (value) => {
      const scope = storage.getStore();
      if (scope !== undefined) values.set(scope, value);
    },
    clear: () => {
      const scope = storage.getStore();
      if (scope !== undefined) values.delete(scope);
    },
  };
}
