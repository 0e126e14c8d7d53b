/**
 * Binds the signature of a cookie to its name. Better Auth signs values alone, so a browser could send what was signed for
 * one cookie under the name of another: a two-factor challenge as a trusted device, for example. On the wire, every signed
 * cookie but the session's has a signature that covers the name (signer.ts). This middleware exchanges it for the one that
 * Better Auth expects, and back. The session cookie keeps Better Auth's signature, which no other cookie has on the wire.
 */
import { createHMAC } from "@better-auth/utils/hmac";
import type { MiddlewareHandler } from "hono";
import { readCookies, readValue, withCookies, type RequestCookie } from "./request.ts";
import type { Signer } from "./signer.ts";

interface Options {
  sessionCookie: string;
  /** The current secret, with which Better Auth signs, comes first. */
  secrets: readonly string[];
  signer: Signer;
}

/** Better Auth's cookies, those of its plugins included, have this in their names. */
const betterAuthName = "better-auth.";
/** better-call writes signed cookies as `value.signature`, with 32 bytes in base64. */
const signedPattern = /^(.+)\.([A-Za-z0-9+/]{43}=)$/s;
const namedPattern = /^(.+)\.([A-Za-z0-9_-]{43})$/s;
const setCookiePattern = /^([^=;]+)=([^;]*)(.*)$/s;
const hmac = createHMAC("SHA-256", "base64");

export function bindSignaturesToNames(options: Options): MiddlewareHandler {
  return async (context, next) => {
    const header = context.req.header("cookie");
    if (header !== undefined) {
      const sent = readCookies(header);
      const read = await Promise.all(sent.map(async (cookie) => unbind(cookie, options)));
      if (read.some((cookie, index) => cookie !== sent[index])) {
        const kept = read.filter((cookie) => cookie !== undefined);
        context.req.raw = withCookies(context.req.raw, kept);
      }
    }
    await next();
    const lines = context.res.headers.getSetCookie();
    if (lines.length === 0) return;
    const bound = await Promise.all(lines.map(async (line) => bind(line, options)));
    if (bound.every((line, index) => line === lines[index])) return;
    const { headers } = context.res;
    headers.delete("Set-Cookie");
    for (const line of bound) headers.append("Set-Cookie", line);
  };
}

/** @returns the cookie as Better Auth reads it; undefined if its signature does not cover the name. */
async function unbind(
  cookie: RequestCookie,
  { sessionCookie, secrets, signer }: Options,
): Promise<RequestCookie | undefined> {
  const { name } = cookie;
  if (name === sessionCookie) return cookie;
  const isBetterAuths = name.includes(betterAuthName);
  const text = readValue(cookie);
  // Better Auth might read a signature where this file sees none.
  if (text === undefined) return isBetterAuths ? undefined : cookie;
  const [, named, signature = ""] = namedPattern.exec(text) ?? [];
  if (named !== undefined && (await signer.verify(name, named, signature))) {
    const [secret = ""] = secrets;
    return { name, value: encodeURIComponent(`${named}.${await hmac.sign(secret, named)}`) };
  }
  const [, value, plainSignature = ""] = signedPattern.exec(text) ?? [];
  if (value === undefined) return cookie;
  if (isBetterAuths) return undefined;
  // An owner's route may sign cookies in the same format, with a secret of its own.
  for (const secret of secrets) {
    if (await hmac.verify(secret, value, plainSignature)) return undefined;
  }
  return cookie;
}

/** A Set-Cookie line with the signature that covers the name, if Better Auth signed its value. */
async function bind(line: string, { sessionCookie, secrets, signer }: Options): Promise<string> {
  const [secret = ""] = secrets;
  const [, name = "", encoded = "", attributes = ""] = setCookiePattern.exec(line) ?? [];
  if (name === sessionCookie) return line;
  const [, value, signature = ""] =
    signedPattern.exec(readValue({ name, value: encoded }) ?? "") ?? [];
  if (value === undefined || !(await hmac.verify(secret, value, signature))) return line;
  const signed = encodeURIComponent(`${value}.${await signer.sign(name, value)}`);
  return `${name}=${signed}${attributes}`;
}
