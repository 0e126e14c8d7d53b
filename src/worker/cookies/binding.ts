/**
 * Which session a request is about, when neighbours can set cookies too. Whoever has a host under the same root domain may
 * set `Domain=.nno.app` cookies of any name and path, and a browser sends those beside ours, in an order that the neighbour
 * chooses. What it cannot set is a `__Host-` cookie of this host. So each session token has a binding, this host keeps it
 * in such a cookie, and of several session cookies the one that it names is the browser's own. The others are dropped
 * from the request, and expired in the browser.
 *
 * - A browser needs the binding: a tossed session alone is nobody's. `Sec-Fetch-Site` says that it is a browser; scripts
 *   can neither set nor remove it. Programs, to whom nobody tosses cookies, need none.
 * - Tokens of before there were bindings need none, until their sessions end.
 * - Two that could be meant are none: signed out until the next request, for which they have been expired.
 * - What could be read in two ways is none either: quotes, broken escapes (request.ts).
 */
import type { MiddlewareHandler } from "hono";
import { createHMAC } from "@better-auth/utils/hmac";
import { readSessionToken } from "./session-token.ts";
import {
  readCookies,
  readValue,
  withCookies,
  writeCookies,
  type RequestCookie,
} from "./request.ts";

interface Options {
  /** Undefined on localhost: the session cookie is this host's alone, and so is the binding needless. */
  cookieDomain: string | undefined;
  authUrl: string;
  /** The current one and the older ones that cookies may still be signed with. */
  secrets: readonly string[];
}

export const bindingCookie = "__Host-better-auth.session_binding";
const sessionCookieName = "better-auth.session_token";
const hmac = createHMAC("SHA-256", "base64");
/** The header that tells of a browser. Fetch metadata is sent by all since 2023. */
export const browserHeader = "sec-fetch-site";

export function sessionCookies({ cookieDomain, authUrl, secrets }: Options): MiddlewareHandler {
  const neighbours = cookieDomain === undefined ? [] : domainsAbove(cookieDomain);
  const sessionCookie = `${authUrl.startsWith("https:") ? "__Secure-" : ""}${sessionCookieName}`;
  return async (context, next) => {
    const { raw } = context.req;
    const header = raw.headers.get("cookie");
    const sent = header === null ? [] : readCookies(header);
    const { kept, tossed } =
      cookieDomain === undefined ? { kept: sent, tossed: false } : await chooseSession(sent, raw);
    if (header !== null && header !== writeCookies(kept)) context.req.raw = withCookies(raw, kept);
    await next();
    if (cookieDomain === undefined) return;
    bindAnswer(context.res.headers, sessionCookie);
    if (!tossed) return;
    for (const domain of neighbours) {
      for (const path of pathsOf(context.req.path)) {
        const expired = `${sessionCookie}=; Max-Age=0; Domain=${domain}; Path=${path}; HttpOnly; Secure; SameSite=Lax`;
        context.res.headers.append("Set-Cookie", expired);
        // A page that embeds others has a jar for each of them (CHIPS), in which this is another cookie.
        context.res.headers.append("Set-Cookie", `${expired}; Partitioned`);
      }
    }
  };

  async function chooseSession(cookies: RequestCookie[], { headers }: Request) {
    const sessions = cookies.filter(({ name }) => name === sessionCookie);
    const binding = cookies.find(({ name }) => name === bindingCookie)?.value;
    const fromBrowser = headers.has(browserHeader);
    const chosen = await choose(sessions.flatMap(readSession), { binding, fromBrowser });
    return {
      kept: cookies.filter((cookie) => cookie.name !== sessionCookie || cookie === chosen),
      tossed: sessions.some((cookie) => cookie !== chosen),
    };
  }

  async function choose(
    sessions: SessionCookie[],
    { binding, fromBrowser }: { binding: string | undefined; fromBrowser: boolean },
  ): Promise<RequestCookie | undefined> {
    const bound = sessions.filter(({ token }) => isBoundTo(token, binding));
    const distinct = new Set(bound.map(({ value }) => value));
    // Two with one binding cannot be: bindings are random, and a neighbour does not know ours.
    if (distinct.size > 0) return distinct.size === 1 ? bound[0]?.cookie : undefined;
    const acceptable = fromBrowser
      ? sessions.filter(({ token }) => readSessionToken(token) === undefined)
      : sessions;
    // Whose signature this is Better Auth finds out; it reads what was read here, letter for letter.
    if (sessions.length === 1) return acceptable[0]?.cookie;
    const valid = new Map<string, RequestCookie>();
    for (const session of acceptable) {
      if (await isSigned(session, secrets)) valid.set(session.token, session.cookie);
    }
    const [only] = valid.values();
    return valid.size === 1 ? only : undefined;
  }
}

