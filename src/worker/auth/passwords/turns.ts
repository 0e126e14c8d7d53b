/**
 * One hash at a time, and a pause after each, in the order in which they came. Hashing blocks the isolate's one thread;
 * workerd looks for new requests and answers of D1 only once nothing is left to do, so hashes that wait in a row would run
 * in a row, and session checks after all of them. The pause lasts until what came in meanwhile is done, as far as timers
 * show it: one that ends late was behind something.
 *
 * Nobody waits for another request's promise or timer: workerd never goes on with a request that was aborted. Whoever
 * waits looks again after a while; who does not look when they said they would have gone, and keep nobody waiting.
 *
 * Cloudflare's clock stands still while code runs. So nobody can say when a hash ended: the pause is counted from when
 * somebody first looks after it.
 */
import { APIError } from "better-auth/api";

/** Whoever is next looks this often. */
const sliceMilliseconds = 1;
/** So many looks in a row that were not late, and nothing is left to be done. */
const quietSlices = 2;
/** Timers of an idle machine are up to this late; whatever waits for the isolate makes them later. */
const lateMilliseconds = 2;
/** Others wait at least as long for each that is ahead of them. */
const pauseMilliseconds = quietSlices * sliceMilliseconds;
/** Signing in goes on, however much else there is to do. */
const longestPauseMilliseconds = 100;
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
  let quiet = 0;
  let hashes = 0;
  const isPaused = (now: number) =>
    pausedSince !== undefined &&
    (quiet >= quietSlices || now - pausedSince >= longestPauseMilliseconds);

  const countAhead = (number: number, now: number) => {
    let ahead = 0;
    for (const [other, until] of waiting) {
      // One that is there after all says so when it looks.
      if (until < now) waiting.delete(other);
      else if (other < number) ahead += 1;
    }
    return ahead;
  };

  /** After a timer that was to end at `due`. */
  const look = (now: number, due: number) => {
    quiet = now - due <= lateMilliseconds ? quiet + 1 : 0;
  };

  /** Looks for whoever comes next, as long as nobody waits. Where this request is gone by then, they look themselves. */
  const beginPause = async () => {
    const hash = hashes;
    const isLeftToThis = () => hash === hashes && waiting.size === 0;
    await scheduler.wait(0);
    pausedSince ??= Date.now();
    while (isLeftToThis() && !isPaused(Date.now())) {
      const due = Date.now() + sliceMilliseconds;
      await scheduler.wait(sliceMilliseconds);
      if (isLeftToThis()) look(Date.now(), due);
    }
  };

  return async (work) => {
    const number = arrivals++;
    const deadline = Date.now() + patienceMilliseconds;
    for (let due: number | undefined; ;) {
      const now = Date.now();
      const ahead = countAhead(number, now);
      if (pausedSince === undefined) pausedSince = now;
      else if (ahead === 0 && due !== undefined) look(now, due);
      if (ahead === 0 && isPaused(now)) break;
      if (now > deadline) {
        waiting.delete(number);
        throw busy();
      }
      const wait = ahead === 0 ? sliceMilliseconds : pauseMilliseconds * (ahead + 1);
      due = now + wait;
      waiting.set(number, due + graceMilliseconds);
      await scheduler.wait(wait);
    }
    waiting.delete(number);
    pausedSince = undefined;
    quiet = 0;
    hashes += 1;
    const result = work();
    void beginPause();
    return result;
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
