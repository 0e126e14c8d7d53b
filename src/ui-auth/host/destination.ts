/** The page to continue with after signing in, which travels in the query as `callbackURL`. */

/**
 * Reads the destination from a query, if it is a page of this origin. Any other value would make the sign-in page an open
 * redirect (CWE-601).
 */
export function readDestination(search: string, fallback: string): string {
  const wanted = new URLSearchParams(search).get("callbackURL");
  if (wanted === null) return fallback;
  const url = URL.parse(wanted, window.location.origin);
  if (url?.origin !== window.location.origin) return fallback;
  // `/.//evil.com` is of this origin, but its path `//evil.com` would be resolved to another one.
  return url.pathname.startsWith("//") ? fallback : url.pathname + url.search + url.hash;
}

/** Adds the destination in a query to `path`. */
export function keepDestination(path: string, search: string): string {
  const wanted = new URLSearchParams(search).get("callbackURL");
  return wanted === null ? path : `${path}?${new URLSearchParams({ callbackURL: wanted })}`;
}
