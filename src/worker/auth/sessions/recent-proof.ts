/**
 * What a session alone may not do. A thief with an unlocked laptop or a stolen cookie could enrol an authenticator of
 * their own, move the account to another address, or make another platform admin. OWASP ASVS 5.0 section 7.5: such a
 * request asks for proof again. That is the password in the request itself, where the route takes one; else a sign-in, a
 * `/verify-password` or a code at `/two-factor/verify-totp` in this session, not long ago.
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

/** How long a proof holds. Better Auth's own freshness is a day: too long for a stolen laptop. */
const recentSeconds = 10 * 60;
/** Platform admins and owners do several of these things in a row, and are asked again within the working day. */
const administrationSeconds = 60 * 60;

const withRole = z.object({ role: z.union([z.string(), z.array(z.string())]) });
const withPolicy = z.object({ data: z.object({ requireTwoFactor: z.unknown().optional() }) });

/** Whether a body is one for which the proof is asked. One that is malformed is the route's to refuse. */
const conditions: Record<ProofCondition, (body: unknown) => boolean> = {
  "makes-owner": (body) => roleNames(withRole.safeParse(body).data?.role ?? []).includes(ownerRole),
  "drops-two-factor-demand": (body) => {
    const required = withPolicy.safeParse(body).data?.data.requireTwoFactor;
    return required !== undefined && required !== true;
  },
};

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
            // The route refuses a request without a session,
            if (signedIn === null) return;
            const { session, user } = signedIn;
            // and one of a user who is no admin.
            if (who === "platform-admin" && user["role"] !== platformAdminRole) return;
            if (proof.ask === "password") {
              const account = await ctx.context.internalAdapter.findCredentialAccount(user.id);
              if (account?.password) {
                // Better Auth checks one that is sent.
                if (proof.always !== true || ctx.body?.password) return;
                throw APIError.from("BAD_REQUEST", BASE_ERROR_CODES.INVALID_PASSWORD);
              }
            } else if (proof.when !== undefined && !conditions[proof.when](ctx.body)) return;
            const row = await database.query.session.findFirst({
              columns: { createdAt: true, provenAt: true, impersonatedBy: true },
              where: eq(sessionTable.id, session.id),
            });
            const provenAt = Math.max(row?.createdAt.getTime() ?? 0, row?.provenAt?.getTime() ?? 0);
            const isAdministration = proof.ask === "recent" && proof.within === "hour";
            const longestSeconds = isAdministration ? administrationSeconds : recentSeconds;
            // An impersonation begins with a new session, and is no sign-in of the account's owner.
            const isOwners = row !== undefined && row.impersonatedBy === null;
            if (isOwners && now() - provenAt < longestSeconds * 1000) return;
            throw new APIError("FORBIDDEN", {
              code: "SESSION_NOT_FRESH",
              message: "Show your password or a code again first, or sign in again.",
            });
          }),
        },
      ],
      after: [
        {
          matcher: (context) => routes.of(context)?.proves === true,
          handler: createAuthMiddleware(async (ctx) => {
            // With a new session it was a sign-in, or the first code of an enrolment.
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
