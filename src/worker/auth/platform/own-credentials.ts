/**
 * The ways around the proof that an account's own routes ask for. A platform admin's stolen session could set that
 * admin's own password or address on the routes for other users. And an account whose address nobody has confirmed has
 * no old address to ask: whoever holds its session could move it to theirs, and reset the password.
 */
import { APIError, createAuthMiddleware } from "better-auth/api";
import type { PhasedPlugin } from "../plugin-order.ts";
import type { Routes } from "../routes/register.ts";
import { sessionBeforeRoute } from "../sessions/session-before-route.ts";

/** The fields of a user's address. */
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
              message: "Change your own password and address in your profile: it asks for proof.",
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
              message: "Confirm the present address first: a change is confirmed by mail to it.",
            });
          }),
        },
      ],
    },
  } satisfies PhasedPlugin;
}
