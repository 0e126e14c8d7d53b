/**
 * The pages that a request asks to be sent to. Their form is checked here, and that their origins are trusted, by Better Auth.
 * A path is a page of the console: the auth host, against which Better Auth and browsers resolve it, has no pages.
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

/** The pages that the fields of a body or a query name. */
export function pagesIn(fields: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields).filter(
      (entry): entry is [string, string] =>
        pageFields.has(entry[0]) && typeof entry[1] === "string",
    ),
  );
}

const encodedSeparator = /%2f|%5c/i;

/**
 * The pages of a body or a query that are named by a path, as pages of the console.
 *
 * @param fallback the console's page for a request that names no `callbackURL`.
 */
export function resolvePages(
  fields: Readonly<Record<string, unknown>>,
  consoleUrl: string,
  fallback?: string,
): Record<string, string> {
  const resolved: Record<string, string> = {};
  for (const field of pageFields) {
    const named = fields[field];
    const isMissing = named === undefined || named === "";
    const page = isMissing && field === "callbackURL" ? fallback : named;
    if (typeof page !== "string" || !page.startsWith("/")) continue;
    const url = URL.parse(page, consoleUrl);
    // A path that some client reads as another host stays as it is, and Better Auth refuses it.
    if (url?.origin === consoleUrl && !encodedSeparator.test(url.pathname)) {
      resolved[field] = url.href;
    }
  }
  return resolved;
}
