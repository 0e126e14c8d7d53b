/**
 * Two providers, Google and one of the owner's, that answer whatever the attacker likes: they hand out what `issue` makes
 * for any code, and take a code as often as it is sent.
 */
import { exportJWK, generateKeyPair, SignJWT, type JWTPayload } from "jose";
import { expect } from "vitest";
import { newEmail, type Browser } from "../people.ts";
import { startTarget, type Target } from "./target.ts";

export const clientId = "the-client";
export const clientSecret = "the-secret-of-the-client-with-32-bytes";
/** The names of a browser's cookies that each hold a sign-in under way. */
export const stateCookies = ({ cookies }: Browser): string[] =>
  [...cookies.keys()].filter((name) => name.startsWith("__Host-better-auth.oauth_state"));

const issuers = { google: "https://accounts.google.com", acme: "https://id.acme.example" } as const;
export type Provider = keyof typeof issuers;
export const providers: Provider[] = ["google", "acme"];

type Key = Awaited<ReturnType<typeof generateKeyPair>>["privateKey"];
export type Issue = (claims: JWTPayload) => string | Promise<string>;

export interface IdentityProviders {
  target: Target;
  /** What the token endpoint makes of the claims that belong to the sign-in at hand. */
  issue: Issue;
  /** The claims of the sign-in at hand. */
  claims: JWTPayload;
  /** Ends the names of the tokens that are handed out. */
  generation: string;
  /** The token that the userinfo endpoints take. */
  takenAccessToken: string;
  /** A key that neither provider publishes. */
  strangersKey: Key;
  /** Signs with the providers' key, unless another is given. */
  sign: (payload: JWTPayload, by?: Key) => Promise<string>;
  /** Asks for a sign-in, with further fields, and makes the claims of somebody new who goes through with it. */
  begin: (
    browser: Browser,
    provider: Provider,
    profile?: JWTPayload,
    path?: "/sign-in/social" | "/link-social",
    fields?: object,
  ) => Promise<string>;
  /** Comes back from the provider. Returns where the answer leads, or its status. */
  finish: (
    browser: Browser,
    provider: Provider,
    state: string,
    headers?: Record<string, string>,
  ) => Promise<string>;
  refusedFor: (error: string) => string;
  /** What a statement that selects one number `n` answers. */
  count: (sql: string, ...values: string[]) => Promise<unknown>;
  /** Makes the providers honest again. */
  reset: () => void;
}

let subjects = 0;

/** @param entry the Worker that is attacked. */
export async function openIdentityProviders(
  entry = "test/security/workers/providers.ts",
): Promise<IdentityProviders> {
  const [own, strangers] = [await generateKeyPair("RS256"), await generateKeyPair("RS256")];
  const sign = async (payload: JWTPayload, by: Key = own.privateKey) =>
    new SignJWT(payload).setProtectedHeader({ alg: "RS256", kid: "1" }).sign(by);
  const jwks = { keys: [{ ...(await exportJWK(own.publicKey)), alg: "RS256", kid: "1" }] };
  const tokens = async () => ({
    access_token: `the-access-token${idp.generation}`,
    refresh_token: `the-refresh-token${idp.generation}`,
    // No ID token at all where there is none to give.
    id_token: (await idp.issue(idp.claims)) || undefined,
    token_type: "Bearer",
    expires_in: 3600,
  });
  const acme = issuers.acme;
  const userInfo = ({ headers }: Request) =>
    headers.get("authorization") === `Bearer ${idp.takenAccessToken}`
      ? { sub: idp.claims.sub, name: "Ada", email: idp.claims["email"], email_verified: true }
      : new Response(null, { status: 401 });
  const answers: Record<string, (request: Request) => unknown> = {
    "https://oauth2.googleapis.com/token": tokens,
    "https://www.googleapis.com/oauth2/v3/certs": () => jwks,
    "https://openidconnect.googleapis.com/v1/userinfo": userInfo,
    [`${acme}/.well-known/openid-configuration`]: () => ({
      issuer: acme,
      authorization_endpoint: `${acme}/authorize`,
      token_endpoint: `${acme}/token`,
      userinfo_endpoint: `${acme}/userinfo`,
      jwks_uri: `${acme}/keys`,
    }),
    [`${acme}/token`]: tokens,
    [`${acme}/userinfo`]: userInfo,
    [`${acme}/keys`]: () => jwks,
  };
  const target = await startTarget({
    entry,
    bindings: {
      GOOGLE_CLIENT_ID: clientId,
      GOOGLE_CLIENT_SECRET: clientSecret,
      ACME_CLIENT_ID: clientId,
      ACME_CLIENT_SECRET: clientSecret,
    },
    outbound: async (request) => {
      const answer = await answers[request.url]?.(request);
      if (answer === undefined) return new Response(null, { status: 404 });
      return answer instanceof Response ? answer : Response.json(answer);
    },
  });
  const idp: IdentityProviders = {
    target,
    issue: sign,
    claims: {},
    generation: "",
    takenAccessToken: "the-access-token",
    strangersKey: strangers.privateKey,
    sign,
    async begin(browser, provider, profile = {}, path = "/sign-in/social", fields = {}) {
      const begun = await browser.post<{ url: string }>(`/api/auth${path}`, {
        provider,
        callbackURL: target.consoleUrl,
        ...fields,
      });
      expect(begun.status).toBe(200);
      const asked = new URL(begun.body.url).searchParams;
      subjects += 1;
      const now = Math.floor(Date.now() / 1000);
      idp.claims = {
        iss: issuers[provider],
        aud: clientId,
        sub: `subject-${subjects}`,
        iat: now,
        exp: now + 300,
        nonce: asked.get("nonce") ?? "none was asked for",
        name: "Ada",
        email: newEmail(),
        email_verified: true,
        ...profile,
      };
      return asked.get("state") ?? "";
    },
    async finish(browser, provider, state, headers = {}) {
      const query = new URLSearchParams({ code: "a-code", state });
      const answer = await browser.get(
        `/api/auth/callback/${provider}?${query.toString()}`,
        headers,
      );
      return answer.headers.get("location") ?? `${answer.status}`;
    },
    refusedFor: (error) => `${target.consoleUrl}/auth-error?error=${error}`,
    count: async (sql, ...values) =>
      target.database
        .prepare(sql)
        .bind(...values)
        .first("n"),
    reset() {
      idp.issue = sign;
      idp.generation = "";
      idp.takenAccessToken = "the-access-token";
    },
  };
  return idp;
}

export const isSignedIn = async (browser: Browser): Promise<boolean> =>
  (await browser.session()).session !== null;
