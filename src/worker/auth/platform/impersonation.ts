/**
 * Limits what a platform admin may do while impersonating a user: read, and switch tenants. Everything else is refused,
 * including routes that are added later. With a new credential, second factor, linked account or lasting token, an hour
 * of support would become permanent control of the account. Platform admins manage users and tenants as themselves.
 *
 * An impersonation ends when its row expires, or with the session from which it was started
 * (`session_ends_impersonations` in `db/rules.sql`). An admin who signs out, is banned, demoted or deleted therefore no
 * longer impersonates anybody.
 */
import { eq, exists } from "drizzle-orm";
import {
  APIError,
  createAuthEndpoint,
  createAuthMiddleware,
  getSessionFromCtx,
} from "better-auth/api";
import { deleteSessionCookie, expireCookie, setSessionCookie } from "better-auth/cookies";
import type { PhasedPlugin } from "../plugin-order.ts";
import { answering } from "../../db/adapter.ts";
import type { Database } from "../../db/database.ts";
import { session } from "../../db/schema.ts";
import { auditInsert } from "../audit/event.ts";
import type { Routes } from "../routes/register.ts";
import { tokenBeforeRoute } from "../sessions/session-before-route.ts";
import { platformAdminRole } from "../roles.ts";
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
            const row = await findSession(database, token);
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
          // An admin who signs out expects to leave the browser signed out, so the admin's own session ends as well.
          matcher: (context) => routes.of(context)?.signsOut === true,
          handler: createAuthMiddleware(async (ctx) => {
            const token = await presentedImpersonation(ctx);
            if (token === undefined) return;
            const row = await findSession(database, token);
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

/**
 * Better Auth's `/admin/stop-impersonating`: back to the session that the impersonation began from, and to no other.
 * With that session or its cookie gone the impersonation ends all the same, and nobody is signed in.
 */
export function stopImpersonatingEndpoint(database: Database) {
  return createAuthEndpoint(
    "/admin/stop-impersonating",
    {
      method: "POST",
      requireHeaders: true,
      metadata: {
        openapi: {
          operationId: "stopImpersonating",
          description: "End the impersonation and go back to one's own session",
          responses: {
            "200": { description: "The admin's own session" },
            "403": { description: "That session has ended; nobody is signed in" },
          },
        },
      },
    },
    async (ctx) => {
      const current = await getSessionFromCtx(ctx, { disableRefresh: true });
      if (current === null) {
        throw new APIError("UNAUTHORIZED", { code: "UNAUTHORIZED", message: "Sign in first." });
      }
      const row = await findSession(database, current.session.token);
      if (row?.impersonatedBy == null) {
        throw new APIError("BAD_REQUEST", {
          code: "NOT_IMPERSONATING",
          message: "You are not impersonating anyone",
        });
      }
      const ends = eq(session.token, current.session.token);
      const event = {
        event: "impersonation.ended" as const,
        actorId: row.userId,
        impersonatedBy: row.impersonatedBy,
        headers: ctx.headers,
      };
      const stands = exists(database.select({ id: session.id }).from(session).where(ends));
      await answering(() =>
        database.batch([
          auditInsert(database, event, stands),
          database.delete(session).where(ends),
        ]),
      );
      const cookie = ctx.context.createAuthCookie("admin_session");
      const kept = await ctx.getSignedCookie(cookie.name, ctx.context.secret);
      const [token = "", dontRemember] = typeof kept === "string" ? kept.split(":") : [];
      const found = token === "" ? null : await ctx.context.internalAdapter.findSession(token);
      const admin: { id: string; role?: string | null } | undefined = found?.user;
      expireCookie(ctx, cookie);
      if (
        found === null ||
        found.session.id !== row.impersonatorSessionId ||
        found.session.expiresAt < new Date() ||
        admin?.id !== row.impersonatedBy ||
        admin.role !== platformAdminRole
      ) {
        deleteSessionCookie(ctx);
        throw new APIError("FORBIDDEN", {
          code: "IMPERSONATOR_SIGNED_OUT",
          message: "The impersonation has ended, and your own session with it. Sign in again.",
        });
      }
      await setSessionCookie(ctx, found, dontRemember === "true");
      return ctx.json({ session: found.session, user: found.user });
    },
  );
}

type MiddlewareContext = Parameters<Parameters<typeof createAuthMiddleware>[0]>[0];

/**
 * The token of the impersonated session that the route would use, by cookie or by bearer token. It is read as the route
 * reads it, because another spelling of the token (`%2D` for a dash) names the same session. Looking up the row costs a
 * query, so only a token that declares itself an impersonation's is looked up.
 */
async function presentedImpersonation(ctx: MiddlewareContext): Promise<string | undefined> {
  const token = await tokenBeforeRoute(ctx);
  return token !== undefined && readSessionToken(token)?.impersonation === true ? token : undefined;
}

async function findSession(database: Database, token: string) {
  return database.query.session.findFirst({
    columns: { userId: true, impersonatedBy: true, impersonatorSessionId: true },
    where: eq(session.token, token),
  });
}
