/**
 * The outer shield: how many requests one network may make at all, by Cloudflare's rate limiting binding, which counts in
 * the data center's memory and costs no query. Optional: without the binding, or without an address, nothing is counted
 * here. Session checks are not counted: a backend asks for many people from one address.
 */
import type { MiddlewareHandler } from "hono";
import { networkOf } from "./network.ts";
import { describeError, type problem } from "./problem.ts";

interface ShieldOptions {
  platformId: string;
  isUncounted: (method: string, path: string) => boolean;
  /** In the shape that the caller of `url` reads. */
  refuse: (url: string) => typeof problem;
}

/** Of the binding: it does not say when its window ends. */
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
    // Platforms of one account may share a namespace.
    if (await mayPass(limiter, `${platformId}:${network}`)) return next();
    return refuse(context.req.url)({
      status: 429,
      code: "TOO_MANY_REQUESTS",
      detail: "Too many requests came from this network. Try again in a minute.",
      headers: { "Retry-After": String(longestPeriodSeconds) },
    });
  };
}

/** A shield that fails is none: the exact counters stand behind it. */
async function mayPass(limiter: RateLimit, key: string): Promise<boolean> {
  try {
    return (await limiter.limit({ key })).success;
  } catch (error) {
    console.error(`rate limiter: ${describeError(error)}`);
    return true;
  }
}
