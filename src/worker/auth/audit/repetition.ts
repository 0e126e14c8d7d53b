/**
 * Limits how many events failures leave in the audit log. Anybody can fail as often as they like, and an event is kept
 * for a year, so without a limit a stranger could fill the log. Failures are counted in D1, exactly and across all
 * isolates, in a bounded number of rows (`throttle/tries.ts`).
 */
import { networkOf, siteOf } from "../../http/network.ts";
import type { Allowance, Tries } from "../throttle/tries.ts";

const quarterSeconds = 15 * 60;
/** The same as the number of wrong passwords that one network may try. */
const signInFailuresOfNetwork = 60;
/** One /48 has 65,536 networks, so it needs a limit of its own. */
const eventsOfSite = 120;

interface Failure {
  headers: Headers | undefined;
  /** Undefined for a stranger, who is identified by network. */
  actorId?: string | undefined;
}

export type Repetition = ReturnType<typeof boundRepetition>;

export function boundRepetition(tries: Tries, now = Date.now) {
  const take = async ({ headers, actorId }: Failure, allowance: Allowance) => {
    const site = actorId === undefined ? siteOf(headers) : undefined;
    const siteAllowance = {
      key: `refusal-site:${site}`,
      tries: eventsOfSite,
      seconds: quarterSeconds,
    };
    const waitSeconds = await tries.take(
      site === undefined ? [allowance] : [allowance, siteAllowance],
      now(),
    );
    return waitSeconds === undefined;
  };
  return {
    /** True for the first failure of its kind in a quarter of an hour by this person, or from this network. */
    async isFirst(failure: Failure, ...kind: readonly (string | undefined)[]): Promise<boolean> {
      const source = failure.actorId ?? networkOf(failure.headers);
      const key = ["refusal", source, ...kind].join(":");
      return take(failure, { key, tries: 1, seconds: quarterSeconds });
    },
    /** True for a failed sign-in at a provider while its network has left fewer events of this kind than the limit. */
    async isFailedSignInWithinLimit(failure: Failure): Promise<boolean> {
      const key = `sign-in-failure:${networkOf(failure.headers)}`;
      return take(failure, { key, tries: signInFailuresOfNetwork, seconds: quarterSeconds });
    },
  };
}
