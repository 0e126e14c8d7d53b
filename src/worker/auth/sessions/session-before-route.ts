/**
 * Reads the session of a request in hooks that run before its route. Better Auth gives every such hook the original
 * headers: the cookie that the bearer plugin makes of an Authorization header reaches only the route. A rule that read
 * the session as routes do would take a caller with a bearer token for signed out, and let the request pass.
 */
import { createAuthMiddleware, getAuthoritativeSessionFromCtx } from "better-auth/api";
import { bearer } from "better-auth/plugins/bearer";

type HookContext = Parameters<Parameters<typeof createAuthMiddleware>[0]>[0];

/** The only instance of the bearer plugin. It ignores a token that is not signed with the platform's secret. */
export const bearerPlugin = bearer({ requireSignature: true });

/** Reads the session from the database, by cookie or by bearer token; `null` when the caller is signed out. */
export async function sessionBeforeRoute(ctx: HookContext) {
  return getAuthoritativeSessionFromCtx({ ...ctx, headers: await headersOfRoute(ctx) });
}

/** The session token that the route will use; undefined without a valid signature. */
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
    // The context of a hook has `returnHeaders` set, which would wrap the result.
    const translated = await handler({ ...ctx, returnHeaders: false });
    headers = translated?.context.headers ?? headers;
  }
  return headers;
}
