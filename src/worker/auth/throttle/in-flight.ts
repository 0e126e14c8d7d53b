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

interface Judged {
  since: number;
  wasRight: boolean;
}

export interface InFlight {
  /** @returns ends it. */
  begin: (allowances: readonly Allowance[]) => (outcome: { wrong: boolean }) => void;
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
        // Those that were counted in the meantime, too: several come at once.
        const judged = new Set([...before, ...list(allowances)]);
        if (waitSeconds === undefined || judged.size === 0) return waitSeconds;
        // Whoever was refused in one window gets none of the next by waiting.
        deadline = Math.min(deadline, now() + (waitSeconds - 1) * 1000);
        while (list(allowances).length >= judged.size && now() < deadline) {
          await scheduler.wait(lookAgainMilliseconds);
        }
        // A try that was given back is there for the taking.
        if ([...judged].some(({ wasRight }) => wasRight)) deadline = lastMoment;
        if (now() >= deadline) return waitSeconds;
      }
    },
  };
}
