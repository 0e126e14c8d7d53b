/**
 * The fast path for session checks: `GET /api/auth/session` and Better Auth's own `GET /api/auth/get-session`. Every page of
 * every app makes such a check. A simple one is therefore answered here, without the router and Better Auth, with one
 * signature verification and one D1 query. There is no cache, so a revoked session is gone at the next request.
 *
 * Better Auth answers everything else: a refresh that is due, a session that has ended, a signature by an older secret,
 * query parameters, plugins that hook into session checks. `test/worker/session-check/property.test.ts` verifies that both
 * give the same answer and have the same effect.
 */
import { databaseFailureResponse } from "../http/database-failure.ts";
import type { Auth } from "../auth/auth.ts";
import { paths } from "../auth/routes/paths.ts";
import type { Database } from "../db/database.ts";
import { DatabaseError } from "../db/d1-errors.ts";
import { latestExpiry, type SessionLimits } from "../auth/sessions/lifetime.ts";
import { readSessionToken, tokenOf } from "../cookies/session-token.ts";
import type { Signer } from "../cookies/signer.ts";
import { areHeadersTooLarge } from "../http/header-limits.ts";
import { authError, describeError } from "../http/problem.ts";
import { withSecurityHeaders } from "../http/security-headers.ts";
import { bindingCookie, isBoundTo } from "../cookies/binding.ts";
import { isFromBrowser } from "../http/from-browser.ts";
import { ambiguous, importKey, readCookie, readNamed, readSigned } from "./cookie.ts";
import { readFastPath } from "./fast-path.ts";
import { createSessionQuery, type FoundSession } from "./query.ts";

/**
 * Answers `GET /api/auth/session` through Better Auth: `{"session": null}`, or the session and its user. The token is left
 * out, since any script of the platform could read it.
 */
export async function readSession(auth: Auth, request: Request): Promise<Response> {
  const { headers, response } = await auth.api.getSession({
    headers: request.headers,
    returnHeaders: true,
  });
  const answerHeaders = new Headers(ownHeaders.session);
  // Better Auth sets the cookie of a refreshed session and expires that of an ended one.
  for (const cookie of headers?.getSetCookie() ?? []) answerHeaders.append("Set-Cookie", cookie);
  if (response === null) return new Response(signedOut.session, { headers: answerHeaders });
  const { token: _, ...session } = response.session;
  return Response.json({ session, user: response.user }, { headers: answerHeaders });
}

/** The Worker's own route, and Better Auth's. */
type Route = "session" | "get-session";

/** The headers that each route itself puts on every response. */
export const ownHeaders: Record<Route, Record<string, string>> = {
  session: { "Content-Type": "application/json", "Cache-Control": "no-store" },
  "get-session": {
    "Content-Type": "application/json",
    "Cache-Control": "no-store",
    Pragma: "no-cache",
  },
};

const signedOut: Record<Route, string> = { session: '{"session":null}', "get-session": "null" };

interface Options {
  auth: Auth;
  database: Database;
  basePath: string;
  /** True while older secrets are accepted, so that a cookie may be valid without the current secret's signature. */
  olderSecrets: boolean;
  /** True if browsers must send the binding of their session; see cookies/session-cookies.ts. */
  needsBinding: boolean;
  signer: Signer;
  limits: SessionLimits;
  headers: Record<Route, (origin: string | null) => Headers | Promise<Headers>>;
}

/** Answers a simple session check; undefined for every other request. */
export type SessionCheck = (
  request: Request,
) => Response | undefined | Promise<Response | undefined>;

