/**
 * What can go wrong with a call to Cloudflare, as data: codes, never messages. Owns the codes that this job branches on.
 */

/** Codes of Cloudflare's API that have a meaning here. */
export const cloudflareCode = {
  databaseNameTaken: 7502,
  databaseNotFound: 7404,
  /** The SQL was refused; nothing of its batch was applied. */
  queryFailed: 7500,
  workerNotFound: 10007,
  scriptNotFound: 10090,
  cannotInherit: 10057,
  workerInvalid: 10021,
  authentication: 10000,
  hostnameTaken: 100116,
} as const;

/** The token: not one, expired, or without the permission. */
const authenticationCodes = new Set<number>([
  cloudflareCode.authentication,
  6003, // Authorization header cannot be read
  6111,
  9106,
  9109, // not allowed to see the resource
]);

/** No account of this id, or a path that its id makes unroutable. */
const accountCodes = new Set<number>([7000, 7003]);

export interface CloudflareErrorEntry {
  code: number;
  message: string;
}

/** Cloudflare refused the call; it had no effect. */
export class CloudflareError extends Error {
  readonly status: number;
  readonly errors: readonly CloudflareErrorEntry[];

  constructor(call: string, status: number, errors: readonly CloudflareErrorEntry[]) {
    const [first] = errors;
    const what = first === undefined ? `HTTP ${status}` : `${first.message} [${first.code}]`;
    super(`${call}: ${what}`);
    this.name = "CloudflareError";
    this.status = status;
    this.errors = errors;
  }

  has(...codes: number[]): boolean {
    return this.errors.some(({ code }) => codes.includes(code));
  }

  /** Missing, wrong or short of a permission. */
  get isAuthentication(): boolean {
    return (
      this.status === 401 ||
      this.status === 403 ||
      this.errors.some(({ code }) => authenticationCodes.has(code))
    );
  }

  get isUnknownAccount(): boolean {
    return this.errors.some(({ code }) => accountCodes.has(code));
  }
}

/** No answer, or one that does not tell: the call may have taken effect. Whoever sees it observes before acting again. */
export class OutcomeUnknownError extends Error {
  constructor(call: string, reason: string, options?: ErrorOptions) {
    super(`${call}: ${reason}`, options);
    this.name = "OutcomeUnknownError";
  }
}

export function isCloudflareError(error: unknown, ...codes: number[]): error is CloudflareError {
  return error instanceof CloudflareError && (codes.length === 0 || error.has(...codes));
}
