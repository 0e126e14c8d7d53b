/** The audit log's plugin: writes what routes and sign-ins did, and has the route that reads it. */
import type { BetterAuthPlugin } from "better-auth";
import { createAuthMiddleware, getSessionFromCtx, isAPIError } from "better-auth/api";
import { eq, or } from "drizzle-orm";
import { decodeJwt } from "jose";
import type { Database } from "../../db/database.ts";
import { session as sessionTable } from "../../db/schema.ts";
import { sessionBeforeRoute } from "../hook-session.ts";
import { challengedUser } from "../totp-replay.ts";
import { auditInsert, type AuditEvent } from "./event.ts";
import { exportAuditEvents } from "./export.ts";
import { listAuditEvents } from "./reading.ts";
import { ruleOf, text, type Outcome } from "./rules.ts";

type HookContext = Parameters<Parameters<typeof createAuthMiddleware>[0]>[0];

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
  /** Whose the token is that a request brings to use it up. */
  const owners = new WeakMap<Request, string>();
  /** Whom a request without a session was about, by what it had from their mailbox or of their sign-in. */
  const proven = async (ctx: HookContext, { claims, tokenOwner }: Outcome) =>
    text(claims["userId"]) ??
    tokenOwner ??
    (ctx.path.startsWith("/two-factor/") ? challengedUser(ctx) : undefined);
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
        {
          matcher: ({ path }) => path === "/reset-password",
          // Nor whose the token was.
          handler: createAuthMiddleware(async (ctx) => {
            const token: unknown = ctx.body?.token ?? ctx.query?.["token"];
            const found = await ctx.context.internalAdapter.findVerificationValue(
              `reset-password:${String(token)}`,
            );
            if (ctx.request !== undefined && found) owners.set(ctx.request, found.value);
          }),
        },
        {
          matcher: ({ path }) => path === "/admin/revoke-user-session",
          handler: createAuthMiddleware(async (ctx) => {
            const named: unknown = ctx.body?.sessionToken;
            if (typeof named !== "string") return;
            // By its token, or as answers name it.
            const found = await database.query.session.findFirst({
              columns: { userId: true },
              where: or(eq(sessionTable.token, named), eq(sessionTable.id, named)),
            });
            if (ctx.request !== undefined && found) owners.set(ctx.request, found.userId);
          }),
        },
      ],
      after: [
        {
          matcher: (context) =>
            context.context.newSession !== null || ruleOf(context.path) !== undefined,
          handler: createAuthMiddleware(async (ctx) => {
            const { newSession } = ctx.context;
            const rule = ruleOf(ctx.path);
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
            if (signedIn && (rule?.success === undefined || rule.signsIn === true)) {
              onSignIn();
              await write({
                event: "session.created",
                actorId: newSession.user.id,
                detail: { route: ctx.path },
                headers: ctx.headers,
              });
              if (rule?.signsIn !== true) return;
            }
            const failed = hasFailed(ctx.context.returned);
            const told = failed ? rule?.failure : rule?.success;
            if (rule === undefined || told === undefined) return;
            // Whoever was not signed in has not signed out.
            if (ctx.path === "/sign-out" && session === null) return;
            const outcome: Outcome = {
              body: record(ctx.body),
              tokenOwner: ctx.request && owners.get(ctx.request),
              claims: ctx.path === "/verify-email" ? decodeJwt(String(ctx.query?.["token"])) : {},
              returned: record(ctx.context.returned),
              activeTenantId: text(session?.session["activeOrganizationId"]),
              parameters: record(ctx.params),
            };
            await write({
              event: typeof told === "string" ? told : told(outcome),
              actorId: session?.user.id ?? newSession?.user.id ?? (await proven(ctx, outcome)),
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
