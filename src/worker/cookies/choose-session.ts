/**
 * Chooses a request's session cookie when the browser sends several.
 *
 * - A browser must send the binding, because a session cookie without it may have been tossed. `Sec-Fetch-Site` identifies
 *   browsers, and scripts can neither set nor remove it. Programs need no binding, since nobody can toss cookies to them.
 * - A token that was issued before bindings existed needs none until its session ends.
 * - If two cookies are equally plausible, neither is chosen. The request is treated as signed out, and both are expired.
 * - A value that parsers read differently (quotes, broken escapes; see request.ts) is never chosen.
 */
import { createHMAC } from "@better-auth/utils/hmac";
import { bindingCookie, isBoundTo } from "./binding.ts";
import { readValue, type RequestCookie } from "./request.ts";
import { readSessionToken, tokenOf } from "./session-token.ts";

const hmac = createHMAC("SHA-256", "base64");
/** Only browsers send this header. All major browsers have sent fetch metadata since 2023. */
export const browserHeader = "sec-fetch-site";

interface Choice {
  /** All cookies but the session cookies that were not chosen. */
  kept: RequestCookie[];
  /** True if a session cookie was dropped. */
  hasTossed: boolean;
}

export function createSessionChooser(
  sessionCookie: string,
  secrets: readonly string[],
): (cookies: RequestCookie[], headers: Headers) => Promise<Choice> {
  return async (cookies, headers) => {
    const sessions = cookies.filter(({ name }) => name === sessionCookie);
    const binding = cookies.find(({ name }) => name === bindingCookie)?.value;
    const fromBrowser = headers.has(browserHeader);
    const chosen = await choose(sessions.flatMap(readSession), { binding, fromBrowser, secrets });
    return {
      kept: cookies.filter((cookie) => cookie.name !== sessionCookie || cookie === chosen),
      hasTossed: sessions.some((cookie) => cookie !== chosen),
    };
  };
}

interface ChoiceContext {
  binding: string | undefined;
  fromBrowser: boolean;
  secrets: readonly string[];
}

async function choose(
  sessions: SessionCookie[],
  { binding, fromBrowser, secrets }: ChoiceContext,
): Promise<RequestCookie | undefined> {
  const bound = sessions.filter(({ token }) => isBoundTo(token, binding));
  const distinct = new Set(bound.map(({ value }) => value));
  // Two different tokens cannot share a binding: bindings are random, and a neighbour does not know ours.
  if (distinct.size > 0) return distinct.size === 1 ? bound[0]?.cookie : undefined;
  const acceptable = fromBrowser
    ? sessions.filter(({ token }) => readSessionToken(token) === undefined)
    : sessions;
  // Better Auth verifies the signature of a single cookie, and it reads exactly the value that was read here.
  if (sessions.length === 1) return acceptable[0]?.cookie;
  const valid = new Map<string, RequestCookie>();
  for (const session of acceptable) {
    if (await isSigned(session, secrets)) valid.set(session.token, session.cookie);
  }
  const [only] = valid.values();
  return valid.size === 1 ? only : undefined;
}

interface SessionCookie {
  cookie: RequestCookie;
  value: string;
  /** The part before the signature; empty if the value is not signed. */
  token: string;
}

/** Returns an empty list for an ambiguous value, since Better Auth might read another value than the one checked here. */
function readSession(cookie: RequestCookie): SessionCookie[] {
  const value = readValue(cookie);
  return value === undefined ? [] : [{ cookie, value, token: tokenOf(value) }];
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
      // The signature is not base64, so no secret can have made it.
      return false;
    }
  }
  return false;
}
