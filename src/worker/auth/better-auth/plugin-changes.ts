/** Better Auth's plugins with a part of them replaced. */
import type { AuthContext, BetterAuthPlugin } from "better-auth";
import { runWithTransaction } from "@better-auth/core/context";

/** A plugin with some of its routes replaced. Two plugins with one path would be a conflict to Better Auth. */
export function withEndpoints<
  Plugin extends BetterAuthPlugin,
  Endpoints extends NonNullable<BetterAuthPlugin["endpoints"]>,
>(plugin: Plugin, endpoints: Endpoints) {
  return { ...plugin, endpoints: { ...plugin.endpoints, ...endpoints } } as Omit<
    Plugin,
    "endpoints"
  > & { endpoints: Omit<NonNullable<Plugin["endpoints"]>, keyof Endpoints> & Endpoints };
}

export type Endpoint = (context: never) => Promise<unknown>;

/** What an endpoint is called with. */
export interface EndpointContext {
  headers?: Headers | undefined;
  query?: unknown;
  body?: unknown;
  context: AuthContext;
}

/**
 * A route with something around it. It goes on with the context that it is given, never with a copy: hooks read from that
 * who has signed in, and would ask nobody for a second factor.
 */
export function around<Given extends Endpoint>(
  endpoint: Given,
  run: (input: EndpointContext) => Promise<unknown>,
): Given {
  return Object.assign((input: EndpointContext) => run(input), endpoint);
}

/**
 * The admin plugin without its hook, which reads the user before each new session and would miss a ban that comes between
 * the two. Instead, `session_refuses_banned` in `db/rules.sql` refuses the session in the statement that would write it, and
 * lifts a ban that is over.
 */
export function withoutBanHook<
  Plugin extends {
    init: (context: AuthContext) => { options: { databaseHooks: { session: unknown } } };
  },
>(plugin: Plugin): Plugin {
  return {
    ...plugin,
    init: (context: AuthContext) => {
      const { session: _, ...databaseHooks } = plugin.init(context).options.databaseHooks;
      return { options: { databaseHooks } };
    },
  };
}

/** An endpoint whose inserts go to the database as one batch. */
export function inTransaction<Endpoint extends (context: never) => Promise<unknown>>(
  endpoint: Endpoint,
): Endpoint {
  const run = (context: never) =>
    runWithTransaction((context as { context: AuthContext }).context.adapter, () =>
      endpoint(context),
    );
  return Object.assign(run, endpoint);
}
