/**
 * Sign-in with an OpenID Connect provider of the owner's own, by OpenID Connect Core 1.0 and Discovery 1.0. Better Auth
 * keeps state, PKCE and the nonce; here is what it is to ask and whom to believe: an ID token that the issuer signed, for
 * this client and for this very sign-in. Nothing is fetched before somebody signs in: a Worker may not at module scope.
 */
import { APIError } from "better-auth/api";
import {
  createAuthorizationURL,
  refreshAccessToken,
  validateAuthorizationCode,
  type OAuthProvider,
} from "@better-auth/core/oauth2";
import { createRemoteJWKSet, jwtVerify } from "jose";
import * as z from "zod";
import { isSecure } from "./secure-address.ts";

export interface OpenIdConnectProvider {
  id: string;
  /** What its button says. */
  name: string;
  /** As its discovery document and its ID tokens have it, letter for letter. */
  issuer: string;
  clientId: string;
  clientSecret: string;
  scopes: readonly string[];
}

const timeoutMilliseconds = 10_000;
const discoveryMilliseconds = 60 * 60 * 1000;
const clockToleranceSeconds = 30;
/** Signatures that only the issuer can make: never `none`, and no HMAC, whose key would be the client's as well. */
const algorithms = "RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA Ed25519".split(" ");

export function createProvider(configured: OpenIdConnectProvider): OAuthProvider<Claims> {
  const { id, name, issuer, clientId, clientSecret } = configured;
  const options = { clientId, clientSecret };
  const discover = createDiscovery(issuer);

  const client = async () => {
    const { endpoints, authentication } = await discover();
    return {
      options,
      tokenEndpoint: endpoints.token_endpoint,
      tokenEndpointAuth: { method: authentication },
    };
  };

  const readIdentity = async (
    idToken: string | undefined,
    nonce: string,
    accessToken: string | undefined,
  ) => {
    if (idToken === undefined) throw new Error("there is no ID token");
    const { endpoints, keys } = await discover();
    const { payload } = await jwtVerify(idToken, keys, {
      issuer,
      audience: clientId,
      algorithms,
      requiredClaims: ["sub", "exp", "iat"],
      clockTolerance: clockToleranceSeconds,
    });
    if (payload["nonce"] !== nonce) throw new Error("the ID token is for another sign-in");
    // OpenID Connect Core 1.0 section 3.1.3.7: of several audiences, the one that it was issued to is named.
    const isForSeveral = Array.isArray(payload.aud) && payload.aud.length > 1;
    const authorizedParty = payload["azp"] ?? (isForSeveral ? undefined : clientId);
    if (authorizedParty !== clientId) {
      throw new Error("the ID token is for another client");
    }
    const claims = claimsOf(payload);
    // Many leave the address out of the ID token; OpenID Connect then has it at the userinfo endpoint.
    if (claims.email !== undefined || accessToken === undefined) return claims;
    if (endpoints.userinfo_endpoint === undefined) return claims;
    const more = await fetchUserInfo(endpoints.userinfo_endpoint, accessToken);
    // Anybody's access token could have been slipped in here: the ID token says who this is.
    if (more.sub !== claims.sub) throw new Error("the userinfo endpoint answers for another user");
    return { ...claims, ...more };
  };

  /** For its owner to see: nobody signs in by an access token alone, which may have been issued to another client. */
  const readAccount = async (accessToken: string | undefined) => {
    const { userinfo_endpoint: endpoint } = (await discover()).endpoints;
    if (endpoint === undefined) throw new Error("there is no userinfo endpoint");
    if (accessToken === undefined) throw new Error("there is no access token");
    return fetchUserInfo(endpoint, accessToken);
  };

  return {
    id,
    name,
    issuer,
    requiresIdTokenNonce: true,
    accountSubject: ({ profile }) => profile.sub,
    async createAuthorizationURL({ idTokenNonce, scopes, ...data }) {
      const { endpoints } = await discover().catch((error: unknown) => {
        complain(id, error);
        throw new APIError("SERVICE_UNAVAILABLE", {
          code: "PROVIDER_UNAVAILABLE",
          message: `${name} cannot be reached`,
        });
      });
      return createAuthorizationURL({
        ...data,
        id,
        options,
        authorizationEndpoint: endpoints.authorization_endpoint,
        scopes: [...new Set(["openid", ...configured.scopes, ...(scopes ?? [])])],
        nonce: idTokenNonce,
      });
    },
    async validateAuthorizationCode(data) {
      return validateAuthorizationCode({ ...data, ...(await client()) });
    },
    async getUserInfo({ idToken, accessToken, expectedIdTokenNonce }) {
      try {
        // No sign-in goes on without a nonce: without one, this is `/account-info`.
        const claims =
          expectedIdTokenNonce === undefined
            ? await readAccount(accessToken)
            : await readIdentity(idToken, expectedIdTokenNonce, accessToken);
        return { user: userOf(claims), data: claims };
      } catch (error) {
        complain(id, error);
        return null;
      }
    },
    async refreshAccessToken(refreshToken) {
      return refreshAccessToken({ refreshToken, ...(await client()) });
    },
  };
}

