/**
 * How many events failures leave. Anybody can fail as often as they like, and an event stays for a year: without a bound a
 * stranger fills the log. Counted in D1, exactly and for all isolates, in rows of a fixed number (`throttle/tries.ts`).
 */
import { networkOf, siteOf } from "../../http/network.ts";
import type { Allowance, Tries } from "../throttle/tries.ts";

const quarterSeconds = 15 * 60;
/** As many as of wrong passwords. */
const signInsOfNetwork = 60;
/** A /48 has 65,536 networks. */
const eventsOfSite = 120;

interface Failure {
  headers: Headers | undefined;
  /** Undefined: a stranger, told apart by network. */
  actorId?: string | undefined;
}

export type Repetition = ReturnType<typeof boundRepetition>;

export function boundRepetition(tries: Tries, now = Date.now) {
  const take = async ({ headers, actorId }: Failure, allowance: Allowance) => {
    const site = actorId === undefined ? siteOf(headers) : undefined;
    const ofSite = { key: `refusal-site:${site}`, tries: eventsOfSite, seconds: quarterSeconds };
    const waitSeconds = await tries.take(
      site === undefined ? [allowance] : [allowance, ofSite],
      now(),
    );
    return waitSeconds === undefined;
  };
  return {
    /** Whether this is the first of its kind in a quarter of an hour, by this person or from this network. */
    async isFirst(failure: Failure, ...kind: readonly (string | undefined)[]): Promise<boolean> {
      const who = failure.actorId ?? networkOf(failure.headers);
      const key = ["refusal", who, ...kind].join(":");
      return take(failure, { key, tries: 1, seconds: quarterSeconds });
    },
    /** Whether this failure of a sign-in that was begun at a provider is among those that are each told. */
    async isAmongFew(failure: Failure): Promise<boolean> {
      const key = `sign-in-failure:${networkOf(failure.headers)}`;
      return take(failure, { key, tries: signInsOfNetwork, seconds: quarterSeconds });
    },
  };
}
