/**
 * Closes two ways around the proof that an account's own routes ask for. A thief with a platform admin's session could
 * set that admin's password or address through the routes for other users. And a change of an unconfirmed address
 * cannot be confirmed by its owner, so a session thief could move the account to another address and reset the
 * password.
 */
import { APIError, createAuthMiddleware } from "better-auth/api";
import type { PhasedPlugin } from "../plugin-order.ts";
import type { Routes } from "../routes/register.ts";
import { sessionBeforeRoute } from "../sessions/session-before-route.ts";

/** The fields of a user that concern the address. */
const addressFields = ["email", "emailVerified"];

function changesAddress({ data }: Record<string, unknown>): boolean {
  return typeof data === "object" && data !== null && addressFields.some((field) => field in data);
}

export function ownCredentials({ routes }: { routes: Routes }) {
  return {
    id: "nno-own-credentials",
    phase: "guard",
    hooks: {
      before: [
        {
          matcher: (context) => routes.of(context)?.notOnYourself !== undefined,
          handler: createAuthMiddleware(async (ctx) => {
            const body = (ctx.body ?? {}) as Record<string, unknown>;
            if (routes.of(ctx)?.notOnYourself === "address" && !changesAddress(body)) return;
            const session = await sessionBeforeRoute(ctx);
            if (session === null || session.user.id !== body["userId"]) return;
            throw new APIError("FORBIDDEN", {
              code: "NOT_ON_YOURSELF",
              message:
                "Change your own password and address in your profile, where you are asked for proof.",
            });
          }),
        },
        {
          matcher: (context) => routes.of(context)?.needsConfirmedAddress === true,
          handler: createAuthMiddleware(async (ctx) => {
            const session = await sessionBeforeRoute(ctx);
            if (session === null || session.user.emailVerified) return;
            throw new APIError("FORBIDDEN", {
              code: "EMAIL_NOT_VERIFIED",
              message:
                "Confirm your current address first. The change is confirmed by a mail to it.",
            });
          }),
        },
      ],
    },
  } satisfies PhasedPlugin;
}
