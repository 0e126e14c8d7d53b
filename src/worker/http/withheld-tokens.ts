/**
 * Keeps session tokens where scripts cannot read them: in the cookie. Better Auth also writes the token into the JSON of
 * every sign-in, session and list of sessions, and into a header. This middleware removes it from every response under
 * `/api/auth`, including those of added plugins. The owner's routes outside `/api/auth` never receive a session that they
 * could leak. A session's `token` field holds the session's id instead, so that Better Auth's client can still compare and
 * revoke sessions (`auth/sessions/session-ids.ts`).
 *
 * A program without cookies gets the token in the `set-auth-token` header of Better Auth's bearer plugin. Browsers do not
 * (from-browser.ts).
 */
import type { MiddlewareHandler } from "hono";
import { tokenHeader } from "../cookies/program-tokens.ts";
import { hasSessionToken } from "../cookies/session-token.ts";
import { isFromBrowser } from "./from-browser.ts";

/**
 * @param neverReturned the columns of a session that are declared as never returned. Better Auth's route that begins an
 *   impersonation answers with the whole row.
 */
export function withholdTokens(
  basePath: string,
  neverReturned: ReadonlySet<string>,
): MiddlewareHandler {
  return async (context, next) => {
    await next();
    if (!context.req.path.startsWith(`${basePath}/`)) return;
    const { req, res } = context;
    if (isFromBrowser(req.raw.headers) && res.headers.has(tokenHeader))
      res.headers.delete(tokenHeader);
    if (!/\bjson\b/.test(res.headers.get("content-type") ?? "")) return;
    const text = await res.clone().text();
    if (!text.includes('"token":') && !hasSessionToken(text)) return;
    const stripped = JSON.stringify(withoutTokens(JSON.parse(text), neverReturned));
    const headers = new Headers(res.headers);
    headers.delete("Content-Length");
    context.res = new Response(stripped, { status: res.status, headers });
  };
}

function withoutTokens(value: unknown, neverReturned: ReadonlySet<string>): unknown {
  const within = (item: unknown) => withoutTokens(item, neverReturned);
  if (Array.isArray(value)) return value.filter((item) => !isToken(item)).map(within);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).flatMap(([key, item]: [string, unknown]) => {
    if (key === "token" && isSession(value)) return [[key, value.id]];
    if (neverReturned.has(key) && isSession(value)) return [];
    return isToken(item) ? [] : [[key, within(item)]];
  });
  return Object.fromEntries(entries) as unknown;
}

function isToken(value: unknown): boolean {
  return typeof value === "string" && hasSessionToken(value);
}

/**
 * Recognizes a session as Better Auth serializes it. The position in a session is the only way to recognize a token of an
 * older release, since its format is not distinctive.
 */
function isSession(value: object): value is { id: string } {
  return "token" in value && "userId" in value && "expiresAt" in value && "id" in value;
}
