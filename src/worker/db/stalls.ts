/**
 * Bounds how long anybody waits for D1, which has been seen to stand still for a minute while everything else was up. A
 * statement that is not answered in time fails. From then on statements fail at once, except for one a second that asks
 * whether D1 answers again; the first answer, a late one included, ends that.
 *
 * It holds times and counts, never promises that others wait for: workerd settles no promise of an aborted request, so
 * a request that shared one would wait for ever.
 */

/** D1 did not answer. */
export class StallError extends Error {
  override readonly name = "StallError";
  /** True if the statement was sent, so that it may have taken effect or may yet do so. */
  readonly wasSent: boolean;

  constructor(wasSent: boolean) {
    super(wasSent ? "D1 did not answer in time" : "D1 does not answer at present");
    this.wasSent = wasSent;
  }
}

/** While D1 stands still, one statement in this time is sent nevertheless. */
const probeMilliseconds = 1000;
/** With this many statements waiting and no answer for `quietMilliseconds`, further ones fail at once, except for one a second. */
const mostWaiting = 100;
const quietMilliseconds = 1000;

interface StallOptions {
  /** How long a statement waits for its answer. */
  patienceMilliseconds: number;
  now?: () => number;
}

/** @throws StallError instead of an answer that does not come in time. */
export type WithinPatience = <Result>(run: () => Promise<Result>) => Promise<Result>;

export function createStallGuard({
  patienceMilliseconds,
  now = Date.now,
}: StallOptions): WithinPatience {
  let isStalled = false;
  let nextProbeAt = 0;
  /** The last answer, or the statement that found none waiting. */
  let quietSince = 0;
  /** When each statement that waits was sent. */
  const waiting = new Map<symbol, number>();

  function mayProbe(): boolean {
    if (now() < nextProbeAt) return false;
    nextProbeAt = now() + probeMilliseconds;
    return true;
  }

  function mayAsk(): boolean {
    if (isStalled) return mayProbe();
    if (waiting.size < mostWaiting || now() - quietSince < quietMilliseconds) return true;
    // Aborted requests never say that they have stopped waiting.
    for (const [id, since] of waiting) {
      if (now() - since > patienceMilliseconds) waiting.delete(id);
    }
    // If all of them were aborted, no answer will come: somebody who makes requests and leaves must not close the database.
    return waiting.size < mostWaiting || mayProbe();
  }

  return async (run) => {
    if (!mayAsk()) throw new StallError(false);
    const id = Symbol("statement");
    if (waiting.size === 0) quietSince = now();
    waiting.set(id, now());
    let timer: ReturnType<typeof setTimeout> | null = null;
    const tooLate = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        isStalled = true;
        nextProbeAt = now() + probeMilliseconds;
        reject(new StallError(true));
      }, patienceMilliseconds);
    });
    const noteAnswer = () => {
      isStalled = false;
      quietSince = now();
    };
    const answer = run();
    // An error is an answer, too. It is thrown below, unless nobody waits for it any more.
    answer.then(noteAnswer, noteAnswer);
    try {
      return await Promise.race([answer, tooLate]);
    } finally {
      clearTimeout(timer);
      waiting.delete(id);
    }
  };
}
