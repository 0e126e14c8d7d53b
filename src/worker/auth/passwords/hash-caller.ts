/** The request that has a password hashed: it decides the place in the hash queue, and which budget the hash uses up. */
import { requestState } from "../../request-scope.ts";

export interface HashCaller {
  headers: Headers;
  /** The request comes from a device that its account knows. */
  isKnown?: boolean;
  /** The hashes of this request are counted already. */
  isPaid?: boolean;
  /** Nobody waits for the hash, so it lets every other one go first. */
  isBackground?: boolean;
}

/** Set for every request at its start, and refined by the throttle. */
export const hashCaller = requestState<HashCaller>();

/** Refines what is known about the caller of this request. */
export function describeHashCaller(facts: Omit<HashCaller, "headers">): void {
  const caller = hashCaller.get();
  if (caller !== undefined) hashCaller.set({ ...caller, ...facts });
}
