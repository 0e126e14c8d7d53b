/**
 * Enforces the register before any other rule sees a request: a route without a record is not served, and an owner's
 * route may be called only by the people whom its record names.
 */
import { APIError, createAuthMiddleware } from "better-auth/api";
import type { PhasedPlugin } from "../plugin-order.ts";
import { platformAdminRole } from "../roles.ts";
import { sessionBeforeRoute } from "../sessions/session-before-route.ts";
import type { RouteRecords } from "./record.ts";
import { createRegister, type Routes } from "./register.ts";

interface Options {
  routes: Routes;
  /** The records of the owner's plugins, whose endpoints may not check the caller themselves. */
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
              message: "This route is not served, because the register has no record of it.",
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
