/** What Better Auth's cookies are called, and which hosts have them. */
import type { Config } from "../config.ts";

/**
 * The session's cookie alone is for every host of the platform. The others (challenge, trusted device, OAuth state, the
 * impersonator's session) are `__Host-` cookies of this host: a neighbour under the root domain can set none of these, so
 * that nobody goes on with a sign-in that somebody else began. `http` hosts under a root domain are local ones, where
 * browsers take such cookies too; a bare localhost shares its cookies with nobody.
 */
export function cookieNames({ authUrl, cookieDomain }: Config) {
  const secure = authUrl.startsWith("https:");
  if (cookieDomain === undefined) return { useSecureCookies: secure };
  return {
    useSecureCookies: false,
    cookiePrefix: "__Host-better-auth",
    defaultCookieAttributes: { secure: true },
    cookies: {
      session_token: {
        name: `${secure ? "__Secure-" : ""}better-auth.session_token`,
        attributes: { domain: cookieDomain, secure },
      },
    },
  };
}
