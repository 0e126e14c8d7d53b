/**
 * What holds for every sign-in through a provider, Better Auth's and the owner's own: one sign-in is finished once, an ID
 * token is verified and not only decoded, an address is proven before it signs in, nobody is told whether one that is not
 * proven has an account, and no token of the provider's lies in the database as it was sent.
 */
import {
  addOAuthServerContext,
  createAuthMiddleware,
  getOAuthState,
  isAPIError,
} from "better-auth/api";
import {
  parseStringBoolean,
  verifyProviderIdToken,
  type OAuthProvider,
} from "@better-auth/core/oauth2";
import type { PhasedPlugin } from "../plugin-order.ts";
import type { Database } from "../../db/database.ts";
import { verification } from "../../db/schema.ts";
import { requestState } from "../../request-scope.ts";
import type { Routes } from "../routes/register.ts";
import { accountInfoEndpoint, tellingOfAccounts } from "./account-info.ts";
import { createProvider, type OpenIdConnectProvider } from "./openid-connect.ts";

interface Options {
  routes: Routes;
  database: Database;
  /** Whose sign-ins these are. */
  authUrl: string;
  /** Put among Better Auth's own, so that its routes serve them. */
  openIdConnect: readonly OpenIdConnectProvider[];
  /** Tells the owner of an account, by mail, that somebody came with its address. */
  onExistingUser: (user: { name: string; email: string }, headers: Headers | undefined) => void;
}

/** The address that the provider named for this sign-in, and does not vouch for. */
const unprovenAddress = requestState<string>();

/** As long as Better Auth believes a state. */
const stateMilliseconds = 10 * 60 * 1000;

export function oauth({ routes, database, authUrl, openIdConnect, onExistingUser }: Options) {
  return {
    id: "nno-oauth",
    phase: "serve",
    endpoints: { accountInfo: accountInfoEndpoint },
    init: (context) => ({
      context: {
        socialProviders: [
          ...context.socialProviders.map(verifyingIdTokens).map(tellingOfAccounts),
          ...openIdConnect.map(createProvider),
        ].map((provider) => finishingOnce(cautious(provider), { database, authUrl })),
      },
      options: { databaseHooks: { account: { create: dropIdToken, update: dropIdToken } } },
    }),
    hooks: {
      before: [
        {
          matcher: (context) => routes.of(context)?.provider === "begins",
          handler: createAuthMiddleware(async () => addOAuthServerContext({ authUrl })),
        },
      ],
      after: [
        {
          // Who is told "not linked" of an address that anybody can type in at the provider knows that it has an account:
          // the answer is that of an address without, and the mail goes out alike.
          matcher: (context) => routes.of(context)?.provider === "returns",
          handler: createAuthMiddleware(async (ctx) => {
            const { returned, internalAdapter } = ctx.context;
            const email = unprovenAddress.get();
            if (email === undefined || !isAPIError(returned)) return;
            const location = new Headers(returned.headers).get("location") ?? "";
            if (!notLinked.test(location)) return;
            const found = await internalAdapter.findUserByEmail(email.toLowerCase());
            if (found !== null) onExistingUser(found.user, ctx.headers);
            throw ctx.redirect(location.replace(notLinked, "$1email_not_verified"));
          }),
        },
      ],
    },
  } satisfies PhasedPlugin;
}

const notLinked = /([?&]error=)account_not_linked(?=&|$)/;

/** Nothing reads it after the sign-in, and it has a name and an address; Better Auth encrypts only the other tokens. */
const dropIdToken = { before: async () => ({ data: { idToken: null } }) };

/**
 * Safer defaults, which the owner may override. An address that the provider does not vouch for is confirmed by mail before
 * it signs anybody in, because the person who typed it at the provider may not own it; a password reset disconnects the
 * providers of such an account (`account_first_password_of_unverified` and `account_new_password_of_unverified` in
 * `db/rules.sql`). ID tokens from clients are refused: they are bound to no sign-in, so anybody who finds one could use it.
 * An owner who sets `verifyIdToken` has to check a nonce there.
 */
function cautious(provider: OAuthProvider): OAuthProvider {
  const { options = {} } = provider;
  const disableIdTokenSignIn = options.verifyIdToken === undefined;
  const cautiousOptions = { requireEmailVerification: true, disableIdTokenSignIn, ...options };
  return {
    ...provider,
    options: cautiousOptions,
    async getUserInfo(tokens) {
      const info = await provider.getUserInfo(tokens);
      const { email, emailVerified } = info?.user ?? {};
      const isProven = parseStringBoolean(emailVerified) === true;
      if (typeof email === "string" && !isProven && cautiousOptions.requireEmailVerification) {
        unprovenAddress.set(email);
      }
      return info;
    },
  };
}

/**
 * OpenID Connect Core 1.0 section 3.1.3.7, for a built-in provider that issues ID tokens (Google, Microsoft, Apple): those
 * that come with a code Better Auth takes from its answer as they are, and sends no nonce for them.
 */
function verifyingIdTokens(provider: OAuthProvider): OAuthProvider {
  const { id, idToken: config, options = {} } = provider;
  if (config === undefined) return provider;
  // Apple's own has the app's id here, for which no token of a browser is issued.
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
      // The callback goes no further without a nonce; without one this is no sign-in.
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

/**
 * The state is in an encrypted cookie of the browser: asking for a sign-in stores nothing, so strangers fill no table. It
 * says whose it is, for platforms that a mistake has given one secret. What makes it work once is the row that is written
 * when the provider has taken the code; its key is unique, so of several requests with one state, at once or later, a
 * single one goes on.
 */
function finishingOnce(
  provider: OAuthProvider,
  { database, authUrl }: Pick<Options, "database" | "authUrl">,
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
      return tokens;
    },
  };
}

async function digest(text: string): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return btoa(String.fromCharCode(...new Uint8Array(hash)));
}