export function createSessionCheck(options: Options): SessionCheck {
  const { basePath, headers } = options;
  const routes = new Map<string, Route>([
    [`${basePath}${paths.session}`, "session"],
    [`${basePath}${options.auth.api.getSession.path}`, "get-session"],
  ]);
  // Keep the value, not a promise: workerd never settles the promises of an aborted request, so later checks would hang.
  let prepared: Prepared | undefined;

  const check = async (route: Route, request: Request): Promise<Response | undefined> => {
    const init = { headers: await headers[route](request.headers.get("origin")) };
    let found: FoundSession | null | undefined;
    try {
      prepared ??= await prepare(options);
      if (!prepared.fastPath[route]) return undefined;
      found = await findSession(request.headers, prepared, options);
    } catch (error) {
      console.error(`session check: ${describeError(error)}`);
      // For any other error, such as a plugin that fails to start, the app responds as on every route.
      if (!(error instanceof DatabaseError)) return undefined;
      // A check only reads, so its outcome is never unknown.
      const failure = error.kind === "unavailable" ? "unavailable" : "failed";
      return withSecurityHeaders(
        databaseFailureResponse(failure, new Response(null, init), authError),
      );
    }
    if (found === undefined) return undefined;
    if (found === null) return new Response(signedOut[route], init);
    const { session, user } = found;
    if (route === "get-session") {
      // The id takes the place of the token; see http/withheld-tokens.ts.
      const withId = { ...session, token: session["id"] };
      return new Response(JSON.stringify({ session: withId, user }), init);
    }
    const { token: _, ...withoutToken } = session;
    return new Response(JSON.stringify({ session: withoutToken, user }), init);
  };

  return (request) => {
    const { url, headers: requestHeaders } = request;
    const route = routes.get(url.slice(url.indexOf("/", "https://".length)));
    if (route === undefined || request.method !== "GET" || request.body !== null) return undefined;
    if (requestHeaders.has("authorization") || areHeadersTooLarge(requestHeaders)) return undefined;
    // Without a session cookie the answer is given synchronously, which saves a turn of the event loop.
    if (
      prepared?.fastPath[route] === true &&
      hasNoSession(requestHeaders.get("cookie"), prepared)
    ) {
      const remembered = headers[route](requestHeaders.get("origin"));
      if (remembered instanceof Headers)
        return new Response(signedOut[route], { headers: remembered });
    }
    return check(route, request);
  };
}

interface Prepared {
  /** The routes that the fast path may answer. */
  fastPath: Record<Route, boolean>;
  key: CryptoKey;
  query: (token: string) => Promise<FoundSession | undefined>;
  cookies: { session: string; data: string; dontRemember: string };
  /** A session that ends sooner than this is refreshed. */
  refreshMilliseconds: number;
}

async function prepare({ auth, database }: Options): Promise<Prepared> {
  const context = await auth.$context;
  const { authCookies, sessionConfig } = context;
  const query = createSessionQuery(context.options, database);
  const { call, route } = readFastPath(context.options, auth.api.getSession.path);
  return {
    fastPath: { session: call && query !== undefined, "get-session": route && query !== undefined },
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

/** True if a Cookie header has no cookie that a session check would read. */
function hasNoSession(header: string | null, { cookies }: Prepared): boolean {
  return header === null || !(header.includes(cookies.session) || header.includes(cookies.data));
}

/** @returns the session of a Cookie header; null if nobody is signed in; undefined if Better Auth must decide. */
async function findSession(
  headers: Headers,
  { key, query, cookies, refreshMilliseconds }: Prepared,
  { olderSecrets, needsBinding, signer, limits }: Options,
): Promise<FoundSession | null | undefined> {
  const header = headers.get("cookie");
  if (header === null) return null;
  // The cookie is a leftover of a session cache. Better Auth expires it.
  if (header.includes(cookies.data)) return undefined;
  const cookie = readCookie(header, cookies.session);
  if (cookie === undefined) return null;
  if (cookie === ambiguous) return undefined;
  const binding = readCookie(header, bindingCookie);
  const [token, isBound] = await Promise.all([
    readSigned(cookie, key),
    needsBinding && typeof binding === "string" && isBoundTo(tokenOf(cookie), binding, signer),
  ]);
  // Without the binding, a neighbour may have set the browser's cookie. The middleware then expires it.
  if (
    needsBinding &&
    !isBound &&
    readSessionToken(tokenOf(cookie)) !== undefined &&
    isFromBrowser(headers)
  ) {
    return undefined;
  }
  if (token === undefined) return olderSecrets ? undefined : null;

  const found = await query(token);
  // Better Auth expires the cookie of an ended session and deletes its row.
  if (found === undefined || found.banned) return undefined;
  const now = Date.now();
  const { expiresAt } = found;
  const latest = latestExpiry(found, limits);
  if (expiresAt.getTime() < now || expiresAt > latest) return undefined;
  if (expiresAt.getTime() - now > refreshMilliseconds) return found;
  // A refresh would not extend the session, because it is a short one or has reached its absolute limit.
  if (expiresAt.getTime() === latest.getTime()) return found;
  // A refresh is due, unless the user chose not to be remembered.
  const dontRemember = readCookie(header, cookies.dontRemember);
  if (dontRemember === undefined || dontRemember === ambiguous) return undefined;
  const isShort = await readNamed(cookies.dontRemember, dontRemember, signer);
  return isShort === undefined ? undefined : found;
}
