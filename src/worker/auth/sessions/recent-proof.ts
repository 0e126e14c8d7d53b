/**
 * Step-up authentication. With an unlocked laptop or a stolen cookie a thief could enrol an authenticator of their own,
 * move the account to another address, or make another platform admin. OWASP ASVS 5.0 section 7.5 therefore demands
 * that the user is authenticated again for such a request. The proof is the password in the request itself, where the
 * route takes one. Elsewhere it is a recent sign-in, `/verify-password` or code at `/two-factor/verify-totp` in the
 * same session. A sign-in for which a provider or a mailed link vouched is a proof only for an account without a password.
 */
import { eq } from "drizzle-orm";
import { BASE_ERROR_CODES } from "@better-auth/core/error";
import {
  APIError,
  createAuthMiddleware,
  getAuthoritativeSessionFromCtx,
  isAPIError,
} from "better-auth/api";
import * as z from "zod";
import type { PhasedPlugin } from "../plugin-order.ts";
import type { Database } from "../../db/database.ts";
import { session as sessionTable } from "../../db/schema.ts";
import { sessionBeforeRoute } from "./session-before-route.ts";
import { ownerRole, platformAdminRole, roleNames } from "../roles.ts";
import type { ProofCondition } from "../routes/record.ts";
import type { Routes } from "../routes/register.ts";

/** How long a proof is valid. Better Auth's own freshness lasts a day, which is too long for a stolen laptop. */
const recentSeconds = 10 * 60;
/** Administrators do several of these things in a row. They are still asked again within the working day. */
const administrationSeconds = 60 * 60;

const withRole = z.object({ role: z.union([z.string(), z.array(z.string())]) });
const withPolicy = z.object({ data: z.object({ requireTwoFactor: z.unknown().optional() }) });

/** Tells for a request's body whether it needs a proof. The route itself refuses a malformed body. */
const conditions: Record<ProofCondition, (body: unknown) => boolean> = {
  "makes-owner": (body) => roleNames(withRole.safeParse(body).data?.role ?? []).includes(ownerRole),
  "drops-two-factor-demand": (body) => {
    const required = withPolicy.safeParse(body).data?.data.requireTwoFactor;
    return required !== undefined && required !== true;
  },
};

type AuthContext = Parameters<Parameters<typeof createAuthMiddleware>[0]>[0]["context"];

async function hasPassword({ internalAdapter }: AuthContext, userId: string): Promise<boolean> {
  return Boolean((await internalAdapter.findCredentialAccount(userId))?.password);
}

export function recentProof({
  routes,
  database,
  now = Date.now,
}: {
  routes: Routes;
  database: Database;
  now?: () => number;
}) {
  return {
    id: "nno-recent-proof",
    phase: "guard",
    hooks: {
      before: [
        {
          matcher: (context) => routes.of(context)?.proof !== undefined,
          handler: createAuthMiddleware(async (ctx) => {
            const { proof, who } = routes.of(ctx) ?? {};
            if (proof === undefined) return;
            const signedIn = await sessionBeforeRoute(ctx);
            // The route itself refuses a request without a session,
            if (signedIn === null) return;
            const { session, user } = signedIn;
            // and a request by a user who is not an admin.
            if (who === "platform-admin" && user["role"] !== platformAdminRole) return;
            if (proof.ask === "password") {
              if (await hasPassword(ctx.context, user.id)) {
                // Better Auth verifies a password that the request brings.
                if (proof.always !== true || ctx.body?.password) return;
                throw APIError.from("BAD_REQUEST", BASE_ERROR_CODES.INVALID_PASSWORD);
              }
            } else if (proof.when !== undefined && !conditions[proof.when](ctx.body)) return;
            const row = await database.query.session.findFirst({
              columns: { createdAt: true, provenAt: true, impersonatedBy: true, vouchedFor: true },
              where: eq(sessionTable.id, session.id),
            });
            // A provider has proved that its user was there, and not that this is who knows the account's password.
            const isVouchedFor =
              row?.vouchedFor === true && (await hasPassword(ctx.context, user.id));
            const signedInAt = isVouchedFor ? 0 : (row?.createdAt.getTime() ?? 0);
            const provenAt = Math.max(signedInAt, row?.provenAt?.getTime() ?? 0);
            const isAdministration = proof.ask === "recent" && proof.within === "hour";
            const longestSeconds = isAdministration ? administrationSeconds : recentSeconds;
            // An impersonation has a new session, too, but the account's owner did not sign in for it.
            const isSignedInByOwner = row !== undefined && row.impersonatedBy === null;
            if (isSignedInByOwner && now() - provenAt < longestSeconds * 1000) return;
            throw new APIError("FORBIDDEN", {
              code: "SESSION_NOT_FRESH",
              message: "Enter your password or a code again, or sign in again, before you do this.",
            });
          }),
        },
      ],
      after: [
        {
          matcher: (context) => routes.of(context)?.proves === true,
          handler: createAuthMiddleware(async (ctx) => {
            // A new session means that this was a sign-in, or the first code of an enrolment.
            if (isAPIError(ctx.context.returned) || ctx.context.newSession !== null) return;
            const signedIn = await getAuthoritativeSessionFromCtx(ctx);
            if (signedIn === null) return;
            await database
              .update(sessionTable)
              .set({ provenAt: new Date(now()) })
              .where(eq(sessionTable.id, signedIn.session.id));
          }),
        },
      ],
    },
  } satisfies PhasedPlugin;
}
