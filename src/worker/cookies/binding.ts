/**
 * The binding of a session: a random value in the session token that the auth host also keeps in a `__Host-` cookie, which
 * no other host can set (session-cookies.ts).
 */
import { readCookies, readValue } from "./request.ts";
import { readSessionToken, tokenOf } from "./session-token.ts";

export const bindingCookie = "__Host-better-auth.session_binding";

/** True if the binding cookie belongs to this token. */
export function isBoundTo(token: string, binding: string | undefined): boolean {
  return binding !== undefined && readSessionToken(token)?.binding === binding;
}

/** Sets or expires the binding cookie wherever a response sets or expires the session cookie. */
export function bindSession(headers: Headers, sessionCookie: string): void {
  let bindingLine: string | undefined;
  for (const line of headers.getSetCookie()) {
    const [pair = "", ...attributes] = line.split("; ");
    const [session] = readCookies(pair).filter(({ name }) => name === sessionCookie);
    if (session === undefined) continue;
    const age = attributes.find((attribute) => /^max-age=/i.test(attribute));
    const token = tokenOf(readValue(session) ?? "");
    // A token without a binding expires the cookie: a leftover binding would make the browser look like another session's.
    const binding = readSessionToken(token)?.binding ?? "";
    const maxAge = binding === "" ? "; Max-Age=0" : age === undefined ? "" : `; ${age}`;
    bindingLine = `${bindingCookie}=${binding}${maxAge}; Path=/; HttpOnly; Secure; SameSite=Lax`;
  }
  if (bindingLine !== undefined) headers.append("Set-Cookie", bindingLine);
}
