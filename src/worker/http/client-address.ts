/**
 * Which client address is believed. Cloudflare sets `cf-connecting-ip` on a request from the internet, whatever the client
 * has sent, and attaches its own metadata (`request.cf`). A Worker that calls through a service binding chooses every header,
 * and one that copies the headers of its own callers lets strangers choose their network. Such a call has no metadata
 * unless the caller hands on what it got itself, which no client can write: without it the address is not believed.
 */

const addressHeader = "cf-connecting-ip";

/** The request as it came, or without an address that Cloudflare did not set. */
export function withTrustedAddress(request: Request): Request {
  if (!request.headers.has(addressHeader) || request.cf !== undefined) return request;
  const headers = new Headers(request.headers);
  headers.delete(addressHeader);
  return new Request(request, { headers });
}
