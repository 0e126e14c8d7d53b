/**
 * What a session alone may not do. A thief with an unlocked laptop or a stolen cookie could enrol an authenticator of
 * their own, move the account to another address, or make another platform admin. OWASP ASVS 5.0 section 7.5: such a
 * request asks for proof again. That is the password in the request itself, where the route takes one; else a sign-in, a
 * `/verify-password` or a code at `/two-factor/verify-totp` in this session, not long ago.
 */
import { eq } from "drizzle-orm";
import { BASE_ERROR_CODES } from "@better-auth/core/error";
import type { BetterAuthPlugin } from "better-auth";
import {
  APIError,
  createAuthMiddleware,
  getAuthoritativeSessionFromCtx,
  isAPIError,
} from "better-auth/api";
import * as z from "zod";
import type { Database } from "../../db/database.ts";
import { session as sessionTable } from "../../db/schema.ts";
import { sessionBeforeRoute } from "./session-before-route.ts";
import { ownerRole, platformAdminRole, roleNames } from "../roles.ts";

/** How long a proof holds. Better Auth's own freshness is a day: too long for a stolen laptop. */
const recentSeconds = 10 * 60;
/** Platform admins and owners do several of these things in a row, and are asked again within the working day. */
const administrationSeconds = 60 * 60;

/** Better Auth asks for the password here, and for nothing where there is none. */
const passwordPaths = new Set([
  // Also since each of these makes a new session.
  "/two-factor/enable",
  "/two-factor/disable",
  "/two-factor/generate-backup-codes",
  "/two-factor/get-totp-uri",
  "/delete-user",
]);

/** An account of a provider's that is connected is another way to sign in. */
const ownPaths = new Set(["/change-email", "/link-social", "/unlink-account"]);

/** What makes, changes or takes over another account. */
const administrationPaths = new Set([
  "/admin/create-user",
  "/admin/update-user",
  "/admin/set-role",
  "/admin/set-user-password",
  "/admin/impersonate-user",
  "/admin/ban-user",
  "/admin/remove-user",
]);

const withRole = z.object({ role: z.union([z.string(), z.array(z.string())]) });
const withPolicy = z.object({ data: z.object({ requireTwoFactor: z.unknown().optional() }) });

/**
 * What gives a tenant away, opens it, or ends it; its lesser roles are given and taken without. A body that is not as it
 * should be is the route's to refuse.
 */
const tenantPaths: Record<string, (body: unknown) => boolean> = {
  "/organization/delete": () => true,
  "/organization/invite-member": makesOwner,
  "/organization/update-member-role": makesOwner,
  "/organization/update": (body) => {
    const required = withPolicy.safeParse(body).data?.data.requireTwoFactor;
    return required !== undefined && required !== true;
  },
};

function makesOwner(body: unknown): boolean {
  return roleNames(withRole.safeParse(body).data?.role ?? []).includes(ownerRole);
}

interface Request {
  path?: string;
  method?: string | undefined;
}

/** Also all that changes a tenant past its own people: it may be deleted, opened or given to somebody. */
function isAdministration(request: Request): boolean {
  const { path = "" } = request;
  return (
    administrationPaths.has(path) || (path.startsWith("/platform/") && request.method !== "GET")
  );
}

/** Proof within a session that stands. */
const provingPaths = new Set([
  "/verify-password",
  "/two-factor/verify-totp",
  "/two-factor/verify-backup-code",
]);

export function recentProof({
  database,
  now = Date.now,
}: {
  database: Database;
  now?: () => number;
}) {
  return {
    id: "nno-recent-proof",
    hooks: {
      before: [
        {
          // Asked for no more than the path, but where that does not say: see session-check/exactness.ts.
          matcher: (context) => {
            const { path = "" } = context;
            return (
              passwordPaths.has(path) ||
              ownPaths.has(path) ||
              path in tenantPaths ||
              isAdministration(context)
            );
          },
          handler: createAuthMiddleware(async (ctx) => {
            const signedIn = await sessionBeforeRoute(ctx);
            // The route refuses who is not signed in.
            if (signedIn === null) return;
            const { session, user } = signedIn;
            const administers = isAdministration(ctx);
            const changesTenant = tenantPaths[ctx.path];
            if (changesTenant !== undefined && !changesTenant(ctx.body)) return;
            // And who is no admin.
            if (administers && user["role"] !== platformAdminRole) return;
            if (passwordPaths.has(ctx.path)) {
              const account = await ctx.context.internalAdapter.findCredentialAccount(user.id);
              if (account?.password) {
                // Better Auth checks one that is sent, and deletes without.
                if (ctx.path !== "/delete-user" || ctx.body?.password) return;
                throw APIError.from("BAD_REQUEST", BASE_ERROR_CODES.INVALID_PASSWORD);
              }
            }
            const row = await database.query.session.findFirst({
              columns: { createdAt: true, provenAt: true, impersonatedBy: true },
              where: eq(sessionTable.id, session.id),
            });
            const provenAt = Math.max(row?.createdAt.getTime() ?? 0, row?.provenAt?.getTime() ?? 0);
            const longestSeconds =
              administers || changesTenant !== undefined ? administrationSeconds : recentSeconds;
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
          matcher: ({ path }) => provingPaths.has(path ?? ""),
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
  } satisfies BetterAuthPlugin;
}
