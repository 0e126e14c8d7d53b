/** The pages that a request may name, to be sent to afterwards. Which origins are the platform's is Better Auth's check. */
import { refuse, type Refusal } from "./refusal.ts";

const pageFields = new Set(["callbackURL", "errorCallbackURL", "newUserCallbackURL", "redirectTo"]);

/**
 * A path, or an address whose host every client reads alike. A wildcard of trusted origins matches any character, so
 * that `https://evil.com;.<platformId>.nno.app` would be one of the platform's hosts, and another host to whoever stops
 * reading at the semicolon.
 */
const page = /^(\/|https?:\/\/[a-z0-9.-]+(:\d+)?(?=[/?#]|$))/i;

export function checkPage(field: string, value: string): Refusal | undefined {
  if (value === "" || !pageFields.has(field)) return undefined;
  // Better Auth 1.7 adds an error to a path by resolving it, and sends what is left: of `/.//evil.com`, `//evil.com`.
  const path = page.test(value)
    ? URL.parse(value, "https://platform.invalid")?.pathname
    : undefined;
  if (path !== undefined && !path.startsWith("//")) return undefined;
  return refuse(
    "INVALID_CALLBACK_URL",
    `"${field}" must be a path, or an https URL of this platform.`,
    403,
  );
}
