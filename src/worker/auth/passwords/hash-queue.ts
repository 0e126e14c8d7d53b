/**
 * A queue that runs one hash at a time, in the order of arrival, with a pause after each. A hash blocks the isolate's
 * only thread. workerd handles new requests and answers of D1 only when no code is left to run, so without pauses all
 * waiting hashes would run in a row, and session checks would wait for the last of them. A pause lasts until the
 * requests that arrived meanwhile are done, as far as timers show it: a timer that fires late was waiting behind other
 * work.
 *
 * No request waits for a promise or timer of another, because workerd never continues a request that was aborted. Each
 * waiting request polls. One that misses its next poll is taken for aborted, and keeps nobody waiting.
 *
 * Cloudflare's clock stands still while code runs, so nothing can tell when a hash ended. A pause is therefore counted
 * from the first poll after the hash.
 */
import { APIError } from "better-auth/api";

/** The interval at which the request at the head of the queue polls. */
const pollMilliseconds = 1;
/** After this many punctual polls in a row, no other work is left. */
const punctualPollsNeeded = 2;
/** Timers of an idle isolate are at most this late. Work that waits for the isolate makes them later. */
const latenessMilliseconds = 2;
/** A request waits at least this long for each request ahead of it. */
const pauseMilliseconds = punctualPollsNeeded * pollMilliseconds;
/** A pause ends after this time, so that sign-ins continue however much other work there is. */
const longestPauseMilliseconds = 100;
/** A waiting request may poll this much later than announced before it is taken for aborted. */
const graceMilliseconds = 30;
const patienceMilliseconds = 10_000;
const retrySeconds = 5;

/**
 * Runs `work` when its turn has come. `work` must be synchronous, because its turn ends when it returns.
 *
 * @throws {APIError} 503 BUSY after waiting for 10 seconds.
 */
export type RunInQueue = <Result>(work: () => Result) => Promise<Result>;

export function createHashQueue(): RunInQueue {
  /** For each waiting request, by its number of arrival, the time until which it is believed to be alive. */
  const waiting = new Map<number, number>();
  let arrivals = 0;
  /** The start of the present pause; `undefined` after a hash, until the first poll. */
  let pausedSince: number | undefined = 0;
  let punctualPolls = 0;
  let hashes = 0;
  const isPauseOver = (now: number) =>
    pausedSince !== undefined &&
    (punctualPolls >= punctualPollsNeeded || now - pausedSince >= longestPauseMilliseconds);

  const countAhead = (number: number, now: number) => {
    let ahead = 0;
    for (const [other, aliveUntil] of waiting) {
      // A request that is alive after all enters itself again when it polls.
      if (aliveUntil < now) waiting.delete(other);
      else if (other < number) ahead += 1;
    }
    return ahead;
  };

  /** Counts a poll whose timer was due at `due`. */
  const countPoll = (now: number, due: number) => {
    punctualPolls = now - due <= latenessMilliseconds ? punctualPolls + 1 : 0;
  };

  /** Polls on behalf of the next request while nobody waits. If this request is aborted, the next one polls itself. */
  const beginPause = async () => {
    const hash = hashes;
    const isQueueEmpty = () => hash === hashes && waiting.size === 0;
    await scheduler.wait(0);
    pausedSince ??= Date.now();
    while (isQueueEmpty() && !isPauseOver(Date.now())) {
      const due = Date.now() + pollMilliseconds;
      await scheduler.wait(pollMilliseconds);
      if (isQueueEmpty()) countPoll(Date.now(), due);
    }
  };

  return async (work) => {
    const number = arrivals++;
    const deadline = Date.now() + patienceMilliseconds;
    for (let due: number | undefined; ;) {
      const now = Date.now();
      const ahead = countAhead(number, now);
      if (pausedSince === undefined) pausedSince = now;
      else if (ahead === 0 && due !== undefined) countPoll(now, due);
      if (ahead === 0 && isPauseOver(now)) break;
      if (now > deadline) {
        waiting.delete(number);
        throw busy();
      }
      const wait = ahead === 0 ? pollMilliseconds : pauseMilliseconds * (ahead + 1);
      due = now + wait;
      waiting.set(number, due + graceMilliseconds);
      await scheduler.wait(wait);
    }
    waiting.delete(number);
    pausedSince = undefined;
    punctualPolls = 0;
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
      message: "Too many people are signing in. Try again in a few seconds.",
    },
    { "Retry-After": String(retrySeconds) },
  );
