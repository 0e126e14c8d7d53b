/**
 * Tries that are being judged in this isolate. Each is counted until it is known to be right, so people of one office who
 * sign in at the same moment would use up the tries of their network. A request that finds none left therefore waits while
 * others may still give theirs back. It keeps values, never promises: workerd settles no promise of an aborted request.
 */
import type { Allowance } from "./tries.ts";

/** Longer than a password waits for its turn to be hashed: after it, the request that took the try is gone. */
const leaseMilliseconds = 12_000;
const patienceMilliseconds = 15_000;
const lookAgainMilliseconds = 20;
/** Beyond this many keys, those of aborted requests are dropped. */
const sweepAbove = 1000;

interface Judged {
  since: number;
  wasRight: boolean;
}

export interface InFlight {
  /** @returns a function that ends the try. */
  begin: (allowances: readonly Allowance[]) => (outcome: { wrong: boolean }) => void;
  /**
   * Repeats `take` for as long as other tries of the same keys end.
   * @returns the last result of `take`: the seconds to wait, or undefined.
   */
  retrying: (
    allowances: readonly Allowance[],
    take: () => Promise<number | undefined>,
  ) => Promise<number | undefined>;
}

export function createInFlight(now: () => number): InFlight {
  const byKey = new Map<string, Set<Judged>>();
  const isLive = ({ since }: Judged) => now() - since < leaseMilliseconds;
  const list = (allowances: readonly Allowance[]) => {
    const some = new Set(allowances.flatMap(({ key }) => [...(byKey.get(key) ?? [])]));
    return [...some].filter(isLive);
  };
  const sweep = () => {
    for (const [key, some] of byKey) if (![...some].some(isLive)) byKey.delete(key);
  };
  return {
    begin(allowances) {
      if (byKey.size > sweepAbove) sweep();
      const one: Judged = { since: now(), wasRight: false };
      for (const { key } of allowances) byKey.set(key, (byKey.get(key) ?? new Set()).add(one));
      return ({ wrong }) => {
        one.wasRight = !wrong;
        for (const { key } of allowances) {
          const some = byKey.get(key);
          some?.delete(one);
          if (some?.size === 0) byKey.delete(key);
        }
      };
    },
    async retrying(allowances, take) {
      const lastMoment = now() + patienceMilliseconds;
      let deadline = lastMoment;
      for (;;) {
        const before = list(allowances);
        const waitSeconds = await take();
        // Several requests come at once: include those that were counted meanwhile.
        const judged = new Set([...before, ...list(allowances)]);
        if (waitSeconds === undefined || judged.size === 0) return waitSeconds;
        // A request that was refused in one window does not get a try of the next by waiting.
        deadline = Math.min(deadline, now() + (waitSeconds - 1) * 1000);
        while (list(allowances).length >= judged.size && now() < deadline) {
          await scheduler.wait(lookAgainMilliseconds);
        }
        // A try was given back, and can be taken.
        if ([...judged].some(({ wasRight }) => wasRight)) deadline = lastMoment;
        if (now() >= deadline) return waitSeconds;
      }
    },
  };
}
