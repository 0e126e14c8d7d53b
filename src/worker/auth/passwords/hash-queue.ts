/**
 * A queue that runs one hash at a time, with a pause after each. A hash blocks the isolate's only thread. workerd handles
 * new requests and answers of D1 only when no code is left to run, so without pauses all waiting hashes would run in a
 * row, and session checks would wait for the last of them. A pause lasts until the requests that arrived meanwhile are
 * done, as far as timers show it: a timer that fires late was waiting behind other work.
 *
 * The queue is fair: networks (an IPv4 address, an IPv6 /48) take turns, so that one that has a hundred requests waiting
 * delays the others by one hash each turn. Within a turn, requests from known devices go first.
 *
 * No request waits for a promise or timer of another, because workerd never continues a request that was aborted. Each
 * waiting request polls. One that misses its next poll is taken for aborted, and keeps nobody waiting.
 *
 * Cloudflare's clock stands still while code runs, so nothing can tell when a hash ended. A pause is therefore counted
 * from the first poll after the hash.
 */
import { APIError } from "better-auth/api";
import { ipGroupOf } from "../../http/network.ts";
import { hashCaller } from "./hash-caller.ts";

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
const graceMilliseconds = 150;
/** Until then the place of a request that seems to be aborted still counts among those of its network. */
const forgetMilliseconds = 1000;
const patienceMilliseconds = 10_000;
/** Half as long as the longest queue lasts, so that those who come back find it half empty, and it never runs dry. */
const retrySeconds = 5;
/** What a hash and its pause are taken to last until the queue has seen some. */
const expectedHashMilliseconds = 250;
/** The weight of the newest hash in the average. */
const newestWeight = 0.2;

/**
 * Runs `work` when its turn has come. `work` must be synchronous, because its turn ends when it returns.
 *
 * @throws {APIError} 503 BUSY at once when more requests are ahead than can be served in 10 seconds, otherwise after
 *   waiting for 10 seconds.
 */
export type RunInQueue = <Result>(work: () => Result) => Promise<Result>;

interface Place {
  /** The order of arrival. */
  number: number;
  group: string;
  /** The round in which this request is served: one for each group. */
  turn: number;
  /** 0 for a known device, 1 for a stranger, 2 for work that nobody waits for. */
  rank: 0 | 1 | 2;
}

export function createHashQueue(): RunInQueue {
  /** The places of waiting requests, with the time until which each is believed to be alive. */
  const waiting = new Map<Place, number>();
  let arrivals = 0;
  /** The last turn in which each group was served, as long as others wait for that turn or an earlier one. */
  const servedTurns = new Map<string, number>();
  let hashMilliseconds = expectedHashMilliseconds;
  /** When the last hash began, and how many requests had arrived by then. */
  let last: { beganAt: number; arrivals: number } | undefined;
  /** The start of the present pause; `undefined` after a hash, until the first poll. */
  let pausedSince: number | undefined = 0;
  let punctualPolls = 0;
  let hashes = 0;
  const isPauseOver = (now: number) =>
    pausedSince !== undefined &&
    (punctualPolls >= punctualPollsNeeded || now - pausedSince >= longestPauseMilliseconds);

  /** The earliest turn that somebody waits for, if anybody does. */
  const presentTurn = () => {
    const people = [...waiting.keys()].filter(({ rank }) => rank !== 2);
    return people.length === 0 ? undefined : Math.min(...people.map(({ turn }) => turn));
  };

  const takePlace = (): Place => {
    const { headers, isKnown = false, isBackground = false } = hashCaller.get() ?? {};
    const group = isBackground ? "background" : ipGroupOf(headers);
    let turn = Math.max(presentTurn() ?? 0, (servedTurns.get(group) ?? -1) + 1);
    for (const other of waiting.keys()) {
      if (other.group === group) turn = Math.max(turn, other.turn + 1);
    }
    const rank = isBackground ? 2 : isKnown ? 0 : 1;
    return { number: arrivals++, group, turn, rank };
  };

  const countAhead = (place: Place, now: number) => {
    let ahead = 0;
    for (const [other, aliveUntil] of waiting) {
      if (aliveUntil + forgetMilliseconds < now) waiting.delete(other);
      // A request that is alive after all says so when it polls.
      else if (aliveUntil >= now && isBefore(other, place)) ahead += 1;
    }
    return ahead;
  };

  /** Learns from a hash that began right after another one how long the other took, its pause included. */
  const beginHash = (place: Place, now: number) => {
    if (last !== undefined && place.number < last.arrivals) {
      hashMilliseconds += newestWeight * (now - last.beganAt - hashMilliseconds);
    }
    last = { beganAt: now, arrivals };
    // Turns begin anew when nobody waits.
    const present = presentTurn();
    for (const [group, turn] of servedTurns) {
      if (present === undefined || turn < present) servedTurns.delete(group);
    }
    servedTurns.set(place.group, Math.min(place.turn, present ?? 0));
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
    const place = takePlace();
    const deadline = Date.now() + patienceMilliseconds;
    for (let due: number | undefined; ;) {
      const now = Date.now();
      const ahead = countAhead(place, now);
      if (pausedSince === undefined) pausedSince = now;
      else if (ahead === 0 && due !== undefined) countPoll(now, due);
      if (ahead === 0 && isPauseOver(now)) break;
      const isHopeless = due === undefined && ahead * hashMilliseconds > patienceMilliseconds;
      if (now > deadline || isHopeless) {
        waiting.delete(place);
        throw busy();
      }
      const wait = ahead === 0 ? pollMilliseconds : pauseMilliseconds * (ahead + 1);
      due = now + wait;
      waiting.set(place, due + graceMilliseconds);
      await scheduler.wait(wait);
    }
    waiting.delete(place);
    beginHash(place, Date.now());
    pausedSince = undefined;
    punctualPolls = 0;
    hashes += 1;
    const result = work();
    void beginPause();
    return result;
  };
}

function isBefore(one: Place, other: Place): boolean {
  if ((one.rank === 2) !== (other.rank === 2)) return other.rank === 2;
  if (one.turn !== other.turn) return one.turn < other.turn;
  if (one.rank !== other.rank) return one.rank < other.rank;
  return one.number < other.number;
}

/** Too many others wait for a hash. */
export const busy = () =>
  new APIError(
    "SERVICE_UNAVAILABLE",
    {
      code: "BUSY",
      message: "Too many people are signing in. Try again in a few seconds.",
    },
    { "Retry-After": String(retrySeconds) },
  );
