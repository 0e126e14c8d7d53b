/**
 * How many requests may have passwords hashed, right or wrong. A hash keeps an isolate busy for a fifth of a second, so
 * somebody with a few accounts and their passwords could close sign-in to everybody else. These counters are never given
 * back, and a request counts once, however many hashes it needs (three at most).
 */
import { networkOf, siteOf } from "../../http/network.ts";
import { describeHashCaller, hashCaller } from "../passwords/hash-caller.ts";
import type { KnownDevice } from "./known-device.ts";
import { tooMany } from "./too-many.ts";
import type { Allowance, Tries } from "./tries.ts";

const windowSeconds = 5 * 60;
/** An office of 200 signs in within a minute, and some mistype. */
const requestsOfNetwork = 300;
const requestsOfSite = 600;
/** On all devices that one account knows. */
const requestsOfKnownAccount = 30;

/** What a request uses up that hashes for a stranger. */
export const strangerHashes = (headers: Headers | undefined): Allowance[] =>
  hashesAt(headers, "hashes");

/** Known devices have a budget of their own: strangers in their network cannot use it up. */
export function deviceHashes(
  headers: Headers | undefined,
  { credentials }: KnownDevice,
  account: string,
): Allowance[] {
  const perAccount = cost(`hashes-account:${credentials}:${account}`, requestsOfKnownAccount);
  return [perAccount, ...hashesAt(headers, "hashes-known")];
}

function hashesAt(headers: Headers | undefined, kind: string): Allowance[] {
  const network = networkOf(headers);
  const site = siteOf(headers);
  return [
    ...(network === undefined ? [] : [cost(`${kind}:${network}`, requestsOfNetwork)]),
    ...(site === undefined ? [] : [cost(`${kind}-site:${site}`, requestsOfSite)]),
  ];
}

const cost = (key: string, tries: number): Allowance => ({
  key,
  tries,
  seconds: windowSeconds,
  isCost: true,
});

/**
 * Counts a request that hashes and has not been counted together with its guess or its mail, whatever route it calls.
 *
 * @throws {APIError} 429 when its network has none left.
 */
export async function payForHash(tries: Tries, now: () => number = Date.now): Promise<void> {
  const caller = hashCaller.get();
  if (caller === undefined || caller.isPaid === true) return;
  const waitSeconds = await tries.take(strangerHashes(caller.headers), now());
  if (waitSeconds !== undefined) throw tooManyHashes(waitSeconds);
  describeHashCaller({ isPaid: true });
}

export const tooManyHashes = (waitSeconds: number) =>
  tooMany("TOO_MANY_REQUESTS", "requests with passwords came from this network", waitSeconds);
