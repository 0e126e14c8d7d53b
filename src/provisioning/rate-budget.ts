/**
 * One rate budget for every call of a fleet. Cloudflare allows 1,200 calls in 5 minutes to a user and refuses all of them
 * for 5 minutes past that: 3.5 a second and a burst of 100 stay below it (100 + 3.5 * 300 = 1,150).
 */
import { systemClock, type Clock } from "./clock.ts";

export interface RateBudget {
  /** Resolves when a call may go out. Calls leave in the order in which they asked. */
  take(): Promise<void>;
  /** Nothing goes out for this long: what a 429's Retry-After asks for. */
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

/** No budget: for a local Cloudflare, which limits nobody. */
export const unlimited: RateBudget = { take: async () => {}, pause: () => {} };
