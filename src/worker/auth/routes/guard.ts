/**
 * Enforces the register before any other rule sees a request: a route without a record is not served, a page may call only
 * what its origin is trusted with, and an owner's route may be called only by the people whom its record names.
 */
import { APIError, createAuthMiddleware } from "better-auth/api";
import { pagesIn } from "../../input/pages.ts";
import type { PhasedPlugin } from "../plugin-order.ts";
import { platformAdminRole } from "../roles.ts";
import { sessionBeforeRoute } from "../sessions/session-before-route.ts";
import type { RouteRecords } from "./record.ts";
import { createRegister, type Routes } from "./register.ts";

interface Options {
  routes: Routes;
  /** The records of the owner's plugins, whose endpoints may not check the caller themselves. */
  ownerRecords: RouteRecords;
  /** The origins whose pages may call every route. */
  consoleOrigins: readonly string[];
  /** This host's own origin. */
  authOrigin: string;
}

export function routeGuard({ routes, ownerRecords, consoleOrigins, authOrigin }: Options) {
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
          // Any app of the platform is trusted with the session cookie, but not with what it could take over. The origin
          // says which page asks; a bearer token beside it changes nothing, since scripts are given none.
          matcher: (context) => {
            const record = routes.of(context);
            if (record?.apps === "allowed") return false;
            const origin = pageOrigin(context.headers, authOrigin);
            if (origin === undefined || consoleOrigins.includes(origin)) return false;
            // A plugin's page on this host may have somebody else's script, so the host is trusted with its own pages alone.
            return origin !== authOrigin || record?.ownPage !== true;
          },
          handler: createAuthMiddleware(async () => {
            throw new APIError("FORBIDDEN", {
              code: "CONSOLE_ORIGIN_REQUIRED",
              message:
                "Only pages of the console may do this. The platform's owner can list further origins in consoleOrigins.",
            });
          }),
        },
        {
          // A stranger can have anybody mailed a link that leads to the page of an app.
          matcher: (context) => routes.of(context)?.handsSecretToPage === true,
          handler: createAuthMiddleware(async (ctx) => {
            const named = { ...(ctx.query as object), ...(ctx.body as object) };
            for (const page of Object.values(pagesIn(named))) {
              const origin = URL.parse(page)?.origin;
              if (origin === undefined || consoleOrigins.includes(origin)) continue;
              throw new APIError("FORBIDDEN", {
                code: "INVALID_CALLBACK_URL",
                message:
                  "The secret of this link is for a page of the console. The platform's owner can list further origins in consoleOrigins.",
              });
            }
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

/** The origin of the page that makes a request. A browser does not name it when a page reads from its own host. */
function pageOrigin(headers: Headers | undefined, authOrigin: string): string | undefined {
  const origin = headers?.get("origin");
  if (origin != null) return origin;
  const isOwn = headers?.get("sec-fetch-site") === "same-origin";
  return isOwn && headers?.get("sec-fetch-mode") !== "navigate" ? authOrigin : undefined;
}

/** Refuses the routes of an option that the owner has not chosen. It runs after the rules about who asks. */
export function optionalRoutes({
  routes,
  providerTokens,
}: {
  routes: Routes;
  /** The owner's option of this name. */
  providerTokens: boolean;
}) {
  return {
    id: "nno-optional-routes",
    phase: "guard",
    hooks: {
      before: [
        {
          matcher: (context) => routes.of(context)?.option === "providerTokens" && !providerTokens,
          handler: createAuthMiddleware(async () => {
            throw new APIError("FORBIDDEN", {
              code: "PROVIDER_TOKENS_OFF",
              message:
                "Tokens of providers are not handed out. The platform's owner can turn this on with providerTokens.",
            });
          }),
        },
      ],
    },
  } satisfies PhasedPlugin;
}
