/** What every answer of `/api/auth` carries or must not: caching, Retry-After, and the reach of its cookies. */
import type { MiddlewareHandler } from "hono";
import { authError } from "./problem.ts";

/** The one cookie that other hosts of the platform may have. */
const sharedCookie = /^(__Secure-)?better-auth\.session_token=/;
const cookieDomain = /;\s*domain=[^;]*/i;
const jwksSeconds = 5 * 60;
const retrySeconds = 5;

export function answerHeaders(basePath: string): MiddlewareHandler {
  return async (context, next) => {
    await next();
    const { path } = context.req;
    if (!path.startsWith(`${basePath}/`)) return;
    const { res } = context;
    // Keys are public and change rarely; a verifier that meets an unknown key id asks again.
    const isJwks = path === `${basePath}/jwks` && res.ok;
    if (isJwks) res.headers.set("Cache-Control", `public, max-age=${jwksSeconds}`);
    else if (!res.headers.has("Cache-Control")) res.headers.set("Cache-Control", "no-store");
    const retryAfter = res.headers.get("X-Retry-After");
    if (retryAfter !== null) res.headers.set("Retry-After", retryAfter);
    keepCookiesOnThisHost(res.headers);
  };
}

/**
 * Better Auth gives the impersonating admin's own cookie the attributes of the session cookie, and so the parent domain:
 * any host of the platform could read an admin's session.
 */
function keepCookiesOnThisHost(headers: Headers): void {
  const cookies = headers.getSetCookie();
  if (!cookies.some((cookie) => !sharedCookie.test(cookie) && cookieDomain.test(cookie))) return;
  headers.delete("Set-Cookie");
  for (const cookie of cookies) {
    headers.append(
      "Set-Cookie",
      sharedCookie.test(cookie) ? cookie : cookie.replace(cookieDomain, ""),
    );
  }
}

/** The answer in place of one that was made from a failed query; says nothing about sessions and ends none. */
export function databaseFailed(failure: "unavailable" | "failed", answer: Response): Response {
  const replacement = authError(
    failure === "unavailable"
      ? {
          status: 503,
          code: "DATABASE_UNAVAILABLE",
          detail: "The database cannot be reached. Try again in a few seconds.",
          headers: { "Retry-After": String(retrySeconds) },
        }
      : { status: 500, code: "DATABASE_FAILED", detail: "The request could not be carried out." },
  );
  for (const [name, value] of answer.headers) {
    const kept = name.startsWith("access-control-") || name === "vary" || name.startsWith("x-");
    if (kept) replacement.headers.set(name, value);
  }
  return replacement;
}
