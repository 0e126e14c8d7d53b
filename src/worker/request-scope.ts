/**
 * Request-scoped state. It exists because Better Auth's callbacks and hooks cannot pass values to each other. This file
 * owns only the scope; each piece of state is declared, typed and documented in the module that writes it.
 */
import { AsyncLocalStorage } from "node:async_hooks";

const storage = new AsyncLocalStorage<object>();

/** Runs `handle` in its own scope. */
export function runInRequestScope<Result>(handle: () => Promise<Result>): Promise<Result> {
  return storage.run({}, handle);
}

/** Outside a scope `set` keeps nothing, and `get` returns undefined. */
export interface RequestState<Value> {
  get: () => Value | undefined;
  set: (value: Value) => void;
  clear: () => void;
}

/** Declares one piece of state. It is undefined at the start of each request. */
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
