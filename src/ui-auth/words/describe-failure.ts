/** The words for a refusal. */
import { codeOf, type Failure } from "../data/call.ts";
import type { Messages } from "./messages.ts";

export function describeFailure(failure: Failure, errors: Messages["errors"]): string {
  return (
    errors[failure.code] ?? errors[codeOf(failure.status)] ?? errors["UNKNOWN"] ?? failure.code
  );
}
