/** Finds the words for a failure: those of its code or, for an unknown code, those of its HTTP status. */
import { codeOf, type Failure } from "../data/call.ts";
import type { Messages } from "./messages.ts";

export function describeFailure(failure: Failure, errors: Messages["errors"]): string {
  return errors[failure.code] ?? errors[codeOf(failure.status)];
}
