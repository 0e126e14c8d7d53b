/**
 * What happens when a change to Better Auth did not take effect: an error of the request, or of the start. Going on without
 * the change would be silent, and some of the changes are what keeps a door shut.
 */
import { APIError, isAPIError } from "better-auth/api";
import type { ErrorCode } from "../../error-codes.ts";
import type { ChangeName } from "./changes.ts";

const code = "UPSTREAM_CHANGED" satisfies ErrorCode;

/** The error of a request (500), which is logged with the name of the change. `what` quotes no value of the request. */
export function upstreamChanged(change: ChangeName, what: string): APIError {
  console.error(`better-auth: ${change}: ${what} (see auth/better-auth/changes.ts)`);
  return new APIError("INTERNAL_SERVER_ERROR", {
    code,
    message: "The request could not be carried out.",
  });
}

export const isUpstreamChanged = (error: unknown): boolean =>
  isAPIError(error) && error.body?.code === code;

/**
 * For what can be checked before the first request.
 *
 * @throws {Error} naming the change, when Better Auth no longer has what it stands on.
 */
export function assertUpstream(
  change: ChangeName,
  condition: boolean,
  what: string,
): asserts condition {
  if (!condition) {
    throw new Error(`better-auth: ${change}: ${what} (see auth/better-auth/changes.ts)`);
  }
}
