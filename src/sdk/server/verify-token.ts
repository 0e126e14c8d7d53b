/** A token of the auth Worker, checked: RFC 8725's advice for JWTs, and what this platform's tokens say. */
import {
  createLocalJWKSet,
  jwtVerify,
  type JSONWebKeySet,
  type JWTPayload,
  type JWTVerifyGetKey,
} from "jose";
import { remoteKeys, type Fetcher } from "./keyset.ts";
import { NnoTokenError, tokenError } from "./token-error.ts";

/** Whom a token must be meant for (RFC 8725 section 3.9): the platform, or this service alone. */
export type TokenAudience =
  | { platformId: string; audience?: undefined }
  /** As in `createAuthApp({ tokenAudiences: ["billing"] })` and `/api/auth/token?audience=billing`. */
  | { audience: string; platformId?: string | undefined };

export type VerifyTokenOptions = TokenAudience & {
  /** The auth Worker: `https://auth.svc.default.<platformId>.nno.app`. Also the issuer that the token must name. */
  authUrl: string;
  /** Keys that are known already, in place of the published ones. */
  jwks?: JSONWebKeySet | undefined;
  /** How far the clocks of two machines may be apart. Default: 5. */
  clockToleranceSeconds?: number | undefined;
  /** A service binding to the auth Worker, `env.AUTH`, to fetch the keys through. */
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
  /** The platform admin who acts as this user. */
  readonly impersonatedBy?: string;
}

/** The Worker signs with Ed25519. Another name in a header (`none`, `HS256` over a public key) is an attack. */
const algorithms = ["EdDSA"];
const defaultToleranceSeconds = 5;

/**
 * Verifies a token's signature, issuer, audience and times, and reads its claims.
 *
 * ```ts
 * const { sub, tenant, tenantRole } = await verifyToken(jwt, { authUrl, platformId });
 * ```
 *
 * A token is good until it expires, 15 minutes at most, also when its session is revoked in the meantime.
 *
 * @throws {TypeError} when the options do not say whom the token is for, `authUrl` is no URL, or `jwks` no key set.
 * @throws {NnoTokenError} `code` says why; `keys_unavailable` says nothing about the token.
 */
export async function verifyToken(
  jwt: string,
  options: VerifyTokenOptions,
): Promise<NnoTokenClaims> {
  const issuer = new URL(options.authUrl).origin;
  const audience = options.audience ?? options.platformId;
  // jose checks no audience when it is given none, and an unset variable is often an empty one.
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
    throw new TypeError("The jwks of verifyToken() is no JSON Web Key Set.", { cause });
  }
}

function readClaims(payload: JWTPayload): NnoTokenClaims {
  const optional = (name: string) =>
    payload[name] === undefined ? {} : { [name]: text(payload, name) };
  return {
    iss: text(payload, "iss"),
    // A token for several services would be worth something at each of them.
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
  throw new NnoTokenError("token_claims_invalid", `The token's ${name} is no text.`);
}

function seconds(value: number | undefined): number {
  if (value !== undefined) return value;
  throw new NnoTokenError("token_claims_invalid", "The token does not say when it was made.");
}
