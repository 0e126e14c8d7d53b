/**
 * The outer rate limit: how many requests one network may make at all. It uses Cloudflare's rate limiting binding, which
 * counts in the data center's memory and needs no query. The limit is optional: without the binding, or without a client
 * address, nothing is counted here. Session checks are not counted, because a backend makes them for many users from one
 * address.
 */
import type { MiddlewareHandler } from "hono";
import { networkOf } from "./network.ts";
import { describeError, type problem } from "./problem.ts";

interface ShieldOptions {
  platformId: string;
  isUncounted: (method: string, path: string) => boolean;
  /** Chooses the error format for a URL. */
  refuse: (url: string) => typeof problem;
}

/** The longest period that the binding supports. It does not report when the current period ends. */
const longestPeriodSeconds = 60;

export function shield(
  binding: unknown,
  { platformId, isUncounted, refuse }: ShieldOptions,
): MiddlewareHandler {
  if (binding === undefined) return async (_context, next) => next();
  const limiter = binding as RateLimit;
  return async (context, next) => {
    const network = networkOf(context.req.raw.headers);
    const { method, path } = context.req;
    if (network === undefined || isUncounted(method, path)) return next();
    // Platforms in one Cloudflare account may share a namespace.
    if (await isWithinLimit(limiter, `${platformId}:${network}`)) return next();
    return refuse(context.req.url)({
      status: 429,
      code: "TOO_MANY_REQUESTS",
      detail: "Too many requests came from this network. Try again in a minute.",
      headers: { "Retry-After": String(longestPeriodSeconds) },
    });
  };
}

/** Lets the request through when the binding fails, since the exact counters of the throttle still apply. */
async function isWithinLimit(limiter: RateLimit, key: string): Promise<boolean> {
  try {
    return (await limiter.limit({ key })).success;
  } catch (error) {
    console.error(`rate limiter: ${describeError(error)}`);
    return true;
  }
}
