/**
 * The session of a request, for hooks that run before its route. Better Auth gives every such hook the request's headers
 * as they came: what the bearer plugin makes of an Authorization header reaches the route alone. A rule that asked for
 * the session as routes do would take whoever sends a bearer token for signed out, and let them pass.
 */
import { createAuthMiddleware, getAuthoritativeSessionFromCtx } from "better-auth/api";
import { bearer } from "better-auth/plugins/bearer";

type HookContext = Parameters<Parameters<typeof createAuthMiddleware>[0]>[0];

/** The only bearer plugin: a token that is not signed by the platform's secret is none. */
export const bearerPlugin = bearer({ requireSignature: true });

/** The session as the database has it, by cookie or by bearer token; `null` when signed out. */
export async function sessionBeforeRoute(ctx: HookContext) {
  return getAuthoritativeSessionFromCtx({ ...ctx, headers: await headersOfRoute(ctx) });
}

/** The session token that the route will read, once its signature has been found to be right. */
export async function tokenBeforeRoute(ctx: HookContext): Promise<string | undefined> {
  const headers = await headersOfRoute(ctx);
  const token = await readSessionCookie({ ...ctx, headers, returnHeaders: false });
  return typeof token === "string" ? token : undefined;
}

/** Reads from the headers of the context that it is called with. */
const readSessionCookie = createAuthMiddleware(async (ctx) =>
  ctx.getSignedCookie(ctx.context.authCookies.sessionToken.name, ctx.context.secret),
);

async function headersOfRoute(ctx: HookContext): Promise<Headers | undefined> {
  let headers = ctx.headers;
  for (const { handler } of bearerPlugin.hooks.before) {
    // As a hook itself, `ctx` asks for the answer's headers beside the answer.
    const translated = await handler({ ...ctx, returnHeaders: false });
    headers = translated?.context.headers ?? headers;
  }
  return headers;
}
