/**
 * Better Auth's handler, with its endpoints and router built once (`buildRouterOnce`): its own handler builds them anew for
 * every request, which costs more than most routes need. What it derives from each request, the trusted origins and the base
 * URL, the configuration fixes here. If a plugin makes origins depend on the request, or acts before the router, Better
 * Auth's own handler runs.
 */
import { runWithAdapter } from "@better-auth/core/context";
import type { AuthContext, BetterAuthPlugin } from "better-auth";
import { router } from "better-auth/api";
import type { Auth } from "../auth.ts";
import { assertUpstream } from "./upstream-changed.ts";

type Handler = (request: Request) => Promise<Response>;

/** @param createRouter Better Auth's, unless a test has another. */
export function createHandler(
  auth: Auth,
  createRouter: (...input: Parameters<typeof router>) => { handler?: unknown } = router,
): Handler {
  // Keeps a value, never a promise: workerd does not settle the promises of a request that was aborted.
  let handler: Handler | undefined;
  return async (request) => {
    handler ??= buildHandler(auth, await auth.$context, createRouter);
    return handler(request);
  };
}

function buildHandler(
  auth: Auth,
  context: Awaited<Auth["$context"]>,
  createRouter: (...input: Parameters<typeof router>) => { handler?: unknown },
): Handler {
  const { adapter, options } = context;
  const trustedOrigins: unknown = options.trustedOrigins;
  const plugins: BetterAuthPlugin[] = options.plugins;
  if (!Array.isArray(trustedOrigins) || plugins.some(({ onRequest }) => onRequest !== undefined)) {
    return auth.handler;
  }
  // Plugins may add origins when they start, after the context's own list was made.
  const own = Object.create(null, Object.getOwnPropertyDescriptors(context)) as AuthContext;
  own.trustedOrigins = [...new Set([...context.trustedOrigins, ...(trustedOrigins as string[])])];
  const { handler } = createRouter(own, auth.options);
  assertUpstream("buildRouterOnce", typeof handler === "function", "the router has no handler");
  return async (request) => runWithAdapter(adapter, () => (handler as Handler)(request));
}
