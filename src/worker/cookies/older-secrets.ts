/**
 * Keeps users signed in when the platform's secret is rotated. Better Auth signs and verifies cookies with the current
 * secret only. This middleware signs a cookie again if an older secret signed it, both for this request and in the browser.
 * It is only installed while BETTER_AUTH_SECRETS lists an older secret.
 */
import type { MiddlewareHandler } from "hono";
import { sessionCookieName } from "./names.ts";
import { readCookies, readValue, withCookies, type RequestCookie } from "./request.ts";

interface Options {
  /** The current secret comes first. */
  secrets: readonly string[];
  /** Attributes of the session cookie, for sending it to the browser again. */
  session: { domain: string | undefined; secure: boolean; maxAgeSeconds: number };
}

const algorithm = { name: "HMAC", hash: "SHA-256" };
/** better-call writes signed cookies as `value.signature`, where the signature is 32 bytes in base64. */
const signedValue = /^(.+)\.([A-Za-z0-9+/]{43}=)$/s;
const browserSessionCookie = /better-auth\.dont_remember=/;

export function acceptOlderSecrets({ secrets, session }: Options): MiddlewareHandler {
  const sessionCookie = sessionCookieName(session);
  let keys: CryptoKey[] | undefined;
  return async (context, next) => {
    const header = context.req.header("cookie");
    if (header === undefined) return next();
    keys ??= await Promise.all(secrets.map(importKey));
    const signedAgain = new Map<string, string>();
    const cookies: RequestCookie[] = [];
    for (const cookie of readCookies(header)) {
      const value = await signAgain(cookie, keys);
      if (value !== undefined) signedAgain.set(cookie.name, value);
      cookies.push(value === undefined ? cookie : { name: cookie.name, value });
    }
    if (signedAgain.size === 0) return next();

    context.req.raw = withCookies(context.req.raw, cookies);
    await next();
    const setCookies = context.res.headers.getSetCookie();
    for (const [name, value] of signedAgain) {
      // If the response itself ends or refreshes the session, its cookie takes precedence.
      if (name !== sessionCookie || setCookies.some((line) => line.startsWith(`${name}=`)))
        continue;
      const maxAge = browserSessionCookie.test(header) ? "" : `; Max-Age=${session.maxAgeSeconds}`;
      const domain = session.domain === undefined ? "" : `; Domain=${session.domain}`;
      const secure = session.secure ? "; Secure" : "";
      const attributes = `${maxAge}${domain}; Path=/; HttpOnly${secure}; SameSite=Lax`;
      context.res.headers.append("Set-Cookie", `${name}=${value}${attributes}`);
    }
    return undefined;
  };
}

/** @returns the value signed with the current key; undefined if no older key had signed it. */
async function signAgain(cookie: RequestCookie, keys: CryptoKey[]): Promise<string | undefined> {
  const [, value, signature] = signedValue.exec(readValue(cookie) ?? "") ?? [];
  const [current, ...older] = keys;
  if (value === undefined || signature === undefined || current === undefined) return undefined;
  const bytes = new TextEncoder().encode(value);
  const given = Uint8Array.from(atob(signature), (character) => character.charCodeAt(0));
  const verifies = async (key: CryptoKey) => crypto.subtle.verify(algorithm, key, given, bytes);
  if (await verifies(current)) return undefined;
  for (const key of older) {
    if (!(await verifies(key))) continue;
    const mac = new Uint8Array(await crypto.subtle.sign(algorithm, current, bytes));
    return encodeURIComponent(`${value}.${btoa(String.fromCharCode(...mac))}`);
  }
  return undefined;
}

async function importKey(secret: string): Promise<CryptoKey> {
  const bytes = new TextEncoder().encode(secret);
  return crypto.subtle.importKey("raw", bytes, algorithm, false, ["sign", "verify"]);
}
