/**
 * What the register itself enforces, before anything else looks at a request: a route without a record is not served, and
 * an owner's route is called by whom its record says.
 */
import { APIError, createAuthMiddleware } from "better-auth/api";
import type { PhasedPlugin } from "../plugin-order.ts";
import { platformAdminRole } from "../roles.ts";
import { sessionBeforeRoute } from "../sessions/session-before-route.ts";
import type { RouteRecords } from "./record.ts";
import { createRegister, type Routes } from "./register.ts";

interface Options {
  routes: Routes;
  /** The records of the owner's plugins: nobody has tested that their endpoints ask who is there. */
  ownerRecords: RouteRecords;
}

export function routeGuard({ routes, ownerRecords }: Options) {
  const ownersRoutes = createRegister(ownerRecords);
  return {
    id: "nno-route-guard",
    phase: "guard",
    hooks: {
      before: [
        {
          matcher: (context) => context.path !== undefined && routes.of(context) === undefined,
          handler: createAuthMiddleware(async () => {
            throw new APIError("NOT_FOUND", {
              code: "NOT_FOUND",
              message: "This route has no record in the register, and is not served.",
            });
          }),
        },
        {
          matcher: (context) => (ownersRoutes.of(context)?.who ?? "anyone") !== "anyone",
          handler: createAuthMiddleware(async (ctx) => {
            const session = await sessionBeforeRoute(ctx);
            if (session === null) {
              throw new APIError("UNAUTHORIZED", {
                code: "UNAUTHORIZED",
                message: "Sign in first.",
              });
            }
            const isAdmin = session.user["role"] === platformAdminRole;
            if (ownersRoutes.of(ctx)?.who === "platform-admin" && !isAdmin) {
              throw new APIError("FORBIDDEN", {
                code: "PLATFORM_ADMIN_REQUIRED",
                message: "Only platform admins may do this.",
              });
            }
          }),
        },
      ],
    },
  } satisfies PhasedPlugin;
}
