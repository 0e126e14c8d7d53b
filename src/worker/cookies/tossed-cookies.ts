/**
 * Expires session cookies that a neighbouring host has set. The Cookie header shows neither domain nor path, so every
 * combination that could have reached this request is expired.
 */

interface TossedCookies {
  sessionCookie: string;
  /** The platform's own cookie domain, which stays untouched. */
  cookieDomain: string;
  path: string;
}

export function expireTossedCookies(
  headers: Headers,
  { sessionCookie, cookieDomain, path: requestPath }: TossedCookies,
): void {
  for (const domain of parentDomains(cookieDomain)) {
    for (const path of cookiePaths(requestPath)) {
      const expired = `${sessionCookie}=; Max-Age=0; Domain=${domain}; Path=${path}; HttpOnly; Secure; SameSite=Lax`;
      headers.append("Set-Cookie", expired);
      // Embedded pages have a cookie jar for each embedding site (CHIPS), in which this is a separate cookie.
      headers.append("Set-Cookie", `${expired}; Partitioned`);
    }
  }
}

/** The domains above the platform's own: those for which a neighbour can set cookies that the platform also receives. */
function parentDomains(cookieDomain: string): string[] {
  const labels = cookieDomain.split(".").slice(2);
  // A single label is a public suffix, for which browsers accept no cookie.
  return labels.slice(0, -1).map((_, index) => `.${labels.slice(index).join(".")}`);
}

/** No route has this many segments, so longer paths are cut off here. */
const maximumSegments = 7;

/** All cookie paths that match a request for `path` (RFC 6265 section 5.1.4). */
function cookiePaths(path: string): string[] {
  const segments = path.split("/").slice(1, maximumSegments);
  const paths = ["/"];
  for (let count = 1; count <= segments.length; count += 1) {
    const joined = `/${segments.slice(0, count).join("/")}`;
    if (joined !== "/") paths.push(joined);
    if (count < segments.length) paths.push(`${joined}/`);
  }
  return [...new Set(paths)].filter((candidate) => /^[\w./~%-]*$/.test(candidate));
}
