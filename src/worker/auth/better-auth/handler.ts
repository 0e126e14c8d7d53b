/**
 * Better Auth's handler, with its endpoints and router built once: its own builds them anew for every request, which
 * costs more than most routes need. What it reads from each request (trusted origins, the base URL) is fixed here by the
 * configuration; with a plugin that makes origins depend on the request, or has a say before the router, its own runs.
 */
import { runWithAdapter } from "@better-auth/core/context";
import type { AuthContext, BetterAuthPlugin } from "better-auth";
import { router } from "better-auth/api";
import type { Auth } from "../auth.ts";

type Handler = (request: Request) => Promise<Response>;

export function createHandler(auth: Auth): Handler {
  // A value, never a promise: workerd settles none of a request that was aborted.
  let handler: Handler | undefined;
  return async (request) => {
    handler ??= buildHandler(auth, await auth.$context);
    return handler(request);
  };
}

function buildHandler(auth: Auth, context: Awaited<Auth["$context"]>): Handler {
  const { adapter, options } = context;
  const trustedOrigins: unknown = options.trustedOrigins;
  const plugins: BetterAuthPlugin[] = options.plugins;
  if (!Array.isArray(trustedOrigins) || plugins.some(({ onRequest }) => onRequest !== undefined)) {
    return auth.handler;
  }
  // Plugins may add origins when they start, after the context's own list was made.
  const own = Object.create(null, Object.getOwnPropertyDescriptors(context)) as AuthContext;
  own.trustedOrigins = [...new Set([...context.trustedOrigins, ...(trustedOrigins as string[])])];
  const { handler } = router(own, auth.options);
  return async (request) => runWithAdapter(adapter, () => handler(request));
}
