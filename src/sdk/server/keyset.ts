/**
 * The auth Worker's published keys, fetched once for many requests. jose's remote set caches what it fetched, the keys, and
 * on Workers never waits for a fetch that another request began: workerd leaves such a promise pending for ever when
 * that request is aborted.
 */
import { createRemoteJWKSet, customFetch, type JWTVerifyGetKey } from "jose";

/** What a service binding and the global scope have in common. */
export interface Fetcher {
  fetch: (input: string, init?: RequestInit) => Promise<Response>;
}

/** As long as the Worker says that its answer keeps (`max-age=300`). */
const cacheSeconds = 5 * 60;
/** How often a key id that nobody knows may make this Worker ask again: a flood of forged tokens is no flood of requests. */
const cooldownSeconds = 30;
const answerSeconds = 5;

const globalFetcher: Fetcher = { fetch: (input, init) => globalThis.fetch(input, init) };
const keysets = new WeakMap<Fetcher, Map<string, JWTVerifyGetKey>>();

/** @param issuer from the configuration, never from a token. */
export function remoteKeys(issuer: string, fetcher: Fetcher = globalFetcher): JWTVerifyGetKey {
  const known = keysets.get(fetcher) ?? new Map<string, JWTVerifyGetKey>();
  keysets.set(fetcher, known);
  const present = known.get(issuer);
  if (present !== undefined) return present;
  const keys = createRemoteJWKSet(new URL("/api/auth/jwks", issuer), {
    cacheMaxAge: cacheSeconds * 1000,
    cooldownDuration: cooldownSeconds * 1000,
    timeoutDuration: answerSeconds * 1000,
    [customFetch]: (url, init) => fetcher.fetch(url, init),
  });
  known.set(issuer, keys);
  return keys;
}
