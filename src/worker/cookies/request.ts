/**
 * The Cookie header, read once and written anew before anything else reads it. JavaScript's parsers trim names with
 * `String.trim()`: to them `\u2000__Host-state` (or with U+00A0, U+FEFF, a vertical tab) is `__Host-state`, while to a
 * browser it is a name that every neighbour may set. So only what RFC 6265 section 4.1.1 calls a name passes.
 */

export interface RequestCookie {
  name: string;
  /** As it was sent: encoded. */
  value: string;
}

/** A token of RFC 9110 section 5.6.2. */
const namePattern = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** `cookie-octet`, without the quotes that parsers differ about. What Better Auth writes is percent-encoded. */
export const plainValue = /^[!#-+\--:<-[\]-~]*$/;
/** Space and tab, and nothing else that `trim()` takes. */
const padding = /^[ \t]+|[ \t]+$/g;
const hostPrefix = /^__host-/i;

/** The cookies of a header whose names are unambiguous, in their order. */
export function readCookies(header: string): RequestCookie[] {
  const cookies = header
    .split(";")
    .flatMap(readPair)
    .filter(({ name }) => namePattern.test(name));
  const times = new Map<string, number>();
  for (const { name } of cookies) times.set(name, (times.get(name) ?? 0) + 1);
  // A host has one `__Host-` cookie of a name (RFC 6265bis section 4.1.3.2): of two, one is forged.
  return cookies.filter(({ name }) => times.get(name) === 1 || !hostPrefix.test(name));
}

export function writeCookies(cookies: readonly RequestCookie[]): string {
  return cookies.map(({ name, value }) => `${name}=${value}`).join("; ");
}

/** The value as every parser understands it; undefined where they would differ. */
export function readValue({ value }: RequestCookie): string | undefined {
  if (!plainValue.test(value)) return undefined;
  try {
    return decodeURIComponent(value);
  } catch {
    return undefined;
  }
}

/** A request with these cookies; without any, it has no such header. */
export function withCookies(request: Request, cookies: readonly RequestCookie[]): Request {
  const headers = new Headers(request.headers);
  if (cookies.length === 0) headers.delete("cookie");
  else headers.set("cookie", writeCookies(cookies));
  return new Request(request, { headers });
}

/** None for what has no `=`: a browser has such a cookie without a name, and it may look like any other. */
function readPair(text: string): RequestCookie[] {
  const separator = text.indexOf("=");
  if (separator === -1) return [];
  const [name, value] = [text.slice(0, separator), text.slice(separator + 1)].map((part) =>
    part.replaceAll(padding, ""),
  ) as [string, string];
  return [{ name, value }];
}
