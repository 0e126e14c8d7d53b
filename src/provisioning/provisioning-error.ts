/** Why a job stopped, for the person who has to act: what failed, in which state things are, and what to do next. */

/** For machines. A step of its own kind says `<what>_failed`, such as `migration_failed` or `export_failed`. */
export type ProvisioningErrorCode =
  | "input_invalid"
  | "token_refused"
  | "account_unknown"
  | "database_foreign"
  | "database_gone"
  | "platform_removed"
  | "platform_unknown"
  | "worker_foreign"
  | "hostname_taken"
  | "secret_exists"
  | "jurisdiction_fixed"
  | "release_older"
  | "platform_busy"
  | "lease_lost"
  | "upload_refused"
  | "stopped"
  | `${string}_failed`;

export class ProvisioningError extends Error {
  readonly code: ProvisioningErrorCode;
  /** The state in which the platform was left. */
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

  /** JSON.stringify leaves out the message of an Error, so it is added here. */
  toJSON() {
    const { code, message, state, next } = this;
    return { code, message, state, next };
  }

  /** The whole error as one line. */
  get line(): string {
    return `${this.message}; ${this.state}; ${this.next}`.replaceAll(/\s*\n\s*/g, " ");
  }
}

export const nothingChanged = "nothing was changed";

/** The request cannot be fulfilled. Thrown before any call is made. */
export function invalidInput(what: string, cause?: unknown): ProvisioningError {
  return new ProvisioningError("input_invalid", what, {
    state: nothingChanged,
    next: "correct it and run again",
    cause,
  });
}
