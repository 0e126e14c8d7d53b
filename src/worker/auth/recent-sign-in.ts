/**
 * What a session alone may not do for somebody who has no password. Better Auth asks for the password before it changes
 * the second factor or deletes an account, and asks for nothing where there is none: a thief with an unlocked laptop
 * could enrol an authenticator of their own, or drop the owner's. Here such a request needs a recent sign-in.
 */
import type { BetterAuthPlugin } from "better-auth";
import { APIError, createAuthMiddleware } from "better-auth/api";
import { sessionBeforeRoute } from "./hook-session.ts";

/** How long a sign-in stands in for a password. Better Auth's own freshness is a day: too long for a stolen laptop. */
const recentSeconds = 10 * 60;

const guardedPaths = new Set([
  // Also since each of these makes a new, and thereby recent, session.
  "/two-factor/enable",
  "/two-factor/disable",
  "/two-factor/generate-backup-codes",
  "/two-factor/get-totp-uri",
  "/delete-user",
]);

export function recentSignInWithoutPassword({ now = Date.now }: { now?: () => number } = {}) {
  return {
    id: "nno-recent-sign-in",
    hooks: {
      before: [
        {
          matcher: ({ path }) => guardedPaths.has(path ?? ""),
          handler: createAuthMiddleware(async (ctx) => {
            const signedIn = await sessionBeforeRoute(ctx);
            // The route refuses who is not signed in, and checks the password of who has one.
            if (signedIn === null) return;
            const { session, user } = signedIn;
            const account = await ctx.context.internalAdapter.findCredentialAccount(user.id);
            if (account?.password) return;
            // An impersonation begins with a new session, and is no sign-in of the account's owner.
            const impersonated = "impersonatedBy" in session && session["impersonatedBy"] != null;
            const ageSeconds = (now() - new Date(session.createdAt).getTime()) / 1000;
            if (!impersonated && ageSeconds < recentSeconds) return;
            throw new APIError("FORBIDDEN", {
              code: "SESSION_NOT_FRESH",
              message: "This account has no password: sign in again first.",
            });
          }),
        },
      ],
    },
  } satisfies BetterAuthPlugin;
}
