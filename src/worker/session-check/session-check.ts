/**
 * Who is there: `GET /api/auth/session`, and Better Auth's own `GET /api/auth/get-session`. Every page of every app asks,
 * so a plain check is answered here, past the router and Better Auth: one signature, one D1 query. There is no cache: a
 * session that was revoked is gone for the next request.
 *
 * Whatever is not plain (a refresh that is due, a session that has ended, another secret's signature, query parameters,
 * plugins that look at session checks) is Better Auth's to answer, and `test/worker/session-check/property.test.ts` holds
 * both to the same answer and the same effect.
 */
import { databaseFailed } from "../http/database-failure.ts";
import type { Auth } from "../auth/auth.ts";
import { paths } from "../auth/routes/paths.ts";
import type { Database } from "../db/database.ts";
import { DatabaseError } from "../db/errors.ts";
import { latestExpiry, type SessionLimits } from "../auth/sessions/lifetime.ts";
import { readSessionToken } from "../cookies/session-token.ts";
import { areHeadersTooLarge } from "../http/header-limits.ts";
import { authError, describeError } from "../http/problem.ts";
import { withSecurityHeaders } from "../http/security-headers.ts";
import { bindingCookie, browserHeader, isBoundTo } from "../cookies/binding.ts";
import { importKey, readCookie, readSigned, unusual } from "./cookie.ts";
import { readExactness } from "./exactness.ts";
import { createSessionQuery, type FoundSession } from "./query.ts";

/** `{"session": null}`, or the session and its user; never the token, which any script of the platform could read. */
export async function readSession(auth: Auth, request: Request): Promise<Response> {
  const { headers, response } = await auth.api.getSession({
    headers: request.headers,
    returnHeaders: true,
  });
  const answerHeaders = new Headers(ownHeaders.session);
  // A refreshed session brings its cookie; an ended one takes it away.
  for (const cookie of headers?.getSetCookie() ?? []) answerHeaders.append("Set-Cookie", cookie);
  if (response === null) return new Response(nobody.session, { headers: answerHeaders });
  const { token: _, ...session } = response.session;
  return Response.json({ session, user: response.user }, { headers: answerHeaders });
}

/** The two routes: ours, and Better Auth's. */
type Route = "session" | "get-session";

/** What each route adds to the headers of every answer. */
export const ownHeaders: Record<Route, Record<string, string>> = {
  session: { "Content-Type": "application/json", "Cache-Control": "no-store" },
  "get-session": {
    "Content-Type": "application/json",
    "Cache-Control": "no-store",
    Pragma: "no-cache",
  },
};

const nobody: Record<Route, string> = { session: '{"session":null}', "get-session": "null" };

interface Options {
  auth: Auth;
  database: Database;
  basePath: string;
  /** Whether a cookie that the current secret did not sign may have been signed by an older one. */
  olderSecrets: boolean;
  /** Whether browsers must show the binding of their session; see cookies/binding.ts. */
  bound: boolean;
  limits: SessionLimits;
  headers: Record<Route, (origin: string | null) => Headers | Promise<Headers>>;
}

/** Answers a plain session check; undefined for every other request. */
export type SessionCheck = (
  request: Request,
) => Response | undefined | Promise<Response | undefined>;

