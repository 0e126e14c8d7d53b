/**
 * `/account-info`: what a provider says of somebody's account there, for its owner to see. Better Auth reads it from the ID
 * token of the sign-in for those that issue one, and that is not kept; so it is asked of their userinfo endpoint, where
 * there is one. A provider that says nothing is no reason to take the reader for signed out, as 401 would.
 */
import { accountInfo, APIError, isAPIError } from "better-auth/api";
import { BASE_ERROR_CODES } from "@better-auth/core/error";
import type { OAuthProvider } from "@better-auth/core/oauth2";
import { fetchUserInfo, userOf } from "./openid-connect.ts";

/** Of Better Auth's own providers that issue ID tokens. Apple has none. */
const userInfoEndpoints: Record<string, string> = {
  google: "https://openidconnect.googleapis.com/v1/userinfo",
};

/** Asks by the access token alone what is shown to its owner; who signs in is said by the ID token, which is verified. */
export function tellingOfAccounts(provider: OAuthProvider): OAuthProvider {
  const endpoint = userInfoEndpoints[provider.id];
  const isOwners = provider.options?.getUserInfo !== undefined;
  if (endpoint === undefined || isOwners) return provider;
  return {
    ...provider,
    async getUserInfo(tokens) {
      const { idToken, expectedIdTokenNonce, accessToken } = tokens;
      const isSignIn = idToken !== undefined || expectedIdTokenNonce !== undefined;
      if (isSignIn || accessToken === undefined) return provider.getUserInfo(tokens);
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

type Endpoint = typeof accountInfo;

/** In place of Better Auth's own. */
export const accountInfoEndpoint: Endpoint = Object.assign(async (context: never) => {
  try {
    return await (accountInfo as (context: never) => Promise<unknown>)(context);
  } catch (error) {
    const code = isAPIError(error) ? error.body?.code : undefined;
    if (code !== BASE_ERROR_CODES.FAILED_TO_GET_USER_INFO.code) throw error;
    throw new APIError("BAD_REQUEST", {
      code: "ACCOUNT_INFO_UNAVAILABLE",
      message: "The provider says nothing of this account now. Sign in with it again.",
    });
  }
}, accountInfo) as Endpoint;
