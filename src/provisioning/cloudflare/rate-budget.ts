/**
 * One rate budget for every call to an account. Cloudflare allows a user 1,200 calls in 5 minutes and refuses every call for
 * the 5 minutes after that. A burst of 100 and 3.5 calls a second stay below the limit (100 + 3.5 * 300 = 1,150).
 */
import { systemClock, type Clock } from "../clock.ts";

export interface RateBudget {
  /** Resolves when a call may be sent. Calls are sent in the order in which they asked. */
  take(): Promise<void>;
  /** Holds back every call for this long, as a 429's Retry-After asks. */
  pause(ms: number): void;
}

export function createRateBudget({
  requestsPerSecond = 3.5,
  burst = 100,
  clock = systemClock,
}: { requestsPerSecond?: number; burst?: number; clock?: Clock } = {}): RateBudget {
  let tokens = burst;
  let filledAt = clock.now();
  let pausedUntil = 0;
  let queue: Promise<void> = Promise.resolve();

  async function takeOne(): Promise<void> {
    for (;;) {
      const now = clock.now();
      tokens = Math.min(burst, tokens + ((now - filledAt) / 1000) * requestsPerSecond);
      filledAt = now;
      const pausedMs = pausedUntil - now;
      if (pausedMs <= 0 && tokens >= 1) {
        tokens -= 1;
        return;
      }
      const refillMs = Math.ceil(((1 - tokens) / requestsPerSecond) * 1000);
      await clock.sleep(Math.max(pausedMs, refillMs, 1));
    }
  }

  return {
    async take() {
      queue = queue.then(takeOne);
      await queue;
    },
    pause(ms) {
      pausedUntil = Math.max(pausedUntil, clock.now() + ms);
    },
  };
}

/** For a local Cloudflare, which has no rate limit. */
export const unlimited: RateBudget = { take: async () => {}, pause: () => {} };
