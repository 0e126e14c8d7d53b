/**
 * Tries that are being judged in this isolate. Each is counted until it is known to be right, so people of one office who
 * sign in at the same moment would use up the tries of their network: whoever finds none left waits while others may still
 * give theirs back. Values, never promises: workerd settles none of a request that was aborted.
 */
import type { Allowance } from "./tries.ts";

/** Longer than a password waits for its turn to be hashed; then the request that had the try is gone. */
const leaseMilliseconds = 12_000;
const patienceMilliseconds = 15_000;
const lookAgainMilliseconds = 20;
/** Beyond this many keys, those of requests that are gone are dropped. */
const sweepAbove = 1000;

export interface InFlight {
  /** @returns ends it. */
  begin: (allowances: readonly Allowance[]) => () => void;
  /**
   * Repeats `take` for as long as tries of the same keys end.
   * @returns what it last answered: the seconds to wait, or undefined.
   */
  retrying: (
    allowances: readonly Allowance[],
    take: () => Promise<number | undefined>,
  ) => Promise<number | undefined>;
}

export function createInFlight(now: () => number): InFlight {
  const byKey = new Map<string, Set<{ since: number }>>();
  const isLive = ({ since }: { since: number }) => now() - since < leaseMilliseconds;
  const count = (allowances: readonly Allowance[]) => {
    const live = new Set(allowances.flatMap(({ key }) => [...(byKey.get(key) ?? [])]));
    return [...live].filter(isLive).length;
  };
  const sweep = () => {
    for (const [key, some] of byKey) if (![...some].some(isLive)) byKey.delete(key);
  };
  return {
    begin(allowances) {
      if (byKey.size > sweepAbove) sweep();
      const one = { since: now() };
      for (const { key } of allowances) byKey.set(key, (byKey.get(key) ?? new Set()).add(one));
      return () => {
        for (const { key } of allowances) {
          const some = byKey.get(key);
          some?.delete(one);
          if (some?.size === 0) byKey.delete(key);
        }
      };
    },
    async retrying(allowances, take) {
      let deadline = now() + patienceMilliseconds;
      for (;;) {
        const before = count(allowances);
        const waitSeconds = await take();
        // Those that were counted in the meantime, too: several come at once.
        const judged = Math.max(before, count(allowances));
        if (waitSeconds === undefined || judged === 0) return waitSeconds;
        // Whoever was refused in one window gets none of the next by waiting.
        deadline = Math.min(deadline, now() + (waitSeconds - 1) * 1000);
        while (count(allowances) >= judged && now() < deadline) {
          await scheduler.wait(lookAgainMilliseconds);
        }
        if (now() >= deadline) return waitSeconds;
      }
    },
  };
}
