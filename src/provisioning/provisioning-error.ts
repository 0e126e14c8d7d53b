/** Why a job stopped, for the person who has to act: what failed, what state things are in, what to do next. */

export type ProvisioningErrorCode =
  | "input_invalid"
  | "token_refused"
  | "account_unknown"
  | "cloudflare_failed"
  | "database_foreign"
  | "database_gone"
  | "platform_removed"
  | "platform_unknown"
  | "worker_foreign"
  | "hostname_taken"
  | "secret_exists"
  | "release_older"
  | "platform_busy"
  | "lease_lost"
  | "migration_failed"
  | "upload_refused"
  | "export_failed"
  | "verification_failed"
  | "stopped";

export class ProvisioningError extends Error {
  readonly code: ProvisioningErrorCode;
  /** In which state the platform was left. */
  readonly state: string;
  /** What to run or change next. */
  readonly next: string;

  constructor(
    code: ProvisioningErrorCode,
    what: string,
    { state, next, cause }: { state: string; next: string; cause?: unknown },
  ) {
    super(what, cause === undefined ? undefined : { cause });
    this.name = "ProvisioningError";
    this.code = code;
    this.state = state;
    this.next = next;
  }

  /** For JSON.stringify, which leaves out an Error's message. */
  toJSON() {
    const { code, message, state, next } = this;
    return { code, message, state, next };
  }

  /** One line. */
  get line(): string {
    return `${this.message}; ${this.state}; ${this.next}`.replaceAll(/\s*\n\s*/g, " ");
  }
}

export const nothingChanged = "nothing was changed";

/** What was asked for cannot be; said before any call. */
export function invalidInput(what: string, cause?: unknown): ProvisioningError {
  return new ProvisioningError("input_invalid", what, {
    state: nothingChanged,
    next: "correct it and run again",
    cause,
  });
}
