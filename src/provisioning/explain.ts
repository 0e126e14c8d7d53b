/** An error of Cloudflare -> what its reader can do about it. By codes; Cloudflare's own words are only quoted. */
import { CloudflareError, OutcomeUnknownError, cloudflareCode } from "./cloudflare/errors.ts";
import { ProvisioningError } from "./provisioning-error.ts";

/** The reason of a signal that stops a job. */
export class JobStopped extends Error {}

export function explain(error: unknown, state: string, again: string): ProvisioningError {
  if (error instanceof ProvisioningError) return error;
  if (error instanceof JobStopped) {
    return new ProvisioningError("stopped", "stopped", { state, next: `go on with: ${again}` });
  }
  if (error instanceof CloudflareError) {
    const { message } = error;
    const failed = (code: ProvisioningError["code"], what: string, next: string) =>
      new ProvisioningError(code, what, { state, next, cause: error });
    if (error.has(cloudflareCode.hostnameTaken)) {
      return failed(
        "hostname_taken",
        `the hostname belongs to another Worker (${message})`,
        `detach it there, then run again: ${again}`,
      );
    }
    if (error.isUnknownAccount) {
      return failed(
        "account_unknown",
        `Cloudflare knows no such account (${message})`,
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
    if (error.has(cloudflareCode.workerInvalid, cloudflareCode.cannotInherit)) {
      return failed("upload_refused", message, `correct it, then run again: ${again}`);
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
