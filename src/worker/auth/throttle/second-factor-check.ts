/** The check of a code beside the password, for a sign-in at an account whose tries strangers have used up. */
import { requestState } from "../../request-scope.ts";

/** Set by the throttle: decides whether a password that was found right or wrong passes, together with the code. */
export const secondFactorCheck = requestState<(isRight: boolean) => Promise<boolean>>();

/**
 * Whether a password passes. The check runs once; its result holds for every other password that the request verifies.
 */
export async function checkWithSecondFactor(isRight: boolean): Promise<boolean> {
  const check = secondFactorCheck.get();
  if (check === undefined) return isRight;
  const passes = await check(isRight);
  secondFactorCheck.set(async (isRightAgain) => isRightAgain && passes);
  return passes;
}
