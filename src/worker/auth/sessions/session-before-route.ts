/**
 * The session of a request, for hooks that run before its route. Better Auth gives every such hook the request's headers
 * as they came: what the bearer plugin makes of an Authorization header reaches the route alone. A rule that asked for
 * the session as routes do would treat a caller with a bearer token as signed out, and let them pass.
 */
import { createAuthMiddleware, getAuthoritativeSessionFromCtx } from "better-auth/api";
import { translateBearer } from "../better-auth/bearer.ts";

type HookContext = Parameters<Parameters<typeof createAuthMiddleware>[0]>[0];

/** The session as the database has it, by cookie or by bearer token; `null` when signed out. */
export async function sessionBeforeRoute(ctx: HookContext) {
  return getAuthoritativeSessionFromCtx({ ...ctx, headers: await translateBearer(ctx) });
}

/** The session token that the route will read; undefined unless its signature is right. */
export async function tokenBeforeRoute(ctx: HookContext): Promise<string | undefined> {
  const headers = await translateBearer(ctx);
  const token = await readSessionCookie({ ...ctx, headers, returnHeaders: false });
  return typeof token === "string" ? token : undefined;
}

/** Reads from the headers of the context that it is called with. */
const readSessionCookie = createAuthMiddleware(async (ctx) =>
  ctx.getSignedCookie(ctx.context.authCookies.sessionToken.name, ctx.context.secret),
);
