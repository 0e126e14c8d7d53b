/**
 * Answers that would tell by their time whether an address has an account: a sign-up or a reset writes more rows for one
 * side than for the other, and every write is a way to D1 and back. They are sent no sooner than both take. Better Auth
 * holds `/send-verification-email` in the same way, for as long; a sign-in does the same work on both sides.
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
