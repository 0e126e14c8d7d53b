/** Loads on a contender, and what is measured of them. Milliseconds are fractions: a session check takes less than one. */
import autocannon from "autocannon";
import type { Contender } from "./contender.ts";
import { browserHeaders, type Headers } from "./requests.ts";

export interface Measured {
  count: number;
  perSecond: number;
  p50: number;
  p99: number;
}

export interface Request {
  path: string;
  headers: Headers;
}

const mostConnections = 16;

/** Requests in turn, each as soon as a connection is free, from an address of its own. @throws when an answer is wrong. */
export async function asFastAsAnswered(
  contender: Contender,
  requests: Request[],
  {
    isRight,
    ...limit
  }: { isRight: (body: string) => boolean } & ({ seconds: number } | { amount: number }),
): Promise<Measured> {
  const connections = Math.min(requests.length, mostConnections);
  // Each connection has people of its own: all of them would walk through one list in step, and warm it for each other.
  const shares = Array.from({ length: connections }, (_, share) =>
    requests
      .filter((_request, index) => index % connections === share)
      .map(({ path, headers }) => ({
        method: "GET" as const,
        path,
        headers: browserHeaders(headers),
      })),
  );
  const times: number[] = [];
  const began = performance.now();
  let ended = began;
  const { non2xx, errors, timeouts, mismatches } = await autocannon({
    url: contender.url,
    connections,
    ...("seconds" in limit ? { duration: limit.seconds } : { amount: limit.amount }),
    // A connection sends one before its share can be set.
    requests: shares[0]?.slice(0, 1) ?? [],
    verifyBody: (body) => isRight(String(body)),
    // Its own percentiles are whole milliseconds.
    setupClient: (client) => {
      client.setRequests(shares.shift() ?? []);
      client.on("response", (_status, _bytes, milliseconds) => {
        times.push(milliseconds);
        ended = performance.now();
      });
    },
  });
  const wrong = non2xx + errors + timeouts + mismatches;
  if (wrong > 0) {
    throw new Error(
      `${contender.name}: of ${times.length} answers ${non2xx} were no 200, ${mismatches} had another body; ${errors} errors, ${timeouts} timeouts`,
    );
  }
  return summary(times, ended - began);
}

/** Clients that each begin a deed when their last one is done; what has begun in time is waited for, and counts. */
export async function inTurn(
  clients: number,
  limit: { seconds: number; deeds?: number },
  deed: () => Promise<unknown>,
): Promise<Measured> {
  const began = performance.now();
  const until = began + limit.seconds * 1000;
  const times: number[] = [];
  let left = limit.deeds ?? Infinity;
  await allOf(
    Array.from({ length: clients }, async () => {
      while (left > 0 && performance.now() < until) {
        left -= 1;
        const start = performance.now();
        await deed();
        times.push(performance.now() - start);
      }
    }),
  );
  return summary(times, performance.now() - began);
}

/**
 * So many a second, whether or not those before have been answered; a time runs from when a request was due, so that one
 * which could not leave in time counts as late (no coordinated omission).
 */
export async function atFixedRate(
  perSecond: number,
  seconds: number,
  deed: () => Promise<void>,
): Promise<Measured> {
  const began = performance.now();
  const times: number[] = [];
  await allOf(
    Array.from({ length: Math.ceil(perSecond * seconds) }, async (_, index) => {
      const due = began + (index * 1000) / perSecond;
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())));
      await deed();
      times.push(performance.now() - due);
    }),
  );
  return summary(times, performance.now() - began);
}

/** Deeds one after another, as many as begin in time. */
export async function timeEach(deeds: (() => Promise<unknown>)[], seconds: number) {
  const left = [...deeds];
  return inTurn(1, { seconds, deeds: deeds.length }, async () => left.pop()?.());
}

/** Waits for all, so that nothing runs on into the next measurement; then throws what one of them threw. */
export async function allOf<const Results extends readonly Promise<unknown>[]>(promises: Results) {
  await Promise.allSettled(promises);
  return Promise.all(promises);
}

function summary(times: number[], milliseconds: number): Measured {
  times.sort((one, other) => one - other);
  const quantile = (share: number) =>
    times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? Number.NaN;
  return {
    count: times.length,
    perSecond: (times.length * 1000) / milliseconds,
    p50: quantile(0.5),
    p99: quantile(0.99),
  };
}
