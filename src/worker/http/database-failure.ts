/**
 * Handles a database failure during a request. Better Auth turns some database errors into "no session" or an empty list,
 * which would sign users out. The request therefore remembers the failure, and its response is replaced with an error.
 */
import { requestState } from "../request-scope.ts";
import type { authError } from "./problem.ts";

/**
 * - `unavailable`: D1 cannot be reached, nothing was changed by the statement, and the request may be repeated.
 * - `outcome_unknown`: D1 did not confirm a write, which may have taken effect.
 * - `failed`: a query is wrong, which is our bug.
 */
export type DatabaseFailure = "unavailable" | "outcome_unknown" | "failed";

/** Set by the database layer; read when the response is ready. */
export const databaseFailure = requestState<DatabaseFailure>();

const retrySeconds = 5;

const retry = { "Retry-After": String(retrySeconds) };

const refusals: Record<DatabaseFailure, Parameters<typeof authError>[0]> = {
  unavailable: {
    status: 503,
    code: "DATABASE_UNAVAILABLE",
    detail: "The database cannot be reached. Try again in a few seconds.",
    headers: retry,
  },
  outcome_unknown: {
    status: 503,
    code: "DATABASE_OUTCOME_UNKNOWN",
    detail:
      "The database did not confirm the change, which may or may not have been made. Check, then try again.",
    headers: retry,
  },
  failed: {
    status: 500,
    code: "DATABASE_FAILED",
    detail: "The request could not be carried out.",
  },
};

/** Notes a failure of this request. What may have taken effect is not forgotten because of a later failure. */
export function noteDatabaseFailure(failure: DatabaseFailure): void {
  if (databaseFailure.get() !== "outcome_unknown") databaseFailure.set(failure);
}

/** Replaces a response that was built on a failed query. The replacement neither mentions nor ends a session. */
export function databaseFailureResponse(
  failure: DatabaseFailure,
  response: Response,
  refuse: typeof authError,
): Response {
  const replacement = refuse(refusals[failure]);
  for (const [name, value] of response.headers) {
    const kept = name.startsWith("access-control-") || name === "vary" || name.startsWith("x-");
    if (kept) replacement.headers.set(name, value);
  }
  return replacement;
}
