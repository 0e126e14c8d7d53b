/**
 * What every answer carries, whoever made it: a route, a refusal, the platform's owner, or the Worker in place of an
 * answer (ASVS 5.0, chapter 3.4). A header that an answer has already is its own business.
 */

const yearSeconds = 365 * 24 * 60 * 60;

const headers: readonly (readonly [name: string, value: string])[] = [
  ["Strict-Transport-Security", `max-age=${2 * yearSeconds}; includeSubDomains`],
  ["X-Content-Type-Options", "nosniff"],
  // Nothing here is a page but what says so; an answer that a browser renders all the same may do nothing.
  [
    "Content-Security-Policy",
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  ],
  ["X-Frame-Options", "DENY"],
  // Links in mails carry tokens in their query.
  ["Referrer-Policy", "no-referrer"],
  ["Cross-Origin-Opener-Policy", "same-origin"],
  ["Cross-Origin-Resource-Policy", "same-origin"],
  ["Cache-Control", "no-store"],
  // What a cache keeps for one origin is not another's to read, and an answer without an origin is for none.
  ["Vary", "Origin"],
];

/** The answer with what is missing of the headers. */
export function withSecurityHeaders(answer: Response): Response {
  // The headers of redirects and of what `fetch` returned cannot be changed.
  const secured = new Response(answer.body, answer);
  for (const [name, value] of headers) {
    if (!secured.headers.has(name)) secured.headers.set(name, value);
  }
  return secured;
}
