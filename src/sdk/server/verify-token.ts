/** Verifies the tokens of the auth Worker, as RFC 8725 recommends for JWTs, and reads their claims. */
import {
  createLocalJWKSet,
  jwtVerify,
  type JSONWebKeySet,
  type JWTPayload,
  type JWTVerifyGetKey,
} from "jose";
import { remoteKeys, type Fetcher } from "./keyset.ts";
import { NnoTokenError, tokenError } from "./token-error.ts";

/** The audience that a token must have (RFC 8725 section 3.9): the platform, or only this service. */
export type TokenAudience =
  | { platformId: string; audience?: undefined }
  /** As in `createAuthApp({ tokenAudiences: ["billing"] })` and `/api/auth/token?audience=billing`. */
  | { audience: string; platformId?: string | undefined };

export type VerifyTokenOptions = TokenAudience & {
  /** The auth Worker: `https://auth.svc.default.<platformId>.nno.app`. Also the issuer that the token must name. */
  authUrl: string;
  /** The keys, if they are known. They replace the published ones. */
  jwks?: JSONWebKeySet | undefined;
  /** The tolerated difference between the clocks of two machines. Default: 5. */
  clockToleranceSeconds?: number | undefined;
  /** A service binding to the auth Worker (`env.AUTH`) that fetches the keys. */
  service?: Fetcher | undefined;
};

export interface NnoTokenClaims {
  readonly iss: string;
  readonly aud: string;
  /** The user's id. */
  readonly sub: string;
  /** Seconds since 1970. */
  readonly iat: number;
  readonly exp: number;
  /** The platform role: `platform-admin` or `user`. */
  readonly role: string;
  /** The session's id, for logs and revocation lists. */
  readonly sid: string;
  /** The active tenant's id. */
  readonly tenant?: string;
  /** The user's role in the active tenant. */
  readonly tenantRole?: string;
  /** The id of the platform admin who impersonates this user. */
  readonly impersonatedBy?: string;
}

/** The Worker signs with Ed25519. Any other algorithm in a header (`none`, `HS256` with a public key) is an attack. */
const algorithms = ["EdDSA"];
const defaultToleranceSeconds = 5;

/**
 * Verifies a token's signature, issuer, audience and times, and reads its claims.
 *
 * ```ts
 * const { sub, tenant, tenantRole } = await verifyToken(jwt, { authUrl, platformId });
 * ```
 *
 * A token stays valid until it expires, for at most 15 minutes, even if its session is revoked in the meantime.
 *
 * @throws {TypeError} if there is no audience, `authUrl` is not a URL, or `jwks` is not a key set.
 * @throws {NnoTokenError} with the reason as its `code`. `keys_unavailable` says nothing about the token.
 */
export async function verifyToken(
  jwt: string,
  options: VerifyTokenOptions,
): Promise<NnoTokenClaims> {
  const issuer = new URL(options.authUrl).origin;
  const audience = options.audience ?? options.platformId;
  // jose skips the check if the audience is empty, and a variable that is not set is often empty.
  if (!audience) throw new TypeError("verifyToken() needs the platformId or the audience.");
  const { jwks } = options;
  const keys = jwks === undefined ? remoteKeys(issuer, options.service) : localKeys(jwks);
  try {
    const { payload } = await jwtVerify(jwt, keys, {
      algorithms,
      issuer,
      audience,
      clockTolerance: options.clockToleranceSeconds ?? defaultToleranceSeconds,
      requiredClaims: ["sub", "iat", "exp"],
    });
    return readClaims(payload);
  } catch (error) {
    throw tokenError(error);
  }
}

function localKeys(jwks: JSONWebKeySet): JWTVerifyGetKey {
  try {
    return createLocalJWKSet(jwks);
  } catch (cause) {
    throw new TypeError("The jwks of verifyToken() is not a JSON Web Key Set.", { cause });
  }
}

function readClaims(payload: JWTPayload): NnoTokenClaims {
  const optional = (name: string) =>
    payload[name] === undefined ? {} : { [name]: text(payload, name) };
  return {
    iss: text(payload, "iss"),
    // Each of several audiences could use the token at the others, so there must be exactly one.
    aud: text(payload, "aud"),
    sub: text(payload, "sub"),
    iat: seconds(payload.iat),
    exp: seconds(payload.exp),
    role: text(payload, "role"),
    sid: text(payload, "sid"),
    ...optional("tenant"),
    ...optional("tenantRole"),
    ...optional("impersonatedBy"),
  };
}

function text(payload: JWTPayload, name: string): string {
  const value = payload[name];
  if (typeof value === "string" && value !== "") return value;
  throw new NnoTokenError("token_claims_invalid", `The token's ${name} is not a string.`);
}

function seconds(value: number | undefined): number {
  if (value !== undefined) return value;
  throw new NnoTokenError("token_claims_invalid", "The token does not say when it was issued.");
}
