/**
 * The end of an impersonation: back to the admin's own session that it began from, and to no other. If that session or its
 * cookie is gone, the impersonation ends all the same, and the browser is signed out.
 */
import { eq, exists } from "drizzle-orm";
import type { admin } from "better-auth/plugins/admin";
import { APIError, createAuthEndpoint, getSessionFromCtx } from "better-auth/api";
import { deleteSessionCookie, expireCookie, setSessionCookie } from "better-auth/cookies";
import { toApiErrors } from "../../db/api-errors.ts";
import type { Database } from "../../db/database.ts";
import { session } from "../../db/schema.ts";
import { auditInsert } from "../audit/event.ts";
import { platformAdminRole } from "../roles.ts";
import { findImpersonation } from "./impersonation.ts";

type Upstream = ReturnType<typeof admin>["endpoints"]["stopImpersonating"];

/** @param upstream Better Auth's endpoint, whose place it takes. */
export function stopImpersonatingEndpoint(database: Database, upstream: Upstream) {
  return createAuthEndpoint(
    upstream.path,
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
      const row = await findImpersonation(database, current.session.token);
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
      await toApiErrors(() =>
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
