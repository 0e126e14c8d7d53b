/** Completes the responses of `/api/auth`: cache control, Retry-After, an error code, and the scope of their cookies. */
import type { MiddlewareHandler } from "hono";
import { isUnder } from "./base-path.ts";

/** The only cookie that the platform's other hosts may receive. */
const sharedCookie = /^(__Secure-)?better-auth\.session_token=/;
const cookieDomain = /;\s*domain=[^;]*/i;

/** @param publicSeconds how long anyone may cache a route's response; undefined if it must not be cached. */
export function answerHeaders(
  basePath: string,
  publicSeconds: (method: string, path: string) => number | undefined,
): MiddlewareHandler {
  return async (context, next) => {
    await next();
    const { path } = context.req;
    if (!isUnder(basePath, path)) return;
    const coded = await withCode(context.res);
    if (coded !== context.res) context.res = coded;
    const { res } = context;
    const seconds = res.ok ? publicSeconds(context.req.method, path) : undefined;
    if (seconds !== undefined) res.headers.set("Cache-Control", `public, max-age=${seconds}`);
    else if (!res.headers.has("Cache-Control")) res.headers.set("Cache-Control", "no-store");
    const retryAfter = res.headers.get("X-Retry-After");
    if (retryAfter !== null) res.headers.set("Retry-After", retryAfter);
    makeCookiesHostOnly(res.headers);
  };
}

/**
 * Removes the Domain attribute from all cookies but the session cookie. Better Auth gives the cookie that keeps an
 * impersonating admin's own session the attributes of the session cookie, including the parent domain. Any host of the
 * platform could then read the admin's session.
 */
function makeCookiesHostOnly(headers: Headers): void {
  const cookies = headers.getSetCookie();
  if (!cookies.some((cookie) => !sharedCookie.test(cookie) && cookieDomain.test(cookie))) return;
  headers.delete("Set-Cookie");
  for (const cookie of cookies) {
    headers.append("Set-Cookie", sharedCookie.test(cookie) ? cookie : hostOnly(cookie));
  }
}

function hostOnly(cookie: string): string {
  const narrowed = cookie.replace(cookieDomain, "");
  const needsSecure = narrowed.startsWith("__Host-") && !/;\s*secure/i.test(narrowed);
  return needsSecure ? `${narrowed}; Secure` : narrowed;
}

const codes: Record<number, string> = {
  400: "BAD_REQUEST",
  401: "UNAUTHORIZED",
  403: "FORBIDDEN",
  404: "NOT_FOUND",
  405: "METHOD_NOT_ALLOWED",
  415: "UNSUPPORTED_MEDIA_TYPE",
  429: "TOO_MANY_REQUESTS",
};

const messages: Record<number, string> = {
  404: "There is no route at this address. GET /api/auth/openapi.json lists the routes.",
};

/** Adds an error code where Better Auth or its router has sent none; some of their errors have no body either. */
async function withCode(answer: Response): Promise<Response> {
  const code = codes[answer.status];
  if (code === undefined) return answer;
  const text = await answer.clone().text();
  const body = parse(text);
  if (typeof body["code"] === "string") return answer;
  const message =
    typeof body["message"] === "string"
      ? body["message"]
      : (messages[answer.status] ?? "The request was refused.");
  const headers = new Headers(answer.headers);
  headers.set("Content-Type", "application/json");
  headers.delete("Content-Length");
  return new Response(JSON.stringify({ ...body, code, message }), {
    status: answer.status,
    headers,
  });
}

function parse(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
