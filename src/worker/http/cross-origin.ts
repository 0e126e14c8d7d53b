/**
 * CORS: which origins may read an answer, and which of its headers. Hono's middleware sets its headers before the route runs,
 * and they then replace the route's. Here they are added to the finished answer, so that a plugin's
 * Access-Control-Expose-Headers is kept beside the Worker's own.
 */
import type { MiddlewareHandler } from "hono";
import { cors } from "hono/cors";

/** Has the token of the check against bots, as for Better Auth's captcha plugin. */
export const botCheckHeader = "x-captcha-response";

const exposeHeaders = "Access-Control-Expose-Headers";
const preflightSeconds = 600;

/** @param isTrusted whether an origin may call with credentials. */
export function crossOrigin(isTrusted: (origin: string) => boolean): MiddlewareHandler {
  const addHeaders = cors({
    origin: (origin) => (isTrusted(origin) ? origin : null),
    credentials: true,
    allowHeaders: ["Content-Type", "Authorization", botCheckHeader],
    exposeHeaders: ["Retry-After"],
    maxAge: preflightSeconds,
  });
  return async (context, next) => {
    if (context.req.method === "OPTIONS") return addHeaders(context, next);
    await next();
    const exposed = context.res.headers.get(exposeHeaders);
    // The headers of redirects and of responses from `fetch` are immutable.
    context.res = new Response(context.res.body, context.res);
    await addHeaders(context, async () => {});
    const { headers } = context.res;
    if (exposed !== null) headers.set(exposeHeaders, union(exposed, headers.get(exposeHeaders)));
  };
}

/** The names in both lists, each once (RFC 9110 section 5.1: whatever their case). */
function union(...lists: (string | null)[]): string {
  const names = lists.flatMap((list) => (list ?? "").split(",").map((name) => name.trim()));
  const byKey = new Map(names.filter(Boolean).map((name) => [name.toLowerCase(), name]));
  return [...byKey.values()].join(", ");
}
