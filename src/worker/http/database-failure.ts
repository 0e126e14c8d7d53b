/**
 * A failure of the database during a request. Better Auth turns some database errors into "no session" or an empty list,
 * which would sign users out: so the failure decides the answer, not what Better Auth made of it.
 */
import { requestState } from "../request-scope.ts";
import type { authError } from "./problem.ts";

/** `unavailable`: D1 cannot be reached, and the request may be repeated. `failed`: a mistake of ours. */
export type DatabaseFailure = "unavailable" | "failed";

/** Set by the database for this request; read when its answer is ready. */
export const databaseFailure = requestState<DatabaseFailure>();

const retrySeconds = 5;

/** Replaces an answer that was made from a failed query. It says nothing about sessions and ends none. */
export function databaseFailed(
  failure: DatabaseFailure,
  answer: Response,
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
  for (const [name, value] of answer.headers) {
    const kept = name.startsWith("access-control-") || name === "vary" || name.startsWith("x-");
    if (kept) replacement.headers.set(name, value);
  }
  return replacement;
}
