/**
 * One hash at a time, and a pause after each. Hashing blocks the isolate's one thread; workerd looks for new requests and
 * answers of D1 only once nothing is left to do, so hashes that wait in a row would run in a row, and session checks after
 * all of them.
 *
 * Nobody waits for another request's promise: workerd never settles those of a request that was aborted. Whoever has to
 * wait looks again after a while, and a turn that was never given back ends by itself.
 */
import { APIError } from "better-auth/api";

/** For what came in meanwhile: several session checks from end to end. */
const pauseMilliseconds = 6;
const lookAgainMilliseconds = 3;
/** Longer than a hash and its pause take; then the request that had the turn is gone. */
const leaseMilliseconds = 2000;
const patienceMilliseconds = 10_000;
const retrySeconds = 5;

export type TakeTurn = <Result>(work: () => Result) => Promise<Result>;

export function createTurns(): TakeTurn {
  let since: number | undefined;
  return async (work) => {
    const deadline = Date.now() + patienceMilliseconds;
    while (since !== undefined && Date.now() - since < leaseMilliseconds) {
      if (Date.now() > deadline) throw busy();
      await scheduler.wait(lookAgainMilliseconds);
    }
    const own = Date.now();
    since = own;
    try {
      return work();
    } finally {
      await scheduler.wait(pauseMilliseconds);
      if (since === own) since = undefined;
    }
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
