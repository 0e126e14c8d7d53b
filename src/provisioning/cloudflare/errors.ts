/** How a call to Cloudflare can fail. The job branches on the error codes listed here and never on messages. */

/** Error codes of Cloudflare's API that the job knows. */
export const cloudflareCode = {
  databaseNameTaken: 7502,
  databaseNotFound: 7404,
  /** The SQL was refused, and none of its batch was applied. */
  queryFailed: 7500,
  workerNotFound: 10007,
  scriptNotFound: 10090,
  cannotInherit: 10057,
  workerInvalid: 10021,
  authentication: 10000,
  hostnameTaken: 100116,
} as const;

/** The token is malformed, has expired, or lacks a permission. */
const authenticationCodes = new Set<number>([
  cloudflareCode.authentication,
  6003, // the Authorization header cannot be read
  6111,
  9106,
  9109, // the token may not see the resource
]);

/** There is no account with this id, or the id makes the path unroutable. */
const accountCodes = new Set<number>([7000, 7003]);

export interface CloudflareErrorEntry {
  code: number;
  message: string;
}

/** Cloudflare refused the call, so it had no effect. */
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

  /** The token is missing, wrong, or lacks a permission. */
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

/**
 * There was no answer, or an answer that does not tell whether the call took effect. The caller must look at the current
 * state before it acts again.
 */
export class OutcomeUnknownError extends Error {
  constructor(call: string, reason: string, options?: ErrorOptions) {
    super(`${call}: ${reason}`, options);
    this.name = "OutcomeUnknownError";
  }
}

export function isCloudflareError(error: unknown, ...codes: number[]): error is CloudflareError {
  return error instanceof CloudflareError && (codes.length === 0 || error.has(...codes));
}

/** The answer, or undefined if Cloudflare says with one of `codes` that the thing does not exist. */
export async function undefinedIfAbsent<Answer>(
  answer: Promise<Answer>,
  ...codes: number[]
): Promise<Answer | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (isCloudflareError(error, ...codes)) return undefined;
    throw error;
  }
}
