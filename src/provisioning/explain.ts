/**
 * Turns an error that can happen in any step into what the operator can do about it. It goes by error codes, and only quotes
 * Cloudflare's messages. Errors that only one step can meet are explained by that step.
 */
import { CloudflareError, OutcomeUnknownError } from "./cloudflare/errors.ts";
import { ProvisioningError } from "./provisioning-error.ts";

/** The reason with which a signal stops a job. */
export class JobStopped extends Error {}

/** @param state in which state the platform is left. @param again the command that resumes the job. */
export function explain(error: unknown, state: string, again: string): ProvisioningError {
  if (error instanceof ProvisioningError) return error;
  if (error instanceof JobStopped) {
    return new ProvisioningError("stopped", "stopped", { state, next: `continue with: ${again}` });
  }
  if (error instanceof CloudflareError) {
    const { message } = error;
    const failed = (code: ProvisioningError["code"], what: string, next: string) =>
      new ProvisioningError(code, what, { state, next, cause: error });
    if (error.isUnknownAccount) {
      return failed(
        "account_unknown",
        `Cloudflare has no such account (${message})`,
        "check CLOUDFLARE_ACCOUNT_ID",
      );
    }
    if (error.isAuthentication) {
      return failed(
        "token_refused",
        `Cloudflare refused the token for this account (${message})`,
        "check that CLOUDFLARE_ACCOUNT_ID is the token's account, and see what the token lacks with: nno-auth doctor",
      );
    }
    return failed("cloudflare_failed", message, `run again: ${again}`);
  }
  const what =
    error instanceof OutcomeUnknownError
      ? error.message
      : `unexpected: ${error instanceof Error ? error.message : String(error)}`;
  return new ProvisioningError("cloudflare_failed", what, {
    state,
    next: `run again: ${again}`,
    cause: error,
  });
}
