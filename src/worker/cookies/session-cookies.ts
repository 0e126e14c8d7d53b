/**
 * Protects the session cookie, which every host of the platform receives.
 *
 * - Cookie tossing: a neighbouring host under the same root domain can set cookies with `Domain=.nno.app`, with any name and
 *   path. A browser sends them along with ours, in an order that the neighbour controls.
 * - Replay: an app's server receives the session cookie of every visitor, and could send it from elsewhere.
 *
 * A neighbour cannot set a `__Host-` cookie of this host, and no other host receives one. So each session has a binding,
 * which this host keeps in such a cookie (binding.ts). Among several session cookies, the binding identifies the browser's
 * own; the others are dropped from the request and expired in the browser. Without its binding, a program's session cookie
 * is good for reading the session and for exchanging it for a token.
 */
import type { MiddlewareHandler } from "hono";
import { isFromBrowser } from "../http/from-browser.ts";
import type { problem } from "../http/problem.ts";
import { bindSession } from "./binding.ts";
import { createSessionChooser } from "./choose-session.ts";
import { tokenHeader } from "./program-tokens.ts";
import { readCookies, withCookies, writeCookies, type RequestCookie } from "./request.ts";
import type { Signer } from "./signer.ts";
import { expireTossedCookies } from "./tossed-cookies.ts";

/** The part of a route's record that matters here. */
interface CookiePolicy {
  /** A program may send the session cookie without its binding. */
  unbound: boolean;
  /** The route does nothing without a session. */
  wantsSession: boolean;
}

interface Options {
  /** Undefined on localhost. The session cookie is then host-only and needs no binding. */
  cookieDomain: string | undefined;
  sessionCookie: string;
  /** The current secret and the older ones that may have signed a cookie. */
  secrets: readonly string[];
  signer: Signer;
  policyAt: (method: string, path: string) => CookiePolicy;
  refuse: (url: string) => typeof problem;
}

export function sessionCookies(options: Options): MiddlewareHandler {
  const { cookieDomain, sessionCookie, policyAt, refuse } = options;
  const chooseSession = createSessionChooser(options);
  return async (context, next) => {
    // The session cookie is this host's own, so it is its own binding.
    if (cookieDomain === undefined) return writeAgain(context, next);
    const { raw, method, path } = context.req;
    const header = raw.headers.get("cookie");
    const sent = header === null ? [] : readCookies(header);
    const policy = policyAt(method, path);
    const isBrowser = isFromBrowser(raw.headers);
    const needsBinding = isBrowser || !policy.unbound;
    const { kept, hasTossed, isUnbound } = await chooseSession(sent, needsBinding);
    if (
      hasTossed &&
      !isBrowser &&
      policy.wantsSession &&
      isSignedOut(kept, { headers: raw.headers, sessionCookie })
    ) {
      // A browser is treated as signed out instead, so that the page asks its user to sign in.
      return refuse(raw.url)({
        status: 401,
        code: "SESSION_NOT_BOUND",
        detail: `A session cookie alone only reads the session or fetches a token. Let the user's browser send this request to the auth host, or send a program's token as "Authorization: Bearer".`,
      });
    }
    if (header !== null && header !== writeCookies(kept)) context.req.raw = withCookies(raw, kept);
    await next();
    const { headers } = context.res;
    if (isUnbound) headers.delete(tokenHeader);
    else await bindSession(headers, sessionCookie, options.signer);
    if (hasTossed) expireTossedCookies(headers, { sessionCookie, cookieDomain, path });
    return undefined;
  };
}

/** Only names and values that every parser reads alike reach the routes. */
const writeAgain: MiddlewareHandler = async (context, next) => {
  const { raw } = context.req;
  const header = raw.headers.get("cookie");
  if (header !== null) {
    const read = readCookies(header);
    if (header !== writeCookies(read)) context.req.raw = withCookies(raw, read);
  }
  await next();
};

/** @param kept the cookies that remain of the request. */
function isSignedOut(
  kept: readonly RequestCookie[],
  { headers, sessionCookie }: { headers: Headers; sessionCookie: string },
): boolean {
  return !headers.has("authorization") && !kept.some(({ name }) => name === sessionCookie);
}
