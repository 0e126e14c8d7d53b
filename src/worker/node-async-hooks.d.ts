/** The part of Node's API that workerd provides and this Worker uses; all of @types/node would claim too much. */
declare module "node:async_hooks" {
  export class AsyncLocalStorage<Store> {
    run<Result>(store: Store, callback: () => Result): Result;
    getStore(): Store | undefined;
  }
}
