/**
 * Chooses a request's session cookie when the browser sends several.
 *
 * - A browser must send the binding, because a session cookie without it may have been tossed. A program must send it, too,
 *   except to read the session or exchange it for a token. Otherwise every server that receives the shared cookie could
 *   replay it.
 * - A token that was issued before bindings existed needs none until its session ends.
 * - If two cookies are equally plausible, neither is chosen. The request is treated as signed out, and both are expired.
 * - A value that parsers read differently (quotes, broken escapes; see request.ts) is never chosen.
 */
import { createHMAC } from "@better-auth/utils/hmac";
import { bindingCookie, isBoundTo } from "./binding.ts";
import { readValue, type RequestCookie } from "./request.ts";
import { readSessionToken, tokenOf } from "./session-token.ts";
import type { Signer } from "./signer.ts";

const hmac = createHMAC("SHA-256", "base64");

interface Choice {
  /** All cookies but the session cookies that were not chosen. */
  kept: RequestCookie[];
  /** True if a session cookie was dropped. */
  hasTossed: boolean;
  /** True if the session cookie was chosen without its binding, to be read and no more. */
  isUnbound: boolean;
}

interface Options {
  sessionCookie: string;
  /** The current secret and the older ones that may have signed a cookie. */
  secrets: readonly string[];
  signer: Signer;
}

export function createSessionChooser({
  sessionCookie,
  secrets,
  signer,
}: Options): (cookies: RequestCookie[], needsBinding: boolean) => Promise<Choice> {
  return async (cookies, needsBinding) => {
    const sessions = cookies.filter(({ name }) => name === sessionCookie);
    const binding = cookies.find(({ name }) => name === bindingCookie)?.value;
    const read = await Promise.all(
      sessions.flatMap(readSession).map(async (session) => ({
        ...session,
        isBound: await isBoundTo(session.token, binding, signer),
      })),
    );
    const chosen = await choose(read, { needsBinding, secrets });
    return {
      kept: cookies.filter((cookie) => cookie.name !== sessionCookie || cookie === chosen?.cookie),
      hasTossed: sessions.some((cookie) => cookie !== chosen?.cookie),
      isUnbound:
        chosen !== undefined && !chosen.isBound && readSessionToken(chosen.token) !== undefined,
    };
  };
}

interface ChoiceContext {
  needsBinding: boolean;
  secrets: readonly string[];
}

async function choose(
  sessions: BoundSession[],
  { needsBinding, secrets }: ChoiceContext,
): Promise<BoundSession | undefined> {
  const bound = sessions.filter(({ isBound }) => isBound);
  const distinct = new Set(bound.map(({ value }) => value));
  // Two different tokens cannot share a binding, and a neighbour does not know ours.
  if (distinct.size > 0) return distinct.size === 1 ? bound[0] : undefined;
  const acceptable = needsBinding
    ? sessions.filter(({ token }) => readSessionToken(token) === undefined)
    : sessions;
  // Better Auth verifies the signature of a single cookie, and it reads exactly the value that was read here.
  if (sessions.length === 1) return acceptable[0];
  const valid = new Map<string, BoundSession>();
  for (const session of acceptable) {
    if (await isSigned(session, secrets)) valid.set(session.token, session);
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

interface BoundSession extends SessionCookie {
  isBound: boolean;
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
