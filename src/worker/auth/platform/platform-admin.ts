/**
 * Checks that the caller is a platform admin: the middleware of every `/platform` route, and the two-factor policy for
 * platform admins. The policy also covers Better Auth's `/admin` routes and the token that other Workers trust.
 */
import { APIError, createAuthMiddleware, getAuthoritativeSessionFromCtx } from "better-auth/api";
import type { PhasedPlugin } from "../plugin-order.ts";
import { sessionBeforeRoute } from "../sessions/session-before-route.ts";
import { platformAdminRole } from "../roles.ts";
import type { Routes } from "../routes/register.ts";

/** The fields of the signed-in user that decide whether they may act as a platform admin. */
interface PlatformAdmin {
  id: string;
  twoFactorEnabled?: boolean | null;
  role?: string | null;
}

/** Lets only platform admins pass. @throws {APIError} 401 for a caller who is signed out, 403 for any other user. */
export const platformAdminMiddleware = createAuthMiddleware(async (ctx) => {
  const session = await getAuthoritativeSessionFromCtx(ctx);
  if (session === null) {
    throw new APIError("UNAUTHORIZED", { code: "UNAUTHORIZED", message: "Sign in first." });
  }
  const user: PlatformAdmin = session.user;
  if (user.role !== platformAdminRole) {
    throw new APIError("FORBIDDEN", {
      code: "PLATFORM_ADMIN_REQUIRED",
      message: "Only platform admins may do this.",
    });
  }
  return { session };
});

/** Refuses platform admins without a second factor. They can still enrol one. */
export function requireTwoFactorOfPlatformAdmins({ routes }: { routes: Routes }) {
  return {
    id: "nno-platform-admin-two-factor",
    phase: "guard",
    hooks: {
      before: [
        {
          matcher: (context) => routes.of(context)?.adminTwoFactor === "demanded",
          handler: createAuthMiddleware(async (ctx) => {
            const session = await sessionBeforeRoute(ctx);
            const user: PlatformAdmin | undefined = session?.user;
            if (user?.role !== platformAdminRole || user.twoFactorEnabled === true) return;
            throw new APIError("FORBIDDEN", {
              code: "TWO_FACTOR_REQUIRED",
              message: "Platform admins must turn on two-factor authentication first.",
            });
          }),
        },
      ],
    },
  } satisfies PhasedPlugin;
}
