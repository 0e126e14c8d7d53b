/**
 * Protects the session cookie against cookie tossing. A neighbouring host under the same root domain can set cookies with
 * `Domain=.nno.app`, with any name and path. A browser sends them along with ours, in an order that the neighbour controls.
 * A neighbour cannot set a `__Host-` cookie of this host, though. So each session token contains a binding, and this host
 * keeps a copy of the binding in such a cookie. Among several session cookies, the binding identifies the browser's own.
 * The others are dropped from the request and expired in the browser.
 */
import type { MiddlewareHandler } from "hono";
import { bindSession } from "./binding.ts";
import { createSessionChooser } from "./choose-session.ts";
import { sessionCookieName } from "./names.ts";
import { readCookies, withCookies, writeCookies } from "./request.ts";
import { expireTossedCookies } from "./tossed-cookies.ts";

interface Options {
  /** Undefined on localhost. The session cookie is then host-only and needs no binding. */
  cookieDomain: string | undefined;
  authUrl: string;
  /** The current secret and the older ones that may have signed a cookie. */
  secrets: readonly string[];
}

export function sessionCookies({ cookieDomain, authUrl, secrets }: Options): MiddlewareHandler {
  const sessionCookie = sessionCookieName({ secure: authUrl.startsWith("https:") });
  const chooseSession = createSessionChooser(sessionCookie, secrets);
  return async (context, next) => {
    const { raw } = context.req;
    const header = raw.headers.get("cookie");
    const sent = header === null ? [] : readCookies(header);
    const { kept, hasTossed } =
      cookieDomain === undefined
        ? { kept: sent, hasTossed: false }
        : await chooseSession(sent, raw.headers);
    if (header !== null && header !== writeCookies(kept)) context.req.raw = withCookies(raw, kept);
    await next();
    if (cookieDomain === undefined) return;
    const { headers } = context.res;
    bindSession(headers, sessionCookie);
    if (!hasTossed) return;
    expireTossedCookies(headers, { sessionCookie, cookieDomain, path: context.req.path });
  };
}
