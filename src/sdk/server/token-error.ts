/** The error for a refused token, and its conversion from the errors of jose. */
import { errors } from "jose";

export type NnoTokenErrorCode =
  | "token_malformed"
  | "token_expired"
  | "token_not_yet_valid"
  | "token_algorithm_refused"
  | "token_key_unknown"
  | "token_signature_invalid"
  | "token_issuer_wrong"
  | "token_audience_wrong"
  | "token_claims_invalid"
  /** The keys could not be fetched, so it is unknown if the token is valid. Trying again may help. */
  | "keys_unavailable";

export class NnoTokenError extends Error {
  override readonly name = "NnoTokenError";
  readonly code: NnoTokenErrorCode;

  constructor(code: NnoTokenErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

const claimCodes: Record<string, NnoTokenErrorCode> = {
  iss: "token_issuer_wrong",
  aud: "token_audience_wrong",
  nbf: "token_not_yet_valid",
  iat: "token_not_yet_valid",
};

/** Converts an error of jose. The messages name the claim and never quote the token. */
export function tokenError(cause: unknown): NnoTokenError {
  if (cause instanceof NnoTokenError) return cause;
  if (cause instanceof errors.JWTExpired) {
    return new NnoTokenError("token_expired", "The token has expired.", { cause });
  }
  if (cause instanceof errors.JWTClaimValidationFailed) {
    const code = claimCodes[cause.claim] ?? "token_claims_invalid";
    const text = `The token's ${cause.claim} does not have the expected value.`;
    return cause.reason === "check_failed"
      ? new NnoTokenError(code, text, { cause })
      : new NnoTokenError("token_claims_invalid", text, { cause });
  }
  if (cause instanceof errors.JOSEAlgNotAllowed) {
    const text = "The token is not signed with EdDSA.";
    return new NnoTokenError("token_algorithm_refused", text, { cause });
  }
  if (
    cause instanceof errors.JWKSNoMatchingKey ||
    cause instanceof errors.JWKSMultipleMatchingKeys
  ) {
    return new NnoTokenError("token_key_unknown", "No published key signed the token.", { cause });
  }
  if (cause instanceof errors.JWSSignatureVerificationFailed) {
    const text = "The token's signature does not verify.";
    return new NnoTokenError("token_signature_invalid", text, { cause });
  }
  if (
    cause instanceof errors.JWSInvalid ||
    cause instanceof errors.JWTInvalid ||
    cause instanceof errors.JOSENotSupported
  ) {
    return new NnoTokenError("token_malformed", "This is not a token of the auth Worker.", {
      cause,
    });
  }
  // All other errors come from fetching or reading the keys.
  return new NnoTokenError("keys_unavailable", "The auth Worker's keys could not be fetched.", {
    cause,
  });
}
