/**
 * What holds for every sign-in through a provider, Better Auth's and the owner's own: a sign-in is finished once, an ID
 * token is verified and not only decoded, an address is proven before it signs in, no answer tells whether an unproven
 * address has an account, and the database holds no token of the provider's as it was sent.
 */
import { addOAuthServerContext, createAuthMiddleware, isAPIError } from "better-auth/api";
import type { User } from "better-auth";
import type { Database } from "../../db/database.ts";
import { callbackErrors } from "../better-auth/literals.ts";
import {
  finishingOnce,
  readingAccounts,
  requiringProvenAddress,
  unprovenAddress,
  verifyingIdTokens,
} from "../better-auth/providers.ts";
import type { PhasedPlugin } from "../plugin-order.ts";
import type { Routes } from "../routes/register.ts";
import { createProvider, type OpenIdConnectProvider } from "./openid-connect.ts";
import { storedFieldHooks } from "./stored-fields.ts";

interface Options {
  routes: Routes;
  database: Database;
  /** The platform that the sign-ins belong to. */
  authUrl: string;
  /** Providers of the owner's, which join Better Auth's own so that its routes serve them. */
  openIdConnect: readonly OpenIdConnectProvider[];
  /** Tells the owner of an account, by mail, that somebody came with its address. */
  onExistingUser: (user: User, headers: Headers | undefined) => void;
}

export function oauth({ routes, database, authUrl, openIdConnect, onExistingUser }: Options) {
  return {
    id: "nno-oauth",
    phase: "serve",
    init: (context) => ({
      context: {
        socialProviders: [
          ...context.socialProviders.map(verifyingIdTokens).map(readingAccounts),
          ...openIdConnect.map(createProvider),
        ].map((provider) => finishingOnce(requiringProvenAddress(provider), { database, authUrl })),
      },
      options: {
        databaseHooks: {
          account: { create: dropIdToken, update: dropIdToken },
          user: storedFieldHooks(routes),
        },
      },
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
          // "Not linked" would tell that the address, which anybody can type in at the provider, has an account. The answer
          // is that of an address without one, and a mail goes out for either.
          matcher: (context) => routes.of(context)?.provider === "returns",
          handler: createAuthMiddleware(async (ctx) => {
            const { returned, internalAdapter } = ctx.context;
            const email = unprovenAddress.get();
            if (email === undefined || !isAPIError(returned)) return;
            const location = new Headers(returned.headers).get("location") ?? "";
            if (!notLinked.test(location)) return;
            const found = await internalAdapter.findUserByEmail(email.toLowerCase());
            if (found !== null) onExistingUser(found.user, ctx.headers);
            throw ctx.redirect(location.replace(notLinked, `$1${callbackErrors.emailNotVerified}`));
          }),
        },
      ],
    },
  } satisfies PhasedPlugin;
}

const notLinked = new RegExp(`([?&]error=)${callbackErrors.accountNotLinked}(?=&|$)`);

/** Nothing reads the ID token after the sign-in, it holds a name and an address, and Better Auth encrypts only the others. */
const dropIdToken = { before: async () => ({ data: { idToken: null } }) };
