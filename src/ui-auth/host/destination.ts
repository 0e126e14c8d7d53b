/** The page that somebody was on the way to when they were asked to sign in. */

/**
 * Where to go after signing in: `callbackURL` of the address, if it is a page of this origin. Any other value would make
 * the sign-in page an open redirect (CWE-601).
 */
export function readDestination(search: string, fallback: string): string {
  const wanted = new URLSearchParams(search).get("callbackURL");
  if (wanted === null) return fallback;
  const url = URL.parse(wanted, window.location.origin);
  if (url?.origin !== window.location.origin) return fallback;
  // `/.//evil.com` is of this origin, and its path `//evil.com` read as an address is another's.
  return url.pathname.startsWith("//") ? fallback : url.pathname + url.search + url.hash;
}

/** `path` with the destination of this address carried along. */
export function keepDestination(path: string, search: string): string {
  const wanted = new URLSearchParams(search).get("callbackURL");
  return wanted === null ? path : `${path}?${new URLSearchParams({ callbackURL: wanted })}`;
}
