/**
 * Delays responses whose timing would reveal whether an address has an account. A sign-up or a password reset writes more
 * rows in one case than in the other, and every write is a round trip to D1. Such a response is held until both cases
 * would have finished. Better Auth holds `/send-verification-email` for the same time. A sign-in needs no delay, because it
 * does the same work in both cases.
 */
import type { MiddlewareHandler } from "hono";

const heldMilliseconds = 500;

export function holdAnswers(isHeld: (method: string, path: string) => boolean): MiddlewareHandler {
  return async (context, next) => {
    const start = Date.now();
    await next();
    if (!context.res.ok || !isHeld(context.req.method, context.req.path)) return;
    await scheduler.wait(Math.max(0, heldMilliseconds - (Date.now() - start)));
  };
}
