/**
 * One hash at a time, and a pause after each, in the order in which they came. Hashing blocks the isolate's one thread;
 * workerd looks for new requests and answers of D1 only once nothing is left to do, so hashes that wait in a row would run
 * in a row, and session checks after all of them.
 *
 * Nobody waits for another request's promise or timer: workerd never goes on with a request that was aborted. Whoever
 * waits looks again after a while; who does not look when they said they would have gone, and keep nobody waiting.
 *
 * Cloudflare's clock stands still while code runs. So nobody can say when a hash ended: the pause is counted from when
 * somebody first looks after it.
 */
import { APIError } from "better-auth/api";

/** For what came in meanwhile: several session checks from end to end. */
const pauseMilliseconds = 6;
/** How late a timer may be when it is not a hash that held it up. */
const graceMilliseconds = 30;
const patienceMilliseconds = 10_000;
const retrySeconds = 5;

/** `work` must be synchronous: it has the turn until it returns. */
export type TakeTurn = <Result>(work: () => Result) => Promise<Result>;

export function createTurns(): TakeTurn {
  /** Who waits, by number of arrival, and until when each is believed to be there. */
  const waiting = new Map<number, number>();
  let arrivals = 0;
  /** Since when the loop has been let go; `undefined` when a hash ran and nobody has looked since. */
  let pausedSince: number | undefined = 0;

  const countAhead = (number: number, now: number) => {
    let ahead = 0;
    for (const [other, until] of waiting) {
      // One that is there after all says so when it looks.
      if (until < now) waiting.delete(other);
      else if (other < number) ahead += 1;
    }
    return ahead;
  };

  return async (work) => {
    const number = arrivals++;
    const deadline = Date.now() + patienceMilliseconds;
    for (;;) {
      const now = Date.now();
      pausedSince ??= now;
      const ahead = countAhead(number, now);
      if (ahead === 0 && now - pausedSince >= pauseMilliseconds) break;
      if (now > deadline) {
        waiting.delete(number);
        throw busy();
      }
      // Each of those ahead takes a pause at least.
      const lookAgain = pauseMilliseconds * (ahead + 1);
      waiting.set(number, now + lookAgain + graceMilliseconds);
      await scheduler.wait(lookAgain);
    }
    waiting.delete(number);
    pausedSince = undefined;
    return work();
  };
}

const busy = () =>
  new APIError(
    "SERVICE_UNAVAILABLE",
    {
      code: "BUSY",
      message: "Too many people sign in at this moment. Try again in a few seconds.",
    },
    { "Retry-After": String(retrySeconds) },
  );
