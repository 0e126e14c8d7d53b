/**
 * The published keys of the auth Worker, fetched once for many requests. jose's remote key set caches them. In Workers it
 * never waits for a fetch that another request started, because workerd leaves that promise pending forever if the other
 * request is aborted.
 */
import { createRemoteJWKSet, customFetch, type JWTVerifyGetKey } from "jose";

/** A service binding, or the global scope. */
export interface Fetcher {
  fetch: (input: string, init?: RequestInit) => Promise<Response>;
}

/** The `max-age` of the auth Worker's answer. */
const cacheSeconds = 5 * 60;
/** An unknown key id causes at most one fetch in this time, so a flood of forged tokens causes no flood of requests. */
const cooldownSeconds = 30;
const answerSeconds = 5;

const globalFetcher: Fetcher = { fetch: (input, init) => globalThis.fetch(input, init) };
const keysets = new WeakMap<Fetcher, Map<string, JWTVerifyGetKey>>();

/** @param issuer must come from the configuration, never from a token. */
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
