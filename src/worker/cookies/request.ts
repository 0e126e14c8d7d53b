/**
 * Parses the Cookie header and rewrites it before anything else reads it. Parsers in JavaScript trim names with
 * `String.trim()`, so they read `\u2000__Host-state` (likewise with U+00A0, U+FEFF or a vertical tab) as `__Host-state`. To
 * a browser it is another name, which any neighbouring host may set. Only names that RFC 6265 section 4.1.1 allows remain.
 */

export interface RequestCookie {
  name: string;
  /** The value as it was sent, still percent-encoded. */
  value: string;
}

/** A `token` as defined in RFC 9110 section 5.6.2. */
const namePattern = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** `cookie-octet` without quotes, which parsers treat differently. Better Auth percent-encodes its values. */
export const plainValue = /^[!#-+\--:<-[\]-~]*$/;
/** Only spaces and tabs, unlike `trim()`, which removes more. */
const padding = /^[ \t]+|[ \t]+$/g;
const hostPrefix = /^__host-/i;

/** The cookies of a header, in order, without those whose names are ambiguous. */
export function readCookies(header: string): RequestCookie[] {
  const cookies = header
    .split(";")
    .flatMap(readPair)
    .filter(({ name }) => namePattern.test(name));
  const times = new Map<string, number>();
  for (const { name } of cookies) times.set(name, (times.get(name) ?? 0) + 1);
  // A host has at most one `__Host-` cookie of a name (RFC 6265bis section 4.1.3.2). If there are two, one is forged.
  return cookies.filter(({ name }) => times.get(name) === 1 || !hostPrefix.test(name));
}

export function writeCookies(cookies: readonly RequestCookie[]): string {
  return cookies.map(({ name, value }) => `${name}=${value}`).join("; ");
}

/** The decoded value; undefined if parsers could disagree about it. */
export function readValue({ value }: RequestCookie): string | undefined {
  if (!plainValue.test(value)) return undefined;
  try {
    return decodeURIComponent(value);
  } catch {
    return undefined;
  }
}

/** A copy of the request with these cookies. If there are none, it has no Cookie header. */
export function withCookies(request: Request, cookies: readonly RequestCookie[]): Request {
  const headers = new Headers(request.headers);
  if (cookies.length === 0) headers.delete("cookie");
  else headers.set("cookie", writeCookies(cookies));
  return new Request(request, { headers });
}

/** Drops a pair without `=`: to a browser it is a nameless cookie, and its value may look like any other cookie. */
function readPair(text: string): RequestCookie[] {
  const separator = text.indexOf("=");
  if (separator === -1) return [];
  const [name, value] = [text.slice(0, separator), text.slice(separator + 1)].map((part) =>
    part.replaceAll(padding, ""),
  ) as [string, string];
  return [{ name, value }];
}
