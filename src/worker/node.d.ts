/**
 * The parts of Node's API that workerd provides and this Worker uses. @types/node is not used for the Worker, because it
 * declares far more than workerd has.
 */
declare module "node:async_hooks" {
  export class AsyncLocalStorage<Store> {
    run<Result>(store: Store, callback: () => Result): Result;
    getStore(): Store | undefined;
  }
}

declare module "node:crypto" {
  interface ScryptOptions {
    N: number;
    r: number;
    p: number;
    maxmem: number;
  }
  /** Runs natively and blocks the isolate's thread. */
  export function scryptSync(
    password: string | Uint8Array,
    salt: string | Uint8Array,
    keyLength: number,
    options: ScryptOptions,
  ): Uint8Array;
  export function timingSafeEqual(one: Uint8Array, other: Uint8Array): boolean;
}
