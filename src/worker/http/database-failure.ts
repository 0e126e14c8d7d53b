/**
 * Handles a database failure during a request. Better Auth turns some database errors into "no session" or an empty list,
 * which would sign users out. The request therefore remembers the failure, and its response is replaced with an error.
 */
import { requestState } from "../request-scope.ts";
import type { authError } from "./problem.ts";

/** `unavailable`: D1 cannot be reached, and the request may be retried. `failed`: a query is wrong, which is our bug. */
export type DatabaseFailure = "unavailable" | "failed";

/** Set by the database layer; read when the response is ready. */
export const databaseFailure = requestState<DatabaseFailure>();

const retrySeconds = 5;

/** Replaces a response that was built on a failed query. The replacement neither mentions nor ends a session. */
export function databaseFailureResponse(
  failure: DatabaseFailure,
  response: Response,
  refuse: typeof authError,
): Response {
  const replacement =
    failure === "unavailable"
      ? refuse({
          status: 503,
          code: "DATABASE_UNAVAILABLE",
          detail: "The database cannot be reached. Try again in a few seconds.",
          headers: { "Retry-After": String(retrySeconds) },
        })
      : refuse({
          status: 500,
          code: "DATABASE_FAILED",
          detail: "The request could not be carried out.",
        });
  for (const [name, value] of response.headers) {
    const kept = name.startsWith("access-control-") || name === "vary" || name.startsWith("x-");
    if (kept) replacement.headers.set(name, value);
  }
  return replacement;
}
