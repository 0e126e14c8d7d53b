/**
 * The security headers of every response (ASVS 5.0 section 3.4), including errors and the responses of the owner's routes.
 * A header that a response already has is kept.
 */

const yearSeconds = 365 * 24 * 60 * 60;

const headers: readonly (readonly [name: string, value: string])[] = [
  ["Strict-Transport-Security", `max-age=${2 * yearSeconds}; includeSubDomains`],
  ["X-Content-Type-Options", "nosniff"],
  // The few pages set their own policy. If a browser renders any other response, it can load and run nothing.
  [
    "Content-Security-Policy",
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  ],
  ["X-Frame-Options", "DENY"],
  // Links in mails carry tokens in their query string.
  ["Referrer-Policy", "no-referrer"],
  ["Cross-Origin-Opener-Policy", "same-origin"],
  ["Cross-Origin-Resource-Policy", "same-origin"],
  ["Cache-Control", "no-store"],
  // A response that was cached for one origin, or for none, must not be served to another.
  ["Vary", "Origin"],
];

/** Adds the security headers that a response lacks. */
export function withSecurityHeaders(response: Response): Response {
  // The headers of redirects and of responses from `fetch` are immutable.
  const secured = new Response(response.body, response);
  for (const [name, value] of headers) {
    if (!secured.headers.has(name)) secured.headers.set(name, value);
  }
  return secured;
}
