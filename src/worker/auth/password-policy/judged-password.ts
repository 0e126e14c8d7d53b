/** What the password policy knows of a request before its route runs. */
import { requestState } from "../../request-scope.ts";

/** The password that the policy's hook has judged for this request. */
export const judgedPassword = requestState<string>();

/** Set for a route that guesses at a password: what it hashes is a guess, hashed to take the time of a real one. */
export const hashesGuesses = requestState<true>();

/** The path and headers of the request, for the event of a password that no record tells of. */
export const requestOfPassword = requestState<{ path: string; headers: Headers | undefined }>();