export function createSessionCheck(options: Options): SessionCheck {
  const { basePath, headers } = options;
  const routes = new Map<string, Route>([
    [`${basePath}${paths.session}`, "session"],
    [`${basePath}${options.auth.api.getSession.path}`, "get-session"],
  ]);
  // A value, never a promise: workerd settles none of a request that was aborted, and all behind it would hang.
  let prepared: Prepared | undefined;

  const check = async (route: Route, request: Request): Promise<Response | undefined> => {
    const answer = { headers: await headers[route](request.headers.get("origin")) };
    let found: FoundSession | null | undefined;
    try {
      prepared ??= await prepare(options);
      if (!prepared.exact[route]) return undefined;
      found = await findSession(request.headers, prepared, options);
    } catch (error) {
      console.error(`session check: ${describeError(error)}`);
      // A plugin that does not start, say: the app answers for it, as on every route.
      if (!(error instanceof DatabaseError)) return undefined;
      const failure = error.kind === "unavailable" ? "unavailable" : "failed";
      return withSecurityHeaders(databaseFailed(failure, new Response(null, answer), authError));
    }
    if (found === undefined) return undefined;
    if (found === null) return new Response(nobody[route], answer);
    const { session, user } = found;
    if (route === "get-session") {
      // Where Better Auth has the token stands the id: http/withheld-tokens.ts.
      const named = { ...session, token: session["id"] };
      return new Response(JSON.stringify({ session: named, user }), answer);
    }
    const { token: _, ...shown } = session;
    return new Response(JSON.stringify({ session: shown, user }), answer);
  };

  return (request) => {
    const { url, headers: asked } = request;
    const route = routes.get(url.slice(url.indexOf("/", "https://".length)));
    if (route === undefined || request.method !== "GET" || request.body !== null) return undefined;
    if (asked.has("authorization") || areHeadersTooLarge(asked)) return undefined;
    // Somebody who has no session's cookie need not wait for a turn of the loop.
    if (prepared?.exact[route] === true && isNobody(asked.get("cookie"), prepared)) {
      const remembered = headers[route](asked.get("origin"));
      if (remembered instanceof Headers)
        return new Response(nobody[route], { headers: remembered });
    }
    return check(route, request);
  };
}

interface Prepared {
  exact: Record<Route, boolean>;
  key: CryptoKey;
  query: (token: string) => Promise<FoundSession | undefined>;
  cookies: { session: string; data: string; dontRemember: string };
  /** A session that ends in less than this is prolonged. */
  refreshMilliseconds: number;
}

async function prepare({ auth, database }: Options): Promise<Prepared> {
  const context = await auth.$context;
  const { authCookies, sessionConfig } = context;
  const query = createSessionQuery(context.options, database);
  const { call, route } = readExactness(context.options, auth.api.getSession.path);
  return {
    exact: { session: call && query !== undefined, "get-session": route && query !== undefined },
    key: await importKey(context.secret),
    query: query ?? (async () => undefined),
    cookies: {
      session: authCookies.sessionToken.name,
      data: authCookies.sessionData.name,
      dontRemember: authCookies.dontRememberToken.name,
    },
    refreshMilliseconds: (sessionConfig.expiresIn - sessionConfig.updateAge) * 1000,
  };
}

/** Whether a Cookie header has nothing to look at. */
function isNobody(header: string | null, { cookies }: Prepared): boolean {
  return header === null || !(header.includes(cookies.session) || header.includes(cookies.data));
}

/** The session of a Cookie header; null when nobody is there; undefined when Better Auth must say. */
async function findSession(
  headers: Headers,
  { key, query, cookies, refreshMilliseconds }: Prepared,
  { olderSecrets, bound, limits }: Options,
): Promise<FoundSession | null | undefined> {
  const header = headers.get("cookie");
  if (header === null) return null;
  // A left-over of a session cache, which Better Auth takes away.
  if (header.includes(cookies.data)) return undefined;
  const cookie = readCookie(header, cookies.session);
  if (cookie === undefined) return null;
  if (cookie === unusual) return undefined;
  // A browser without the binding may have been given the cookie by a neighbour; the middleware takes it away.
  if (bound && headers.has(browserHeader)) {
    const token = cookie.slice(0, Math.max(0, cookie.lastIndexOf(".")));
    const binding = readCookie(header, bindingCookie);
    const isOwn = typeof binding === "string" && isBoundTo(token, binding);
    if (readSessionToken(token) !== undefined && !isOwn) return undefined;
  }
  const token = await readSigned(cookie, key);
  if (token === undefined) return olderSecrets ? undefined : null;

  const found = await query(token);
  // Better Auth takes the cookie of an ended session away, and its row.
  if (found === undefined || found.banned) return undefined;
  const now = Date.now();
  const { expiresAt } = found;
  const latest = latestExpiry(found, limits);
  if (expiresAt.getTime() < now || expiresAt > latest) return undefined;
  if (expiresAt.getTime() - now > refreshMilliseconds) return found;
  // A refresh would gain nothing: the session is a short one, or at its absolute limit.
  if (expiresAt.getTime() === latest.getTime()) return found;
  // A refresh is due, unless the session is not to be remembered.
  const dontRemember = readCookie(header, cookies.dontRemember);
  if (dontRemember === undefined || dontRemember === unusual) return undefined;
  return (await readSigned(dontRemember, key)) === undefined ? undefined : found;
}
