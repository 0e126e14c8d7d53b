/**
 * The binding of a session: a second secret, which only the browser that signed in has. Every host of the platform receives
 * the session cookie, and a neighbour of the platform can set one; the binding is in a `__Host-` cookie, which no other host
 * receives or sets (session-cookies.ts). It is a signature over the session token, so it takes no column and no query, and
 * somebody who has the token cannot compute it.
 */
import { readCookies, readValue } from "./request.ts";
import { readSessionToken, tokenOf } from "./session-token.ts";
import type { Signer } from "./signer.ts";

export const bindingCookie = "__Host-better-auth.session_binding";

/** The binding of a token; undefined for a token of a release without bindings. */
export async function bindingOf(token: string, signer: Signer): Promise<string | undefined> {
  const read = readSessionToken(token);
  if (read === undefined) return undefined;
  return read.olderBinding ?? signer.sign(bindingCookie, token);
}

/** True if the binding cookie belongs to this token. */
export async function isBoundTo(
  token: string,
  binding: string | undefined,
  signer: Signer,
): Promise<boolean> {
  const read = readSessionToken(token);
  if (read === undefined || binding === undefined) return false;
  if (read.olderBinding !== undefined) return read.olderBinding === binding;
  return signer.verify(bindingCookie, token, binding);
}

/** Sets or expires the binding cookie wherever a response sets or expires the session cookie. */
export async function bindSession(
  headers: Headers,
  sessionCookie: string,
  signer: Signer,
): Promise<void> {
  let bindingLine: string | undefined;
  for (const line of headers.getSetCookie()) {
    const [pair = "", ...attributes] = line.split("; ");
    const [session] = readCookies(pair).filter(({ name }) => name === sessionCookie);
    if (session === undefined) continue;
    const age = attributes.find((attribute) => /^max-age=/i.test(attribute));
    const token = tokenOf(readValue(session) ?? "");
    // A token without a binding expires the cookie: a leftover binding would make the browser look like another session's.
    const binding = (await bindingOf(token, signer)) ?? "";
    const maxAge = binding === "" ? "; Max-Age=0" : age === undefined ? "" : `; ${age}`;
    bindingLine = `${bindingCookie}=${binding}${maxAge}; Path=/; HttpOnly; Secure; SameSite=Lax`;
  }
  if (bindingLine !== undefined) headers.append("Set-Cookie", bindingLine);
}
