/**
 * Checks the form of the URLs that a request asks to be redirected to. Better Auth checks that their origins are trusted.
 */
import { refuse, type Refusal } from "./refusal.ts";

const pageFields = new Set(["callbackURL", "errorCallbackURL", "newUserCallbackURL", "redirectTo"]);

/**
 * A path, or a URL whose host all clients parse alike. A wildcard in the trusted origins matches any character, so
 * `https://evil.com;.<platformId>.nno.app` would count as a host of the platform. To a client that stops parsing at the
 * semicolon, the host is evil.com.
 */
const pagePattern = /^(\/|https?:\/\/[a-z0-9.-]+(:\d+)?(?=[/?#]|$))/i;

export function checkPage(field: string, value: string): Refusal | undefined {
  if (value === "" || !pageFields.has(field)) return undefined;
  // Better Auth 1.7 resolves a path to add an error to it, and `/.//evil.com` resolves to `//evil.com`.
  const path = pagePattern.test(value)
    ? URL.parse(value, "https://platform.invalid")?.pathname
    : undefined;
  if (path !== undefined && !path.startsWith("//")) return undefined;
  return refuse(
    "INVALID_CALLBACK_URL",
    `"${field}" must be a path, or an https URL of this platform.`,
    403,
  );
}
