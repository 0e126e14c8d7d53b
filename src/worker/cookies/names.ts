/** The names of Better Auth's cookies, and the hosts that receive them. */
import type { Config } from "../config.ts";

/** The session cookie has the prefix `__Secure-` wherever the auth host uses https. */
export function sessionCookieName({ secure }: { secure: boolean }): string {
  return `${secure ? "__Secure-" : ""}better-auth.session_token`;
}

/** The cookie that keeps the state of a sign-in at a provider, as Better Auth names it. */
export function oauthStateCookieName(config: Config): string {
  const { useSecureCookies, cookiePrefix = "better-auth" } = cookieNames(config);
  return `${useSecureCookies ? "__Secure-" : ""}${cookiePrefix}.oauth_state`;
}

/**
 * Only the session cookie is shared by all hosts of the platform. The others (two-factor challenge, trusted device, OAuth
 * state, the impersonator's session) are `__Host-` cookies of this host. A neighbour under the root domain cannot set
 * those, so nobody can be made to continue a sign-in that somebody else began. An `http` host under a root domain is a
 * local one, where browsers accept such cookies too. A bare localhost shares its cookies with no other host.
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
        name: sessionCookieName({ secure }),
        attributes: { domain: cookieDomain, secure },
      },
    },
  };
}
