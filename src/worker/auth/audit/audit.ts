/** The audit log's plugin: writes what routes and sign-ins did, and has the route that reads it. */
import type { BetterAuthPlugin } from "better-auth";
import { createAuthMiddleware, getSessionFromCtx, isAPIError } from "better-auth/api";
import type { Database } from "../../db/database.ts";
import { sessionBeforeRoute } from "../hook-session.ts";
import { auditInsert, type AuditEvent } from "./event.ts";
import { exportAuditEvents } from "./export.ts";
import { listAuditEvents } from "./reading.ts";
import { rules, text, type Outcome } from "./rules.ts";

interface AuditOptions {
  database: Database;
  /** Told after each new session, for maintenance under its throttle. */
  onSignIn: () => void;
}

export function audit({ database, onSignIn }: AuditOptions) {
  const write = async (entry: AuditEvent) => {
    await database.batch([auditInsert(database, entry)]);
  };
  const leaving = new WeakMap<Request, Awaited<ReturnType<typeof sessionBeforeRoute>>>();
  return {
    id: "nno-audit",
    init: () => ({
      options: {
        databaseHooks: {
          user: {
            create: {
              after: async (user, context) => {
                await write({
                  event: "user.created",
                  subjectId: user.id,
                  headers: context?.headers,
                });
              },
            },
          },
          account: {
            create: {
              after: async (account, context) => {
                if (account.providerId === "credential") return;
                await write({
                  event: "account.linked",
                  actorId: account.userId,
                  detail: { provider: account.providerId },
                  headers: context?.headers,
                });
              },
            },
          },
        },
      },
    }),
    hooks: {
      before: [
        {
          matcher: ({ path }) => path === "/sign-out",
          // Afterwards nothing says whose the session was.
          handler: createAuthMiddleware(async (ctx) => {
            const session = await sessionBeforeRoute(ctx);
            if (ctx.request !== undefined && session !== null) leaving.set(ctx.request, session);
          }),
        },
      ],
      after: [
        {
          matcher: (context) =>
            context.context.newSession !== null || rules[context.path ?? ""] !== undefined,
          handler: createAuthMiddleware(async (ctx) => {
            const { newSession } = ctx.context;
            const rule = rules[ctx.path];
            // The organization plugin's routes read the session on a context of their own: hooks do not see it.
            const session = ctx.path.startsWith("/organization/")
              ? await getSessionFromCtx(ctx, { disableRefresh: true })
              : (ctx.context.session ?? (ctx.request && leaving.get(ctx.request)) ?? null);
            if (
              newSession?.user["twoFactorEnabled"] === true &&
              session?.user["twoFactorEnabled"] === false
            ) {
              await write({
                event: "two_factor.enabled",
                actorId: newSession.user.id,
                headers: ctx.headers,
              });
              return;
            }
            const signedIn =
              newSession !== null && newSession.session.token !== session?.session.token;
            if (signedIn && rule?.success === undefined) {
              onSignIn();
              await write({
                event: "session.created",
                actorId: newSession.user.id,
                detail: { route: ctx.path },
                headers: ctx.headers,
              });
              return;
            }
            const failed = hasFailed(ctx.context.returned);
            const event = failed ? rule?.failure : rule?.success;
            if (rule === undefined || event === undefined) return;
            // Whoever was not signed in has not signed out.
            if (ctx.path === "/sign-out" && session === null) return;
            const outcome: Outcome = {
              body: record(ctx.body),
              returned: record(ctx.context.returned),
              activeTenantId: text(session?.session["activeOrganizationId"]),
              parameters: record(ctx.params),
            };
            await write({
              event,
              actorId: session?.user.id ?? newSession?.user.id,
              impersonatedBy: text(session?.session["impersonatedBy"]),
              tenantId: text(rule.tenantId?.(outcome)),
              subjectId: text(rule.subjectId?.(outcome)),
              detail: rule.detail?.(outcome),
              headers: ctx.headers,
            });
          }),
        },
      ],
    },
    endpoints: {
      listAuditEvents: listAuditEvents(database),
      exportAuditEvents: exportAuditEvents(database),
    },
  } satisfies BetterAuthPlugin;
}

/** A refusal, or a redirect that tells of one. */
function hasFailed(returned: unknown): boolean {
  if (!isAPIError(returned)) return false;
  const location = new Headers(returned.headers).get("location");
  if (location === null) return returned.statusCode >= 400;
  return URL.parse(location, "https://platform.invalid")?.searchParams.has("error") === true;
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !isAPIError(value)
    ? (value as Record<string, unknown>)
    : {};
}
