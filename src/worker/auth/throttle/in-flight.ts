/**
 * Tries that are being judged in this isolate. Each is counted until it is known to be right, so people of one office who
 * sign in at the same moment would use up the tries of their network. A request that finds none left therefore waits while
 * others may still give theirs back. Those who wait ask again in the order of arrival, one for each try that has ended: if
 * all asked, two hundred people would cost forty thousand queries. It keeps values, never promises: workerd settles no
 * promise of an aborted request.
 */
import { busy } from "../passwords/hash-queue.ts";
import type { Allowance } from "./tries.ts";

/** Longer than a password waits for its turn to be hashed: after it, the request that took the try is gone. */
const leaseMilliseconds = 12_000;
const patienceMilliseconds = 15_000;
const lookAgainMilliseconds = 20;
/** A request that is told to wait behind many others looks less often. */
const longestPauseMilliseconds = 400;
/** One that has not looked again for this long is taken for aborted. */
const aliveMilliseconds = 2000;
/** As many as can be judged while one waits. Further requests are refused at once. */
const waitersOfKey = 60;
/** Beyond this many keys, those of aborted requests are dropped. */
const sweepAbove = 1000;

interface Judged {
  since: number;
  wasRight: boolean;
}

interface Waiter {
  keys: readonly string[];
  aliveUntil: number;
}

export interface InFlight {
  /** @returns a function that ends the try. */
  begin: (allowances: readonly Allowance[]) => (outcome: { wrong: boolean }) => void;
  /**
   * Repeats `take` for as long as other tries of the same keys end.
   * @returns the last result of `take`: the seconds to wait, or undefined.
   * @throws {APIError} 503 BUSY when too many others wait already.
   */
  retrying: (
    allowances: readonly Allowance[],
    take: () => Promise<number | undefined>,
  ) => Promise<number | undefined>;
}

export function createInFlight(now: () => number): InFlight {
  const byKey = new Map<string, Set<Judged>>();
  /** In the order of arrival. */
  const waiters = new Set<Waiter>();
  const isLive = ({ since }: Judged) => now() - since < leaseMilliseconds;
  const list = (allowances: readonly Allowance[]) => {
    const some = new Set(allowances.flatMap(({ key }) => [...(byKey.get(key) ?? [])]));
    return [...some].filter(isLive);
  };
  const sweep = () => {
    for (const [key, some] of byKey) if (![...some].some(isLive)) byKey.delete(key);
  };
  const countAhead = (waiter: Waiter) => {
    let ahead = 0;
    for (const other of waiters) {
      if (other === waiter) break;
      if (other.aliveUntil < now()) waiters.delete(other);
      else if (other.keys.some((key) => waiter.keys.includes(key))) ahead += 1;
    }
    return ahead;
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
      const waiter: Waiter = {
        keys: allowances.map(({ key }) => key),
        aliveUntil: now() + aliveMilliseconds,
      };
      try {
        for (;;) {
          const before = list(allowances);
          const waitSeconds = await take();
          // Several requests come at once: include those that were counted meanwhile.
          const judged = new Set([...before, ...list(allowances)]);
          if (waitSeconds === undefined || judged.size === 0) return waitSeconds;
          waiters.add(waiter);
          if (countAhead(waiter) >= waitersOfKey) throw busy();
          // A request that was refused in one window does not get a try of the next by waiting.
          deadline = Math.min(deadline, now() + (waitSeconds - 1) * 1000);
          for (;;) {
            waiter.aliveUntil = now() + aliveMilliseconds;
            waiters.add(waiter);
            const ahead = countAhead(waiter);
            if (list(allowances).length + ahead < judged.size || now() >= deadline) break;
            await scheduler.wait(
              Math.min(lookAgainMilliseconds * (ahead + 1), longestPauseMilliseconds),
            );
          }
          // A try was given back, and can be taken.
          if ([...judged].some(({ wasRight }) => wasRight)) deadline = lastMoment;
          if (now() >= deadline) return waitSeconds;
        }
      } finally {
        waiters.delete(waiter);
      }
    },
  };
}
