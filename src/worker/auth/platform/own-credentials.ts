/**
 * The ways around the proof that an account's own routes ask for. A platform admin's stolen session could set that
 * admin's own password or address on the routes for other users. And an account whose address nobody has confirmed has
 * no old address to ask: whoever holds its session could move it to theirs, and reset the password.
 */
import type { BetterAuthPlugin } from "better-auth";
import { APIError, createAuthMiddleware } from "better-auth/api";
import { sessionBeforeRoute } from "../sessions/session-before-route.ts";

/** What `/admin/update-user` may not change of the caller. */
const credentialFields = ["email", "emailVerified"];

const changesCredential: Record<string, (body: Record<string, unknown>) => boolean> = {
  "/admin/set-user-password": () => true,
  "/admin/update-user": ({ data }) =>
    typeof data === "object" && data !== null && credentialFields.some((field) => field in data),
};

export function ownCredentials() {
  return {
    id: "nno-own-credentials",
    hooks: {
      before: [
        {
          matcher: ({ path }) => path !== undefined && path in changesCredential,
          handler: createAuthMiddleware(async (ctx) => {
            const body = (ctx.body ?? {}) as Record<string, unknown>;
            if (changesCredential[ctx.path]?.(body) !== true) return;
            const session = await sessionBeforeRoute(ctx);
            if (session === null || session.user.id !== body["userId"]) return;
            throw new APIError("FORBIDDEN", {
              code: "NOT_ON_YOURSELF",
              message: "Change your own password and address in your profile: it asks for proof.",
            });
          }),
        },
        {
          matcher: ({ path }) => path === "/change-email",
          handler: createAuthMiddleware(async (ctx) => {
            const session = await sessionBeforeRoute(ctx);
            if (session === null || session.user.emailVerified) return;
            throw new APIError("FORBIDDEN", {
              code: "EMAIL_NOT_VERIFIED",
              message: "Confirm the present address first: a change is confirmed by mail to it.",
            });
          }),
        },
      ],
    },
  } satisfies BetterAuthPlugin;
}
