/**
 * Better Auth's social providers, and the owner's own, with what a sign-in at each of them must pass. `callback.ts` checks
 * that it did.
 */
import { getOAuthState } from "better-auth/api";
import {
  parseStringBoolean,
  verifyProviderIdToken,
  type OAuthProvider,
} from "@better-auth/core/oauth2";
import type { Database } from "../../db/database.ts";
import { verification } from "../../db/schema.ts";
import { requestState } from "../../request-scope.ts";
import { fetchUserInfo, userOf } from "../social/openid-connect.ts";
import { recordFiring } from "./intercept.ts";

/** The address that the provider named for this sign-in, and does not vouch for. */
export const unprovenAddress = requestState<string>();

/** Better Auth keeps a state for as long. */
const stateMilliseconds = 10 * 60 * 1000;

/** Providers of Better Auth's that issue ID tokens and have a userinfo endpoint. Apple has none. */
const userInfoEndpoints: Readonly<Record<string, string>> = {
  google: "https://openidconnect.googleapis.com/v1/userinfo",
};

/**
 * `verifyProviderIdToken`, for a built-in provider that issues ID tokens (Google, Microsoft, Apple): Better Auth decodes
 * those that come with a code without verifying them, and sends no nonce for them.
 */
export function verifyingIdTokens(provider: OAuthProvider): OAuthProvider {
  const { id, idToken: config, options = {} } = provider;
  if (config === undefined) return provider;
  // Apple's own configuration has the app's id here, for which no token of a browser is issued.
  const idToken = "jwks" in config ? { ...config, audience: options.clientId ?? [] } : config;
  return {
    ...provider,
    requiresIdTokenNonce: true,
    async createAuthorizationURL(data) {
      const url = await provider.createAuthorizationURL(data);
      if (data.idTokenNonce !== undefined) url.searchParams.set("nonce", data.idTokenNonce);
      return url;
    },
    async getUserInfo(tokens) {
      const { idToken: token, expectedIdTokenNonce: nonce } = tokens;
      // The callback goes no further without a nonce; without one, this is `readAccountAtProvider`.
      if (nonce !== undefined) recordFiring("verifyProviderIdToken");
      if (token !== undefined && nonce !== undefined) {
        if (!(await verifyProviderIdToken({ id, idToken }, token, nonce))) {
          console.error(`oauth: ${id}: the ID token is not for this sign-in`);
          return null;
        }
      }
      return provider.getUserInfo(tokens);
    },
  };
}

/** `readAccountAtProvider`: asks by the access token, which is enough to show an account to its owner. */
export function readingAccounts(provider: OAuthProvider): OAuthProvider {
  const endpoint = userInfoEndpoints[provider.id];
  if (endpoint === undefined || hasOwnReader(provider)) return provider;
  return {
    ...provider,
    async getUserInfo(tokens) {
      const { idToken, expectedIdTokenNonce, accessToken } = tokens;
      const isSignIn = idToken !== undefined || expectedIdTokenNonce !== undefined;
      if (isSignIn || accessToken === undefined) return provider.getUserInfo(tokens);
      recordFiring("readAccountAtProvider");
      try {
        const claims = await fetchUserInfo(endpoint, accessToken);
        return { user: userOf(claims), data: claims };
      } catch (error) {
        console.error(`oauth: ${provider.id}: ${String(error)}`);
        return null;
      }
    },
  };
}

const hasOwnReader = ({ options }: OAuthProvider) => options?.getUserInfo !== undefined;

/** Whether `readingAccounts` answers for this provider. */
export const readsAccounts = (provider: OAuthProvider) =>
  userInfoEndpoints[provider.id] !== undefined && !hasOwnReader(provider);

/**
 * `requireProvenProviderAddress`: safer defaults, which the owner may override. An address that the provider does not vouch
 * for is confirmed by mail before it signs anybody in, because the person who typed it at the provider may not own it; a
 * password reset disconnects the providers of such an account (`account_first_password_of_unverified` and
 * `account_new_password_of_unverified` in `db/rules.sql`). ID tokens from clients are refused: they are bound to no sign-in,
 * so anybody who finds one could use it. An owner who sets `verifyIdToken` has to check a nonce there.
 */
export function requiringProvenAddress(provider: OAuthProvider): OAuthProvider {
  const { options = {} } = provider;
  const disableIdTokenSignIn = options.verifyIdToken === undefined;
  const strictOptions = { requireEmailVerification: true, disableIdTokenSignIn, ...options };
  return {
    ...provider,
    options: strictOptions,
    async getUserInfo(tokens) {
      recordFiring("requireProvenProviderAddress");
      const info = await provider.getUserInfo(tokens);
      const { email, emailVerified } = info?.user ?? {};
      if (info !== null && typeof email === "string" && foldsIntoAscii(email)) {
        // Better Auth would look for the account of the address that it becomes in lower case.
        return { ...info, user: { ...info.user, email: undefined, emailVerified: false } };
      }
      const isProven = parseStringBoolean(emailVerified) === true;
      if (typeof email === "string" && !isProven && strictOptions.requireEmailVerification) {
        unprovenAddress.set(email);
      }
      return info;
    },
  };
}

/**
 * `finishProviderSignInOnce`. The state of a sign-in is in an encrypted cookie of the browser: asking for a sign-in stores
 * nothing, so strangers fill no table. It names the platform that it belongs to, for platforms that were given one secret by
 * mistake. The row is written when the provider has taken the code; its key is unique, so of several requests with one
 * state, at once or later, a single one goes on.
 */
export function finishingOnce(
  provider: OAuthProvider,
  { database, authUrl }: { database: Database; authUrl: string },
): OAuthProvider {
  return {
    ...provider,
    async validateAuthorizationCode(data) {
      const begunAt = (await getOAuthState())?.serverContext?.["authUrl"] ?? authUrl;
      if (begunAt !== authUrl) throw new Error(`${provider.id}: a sign-in of another platform`);
      const tokens = await provider.validateAuthorizationCode(data);
      if (tokens === null) return null;
      // PKCE's verifier: 128 random characters for each sign-in.
      const id = `oauth-state:${await digest(data.codeVerifier ?? data.code)}`;
      const now = new Date();
      const expiresAt = new Date(now.getTime() + stateMilliseconds);
      const finished = await database
        .insert(verification)
        .values({ id, identifier: id, value: "", expiresAt, createdAt: now, updatedAt: now })
        .onConflictDoNothing()
        .returning({ id: verification.id });
      if (finished.length === 0) throw new Error(`${provider.id}: this sign-in is finished`);
      recordFiring("finishProviderSignInOnce");
      return tokens;
    },
  };
}

/** True if a character is ASCII in lower case alone, such as the KELVIN SIGN: the address is another one than it becomes. */
function foldsIntoAscii(email: string): boolean {
  return /[a-z]/.test(email.replaceAll(/[ -~]/g, "").toLowerCase());
}

async function digest(text: string): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return btoa(String.fromCharCode(...new Uint8Array(hash)));
}
