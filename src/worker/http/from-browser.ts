/**
 * Tells requests of browsers from those of programs. A browser sends cookies of its own accord, also when somebody else's page
 * asks it to, so more is asked of its requests.
 */

/** Headers that scripts can neither set nor remove, and that most requests of a browser have. */
const usual = ["sec-fetch-site", "origin"] as const;
const unusual = /^(?:sec-|upgrade)/;

/**
 * True if any header says that a browser sent the request: `Origin`, `Upgrade`, or one whose name begins with `Sec-`. The
 * exception is a lone `Sec-Fetch-Mode: cors`, which the `fetch` of Node.js sends: a browser that sends it sends
 * `Sec-Fetch-Site`, too.
 */
export function isFromBrowser(headers: Headers): boolean {
  if (usual.some((name) => headers.has(name))) return true;
  for (const [name, value] of headers) {
    if (unusual.test(name) && !(name === "sec-fetch-mode" && value === "cors")) return true;
  }
  return false;
}
