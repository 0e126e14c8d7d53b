/**
 * Answers database calls of one endpoint differently. The interception sits in the adapter that the instance is built with,
 * so every way that Better Auth may take to the database passes it: the context's adapter, the internal adapter, and
 * transactions of either. Which calls are answered is said by the changes that run around the endpoint (`override.ts`).
 */
import { AsyncLocalStorage } from "node:async_hooks";
import type { BetterAuthOptions } from "better-auth";
import type { DBAdapter } from "@better-auth/core/db/adapter";
import type { ChangeName } from "./changes.ts";
import { isUpstreamChanged } from "./upstream-changed.ts";

export type FindOne = Parameters<DBAdapter["findOne"]>[0];
export type FindMany = Parameters<DBAdapter["findMany"]>[0];
type Count = Parameters<DBAdapter["count"]>[0];
type Create = Parameters<DBAdapter["create"]>[0];

/** An `update`, `updateMany` or `incrementOne`: a change to what Better Auth calls must not evade its interception. */
interface Write {
  model: string;
  where: NonNullable<FindMany["where"]>;
  set: Record<string, unknown>;
}

/** @param next asks the outer changes, and then the database. */
type Handler<Query> = (
  query: Query,
  next: (query?: Query) => Promise<unknown>,
  call: { inTransaction: boolean },
) => Promise<unknown>;

interface Handlers {
  findOne: Handler<FindOne>;
  findMany: Handler<FindMany>;
  count: Handler<Count>;
  create: Handler<Create>;
  /** Answers the row as it is now, or null when there is none. */
  write: Handler<Write>;
}

export type Interception = Partial<Handlers>;

/** One change around one run of an endpoint; the database calls of the endpoint meet the innermost first. */
export interface Run {
  change: ChangeName;
  interception: Interception;
  outer: Run | undefined;
  fired: boolean;
  /** An UPSTREAM_CHANGED of a handler. Better Auth swallows some errors; this one stands. */
  broken: unknown;
}

const running = new AsyncLocalStorage<Run | undefined>();

/** The change that runs innermost around the current call. */
export const currentRun = (): Run | undefined => running.getStore();

/** Runs `call` with its database calls intercepted. */
export const runIntercepted = <Result>(run: Run, call: () => Result): Result =>
  running.run(run, call);

/** Says that a change took effect which is not around an endpoint, but in an object that the endpoint calls. */
export function recordFiring(change: ChangeName): void {
  for (let run = currentRun(); run !== undefined; run = run.outer) {
    if (run.change === change) run.fired = true;
  }
}

/** The adapter of `createAdapter`, whose calls the running changes may answer. */
export function interceptable(
  createAdapter: (options: BetterAuthOptions) => DBAdapter,
): (options: BetterAuthOptions) => DBAdapter {
  return (options) => {
    const adapter = createAdapter(options);
    return {
      ...adapter,
      ...intercepted(adapter, false),
      transaction: async (callback) =>
        adapter.transaction(async (inner) => callback({ ...inner, ...intercepted(inner, true) })),
    };
  };
}

type Operations = Pick<
  DBAdapter,
  "findOne" | "findMany" | "count" | "create" | "update" | "updateMany" | "incrementOne"
>;

function intercepted(adapter: Operations, inTransaction: boolean): Operations {
  const ask = async <Operation extends keyof Handlers>(
    operation: Operation,
    query: Parameters<Handlers[Operation]>[0],
    call: (query: Parameters<Handlers[Operation]>[0]) => Promise<unknown>,
    run = currentRun(),
  ): Promise<unknown> => {
    if (run === undefined) return call(query);
    const handler = run.interception[operation] as
      | Handler<Parameters<Handlers[Operation]>[0]>
      | undefined;
    const next = async (changed = query) =>
      run.outer === undefined ? call(changed) : ask(operation, changed, call, run.outer);
    if (handler === undefined) return next();
    try {
      // What the handler itself asks of the database is not the endpoint's: this change does not answer it.
      return await running.run(run.outer, async () => handler(query, next, { inTransaction }));
    } catch (error) {
      if (isUpstreamChanged(error)) run.broken = error;
      throw error;
    }
  };
  const write = async (
    model: string,
    where: Write["where"],
    set: Record<string, unknown>,
    call: () => Promise<unknown>,
  ) => ask("write", { model, where, set }, call);

  return {
    findOne: async (query) =>
      (await ask("findOne", query, async (q) => adapter.findOne(q))) as never,
    findMany: async (query) =>
      (await ask("findMany", query, async (q) => adapter.findMany(q))) as never,
    count: async (query) => (await ask("count", query, async (q) => adapter.count(q))) as number,
    create: async (query) =>
      (await ask("create", query as Create, async (q) => adapter.create(q))) as never,
    update: async (query) =>
      (await write(query.model, query.where, query.update, async () =>
        adapter.update(query),
      )) as never,
    updateMany: async (query) => {
      const written = await write(query.model, query.where, query.update, async () =>
        adapter.updateMany(query),
      );
      return typeof written === "number" ? written : written === null ? 0 : 1;
    },
    incrementOne: async (query) =>
      (await write(query.model, query.where, query.set ?? {}, async () =>
        adapter.incrementOne(query),
      )) as never,
  };
}
