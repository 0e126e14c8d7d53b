/**
 * No session token leaves but in its cookie, which scripts cannot read: Better Auth writes it into the JSON of every
 * sign-in, session and list of sessions, and into a header. Here, at the door, it is taken out of every answer under
 * `/api/auth`, also of a plugin that somebody adds; the owner's routes beside it are not given a session to write. In a
 * session's own `token` stands its id, so that Better Auth's client can go on comparing sessions and ending them
 * (`auth/sessions/session-ids.ts`).
 *
 * A program that keeps no cookies gets the token in the header `set-auth-token`, as Better Auth's bearer plugin sends it.
 * Browsers do not: their requests say `Origin` or `Sec-Fetch-Site`, and no script can make them say neither.
 */
import type { MiddlewareHandler } from "hono";
import { hasSessionToken } from "../cookies/session-token.ts";

const tokenHeader = "set-auth-token";

export function withholdTokens(basePath: string): MiddlewareHandler {
  return async (context, next) => {
    await next();
    if (!context.req.path.startsWith(`${basePath}/`)) return;
    const { req, res } = context;
    const fromBrowser =
      req.header("origin") !== undefined || req.header("sec-fetch-site") !== undefined;
    if (fromBrowser && res.headers.has(tokenHeader)) res.headers.delete(tokenHeader);
    if (!/\bjson\b/.test(res.headers.get("content-type") ?? "")) return;
    const text = await res.clone().text();
    if (!text.includes('"token":') && !hasSessionToken(text)) return;
    const kept = JSON.stringify(withhold(JSON.parse(text)));
    const headers = new Headers(res.headers);
    headers.delete("Content-Length");
    context.res = new Response(kept, { status: res.status, headers });
  };
}

function withhold(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((item) => !isToken(item)).map(withhold);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).flatMap(([key, item]: [string, unknown]) => {
    if (key === "token" && isSession(value)) return [[key, value.id]];
    return isToken(item) ? [] : [[key, withhold(item)]];
  });
  return Object.fromEntries(entries) as unknown;
}

function isToken(value: unknown): boolean {
  return typeof value === "string" && hasSessionToken(value);
}

/** A session as Better Auth writes it. Tokens of older releases cannot be told by their looks, but by their place. */
function isSession(value: object): value is { id: string } {
  return "token" in value && "userId" in value && "expiresAt" in value && "id" in value;
}