const claimsSchema = z.object({
  sub: z.string().min(1),
  email: z.string().optional(),
  email_verified: z.union([z.boolean(), z.string()]).optional(),
  name: z.string().optional(),
  preferred_username: z.string().optional(),
  picture: z.string().optional(),
});

type Claims = z.infer<typeof claimsSchema>;

const claimsOf = (value: unknown): Claims => claimsSchema.parse(value);

export function userOf(claims: Claims) {
  return {
    email: claims.email,
    // A string to some providers, whatever the specification says.
    emailVerified: claims.email_verified === true || claims.email_verified === "true",
    name: claims.name ?? claims.preferred_username,
    image: claims.picture,
  };
}

/** OpenID Connect Core 1.0 section 5.3. @throws when the endpoint cannot be reached, or takes the token no more. */
export async function fetchUserInfo(endpoint: string, accessToken: string): Promise<Claims> {
  return claimsOf(await fetchJson(endpoint, { Authorization: `Bearer ${accessToken}` }));
}

/** OpenID Connect Core 1.0 sections 3.1.2 and 3.1.3: TLS is required. The client's secret and people's codes go there. */
const endpoint = z.url().refine(isSecure, "must be an https URL");

const discoverySchema = z.object({
  issuer: z.string(),
  authorization_endpoint: endpoint,
  token_endpoint: endpoint,
  jwks_uri: endpoint,
  userinfo_endpoint: endpoint.optional(),
  token_endpoint_auth_methods_supported: z.array(z.string()).default(["client_secret_basic"]),
});

interface Discovered {
  endpoints: z.infer<typeof discoverySchema>;
  authentication: "client_secret_basic" | "client_secret_post";
  keys: ReturnType<typeof createRemoteJWKSet>;
}

/** For the operator, who has to fix it. No message here quotes a token or a claim of somebody's. */
function complain(id: string, error: unknown): void {
  const reason = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
  console.error(`openid connect: ${id}: ${reason}`);
}

/** The provider's own description, kept for an hour: as a value, never as a promise that one request would leave hanging. */
function createDiscovery(issuer: string): () => Promise<Discovered> {
  let kept: { discovered: Discovered; until: number } | undefined;
  return async () => {
    if (kept !== undefined && kept.until > Date.now()) return kept.discovered;
    const url = `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
    const endpoints = discoverySchema.parse(await fetchJson(url));
    if (endpoints.issuer !== issuer) {
      throw new Error(`${url} names another issuer, ${endpoints.issuer}: configure that one`);
    }
    const { token_endpoint_auth_methods_supported: methods } = endpoints;
    const discovered: Discovered = {
      endpoints,
      authentication: methods.includes("client_secret_basic")
        ? "client_secret_basic"
        : "client_secret_post",
      keys: createRemoteJWKSet(new URL(endpoints.jwks_uri), {
        timeoutDuration: timeoutMilliseconds,
      }),
    };
    kept = { discovered, until: Date.now() + discoveryMilliseconds };
    return discovered;
  };
}

async function fetchJson(url: string, headers: Record<string, string> = {}): Promise<unknown> {
  const answer = await fetch(url, {
    headers: { Accept: "application/json", ...headers },
    // A redirect would carry the access token elsewhere.
    redirect: "manual",
    signal: AbortSignal.timeout(timeoutMilliseconds),
  });
  if (!answer.ok) throw new Error(`${new URL(url).origin} answered ${answer.status}`);
  return answer.json();
}
