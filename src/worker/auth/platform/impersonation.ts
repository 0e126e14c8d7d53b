/**
 * What a platform admin may do in a user's name: look around, and switch tenants. Everything else is refused, including
 * routes that are added later: a credential, a second factor, a linked account or a token that outlives the impersonation
 * would turn an hour of support into possession of the account. Platform admins manage users and tenants in their own name.
 *
 * An impersonation ends when its row expires, or with the session from which it was started
 * (`session_ends_impersonations` in `db/rules.sql`). An admin who signs out, is banned, demoted or deleted therefore no
 * longer impersonates anybody.
 */
import { eq } from "drizzle-orm";
import { APIError, createAuthMiddleware } from "better-auth/api";
import { expireCookie } from "better-auth/cookies";
import type { PhasedPlugin } from "../plugin-order.ts";
import type { Database } from "../../db/database.ts";
import { session } from "../../db/schema.ts";
import { auditInsert } from "../audit/event.ts";
import type { Routes } from "../routes/register.ts";
import { tokenBeforeRoute } from "../sessions/session-before-route.ts";
import { readSessionToken } from "../../cookies/session-token.ts";

interface ImpersonationOptions {
  routes: Routes;
  database: Database;
  /** Paths of an owner's routes that an impersonated session may also call. */
  allowed: readonly string[];
}

export function impersonation({ routes, database, allowed }: ImpersonationOptions) {
  return {
    id: "nno-impersonation",
    phase: "guard",
    hooks: {
      before: [
        {
          matcher: (context) =>
            context.path !== undefined &&
            routes.of(context)?.impersonator !== "allowed" &&
            !allowed.includes(context.path),
          handler: createAuthMiddleware(async (ctx) => {
            const token = await presentedImpersonation(ctx);
            if (token === undefined) return;
            const row = await findImpersonation(database, token);
            if (row === undefined) return;
            await database.batch([
              auditInsert(database, {
                event: "impersonation.refused",
                actorId: row.userId,
                impersonatedBy: row.impersonatedBy ?? undefined,
                detail: { route: ctx.path },
                headers: ctx.headers,
              }),
            ]);
            throw new APIError("FORBIDDEN", {
              code: "NOT_WHILE_IMPERSONATING",
              message: "Only the user may do this. End the impersonation first.",
            });
          }),
        },
        {
          // Signing out leaves the browser signed out: the admin's own session ends, and the impersonation with it.
          matcher: (context) => routes.of(context)?.signsOut === true,
          handler: createAuthMiddleware(async (ctx) => {
            const token = await presentedImpersonation(ctx);
            if (token === undefined) return;
            const row = await findImpersonation(database, token);
            if (row?.impersonatorSessionId != null) {
              await database.delete(session).where(eq(session.id, row.impersonatorSessionId));
            }
            expireCookie(ctx, ctx.context.createAuthCookie("admin_session"));
          }),
        },
      ],
    },
  } satisfies PhasedPlugin;
}

type MiddlewareContext = Parameters<Parameters<typeof createAuthMiddleware>[0]>[0];

/**
 * The token of the impersonated session that the route would act for, by cookie or by bearer token. It is read as the route
 * reads it, since a token that is spelled differently (`%2D` for a dash) means the same session. The look-up of its row costs
 * a query, so only a token that is marked as an impersonation is looked up.
 */
async function presentedImpersonation(ctx: MiddlewareContext): Promise<string | undefined> {
  const token = await tokenBeforeRoute(ctx);
  return token !== undefined && readSessionToken(token)?.impersonation === true ? token : undefined;
}

/** The row of a session, as far as an impersonation concerns it. */
export async function findImpersonation(database: Database, token: string) {
  return database.query.session.findFirst({
    columns: { userId: true, impersonatedBy: true, impersonatorSessionId: true },
    where: eq(session.token, token),
  });
}