/** Whether the auth host's own cookie names this token. */
export function isBoundTo(token: string, binding: string | undefined): boolean {
  return binding !== undefined && readSessionToken(token)?.binding === binding;
}

interface SessionCookie {
  cookie: RequestCookie;
  value: string;
  /** What stands before the signature; empty for what is no signed value. */
  token: string;
}

/** None for a value that can be read in two ways: what Better Auth would make of it nobody has checked. */
function readSession(cookie: RequestCookie): SessionCookie[] {
  const value = readValue(cookie);
  if (value === undefined) return [];
  return [{ cookie, value, token: value.slice(0, Math.max(0, value.lastIndexOf("."))) }];
}

async function isSigned(
  { token, value }: SessionCookie,
  secrets: readonly string[],
): Promise<boolean> {
  if (token === "") return false;
  const signature = value.slice(token.length + 1);
  for (const secret of secrets) {
    try {
      if (await hmac.verify(secret, token, signature)) return true;
    } catch {
      // No base64: no signature of anybody's.
      return false;
    }
  }
  return false;
}

/** Wherever an answer sets or ends the session cookie, the binding goes with it. */
function bindAnswer(headers: Headers, sessionCookie: string): void {
  let binding: string | undefined;
  for (const line of headers.getSetCookie()) {
    const [pair = "", ...attributes] = line.split("; ");
    const [session] = readCookies(pair).filter(({ name }) => name === sessionCookie);
    if (session === undefined) continue;
    const age = attributes.find((attribute) => /^max-age=/i.test(attribute));
    const [{ token } = { token: "" }] = readSession(session);
    // Of a token without a binding nothing may be left: the browser would be taken for another session's.
    const now = readSessionToken(token)?.binding ?? "";
    const maxAge = now === "" ? "; Max-Age=0" : age === undefined ? "" : `; ${age}`;
    binding = `${bindingCookie}=${now}${maxAge}; Path=/; HttpOnly; Secure; SameSite=Lax`;
  }
  if (binding !== undefined) headers.append("Set-Cookie", binding);
}

/** The domains that a neighbour of the platform can set cookies for, and that reach it: those above the platform's own. */
function domainsAbove(cookieDomain: string): string[] {
  const labels = cookieDomain.split(".").slice(2);
  // A single label is a public suffix, for which no browser takes a cookie.
  return labels.slice(0, -1).map((_, index) => `.${labels.slice(index).join(".")}`);
}

/** Every path whose cookies a request for `path` carries (RFC 6265 section 5.1.4). */
function pathsOf(path: string): string[] {
  const parts = path.split("/").slice(1, maximumPathParts);
  const paths = ["/"];
  for (let count = 1; count <= parts.length; count += 1) {
    const joined = `/${parts.slice(0, count).join("/")}`;
    if (joined !== "/") paths.push(joined);
    if (count < parts.length) paths.push(`${joined}/`);
  }
  return [...new Set(paths)].filter((candidate) => /^[\w./~%-]*$/.test(candidate));
}

/** The routes have fewer; a longer path is nobody's. */
const maximumPathParts = 7;
