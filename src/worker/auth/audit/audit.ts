/** The audit log's plugin: writes what routes and sign-ins did, and has the route that reads it. */
import {
  createAuthMiddleware,
  getOAuthState,
  getSessionFromCtx,
  isAPIError,
} from "better-auth/api";
import { eq, or, sql } from "drizzle-orm";
import { decodeJwt } from "jose";
import type { PhasedPlugin } from "../plugin-order.ts";
import type { Database } from "../../db/database.ts";
import { session as sessionTable } from "../../db/schema.ts";
import { sessionBeforeRoute } from "../sessions/session-before-route.ts";
import { isWrong, releaseTry } from "../throttle/guess.ts";
import { eventOfNextWrite } from "./next-write.ts";
import type { RouteRecord } from "../routes/record.ts";
import type { Routes } from "../routes/register.ts";
import { challengedUser } from "../two-factor/totp-replay.ts";
import { auditInsert, type AuditEvent } from "./event.ts";
import { exportAuditEvents } from "./export.ts";
import { listAuditEvents } from "./reading.ts";
import type { Repetition } from "./repetition.ts";
import { eventOf, text, type AuditRule, type Failure, type Outcome } from "./rule.ts";

type HookContext = Parameters<Parameters<typeof createAuthMiddleware>[0]>[0];

type SessionOfRequest = Awaited<ReturnType<typeof sessionBeforeRoute>>;

interface Told {
  event: AuditEvent["event"];
  actorId: string | undefined;
  session: SessionOfRequest;
  outcome: Outcome;
}

interface AuditOptions {
  routes: Routes;
  database: Database;
  repetition: Repetition;
  /** Told after each new session, for maintenance under its throttle. */
  onSignIn: () => void;
}

export function audit({ routes, database, repetition, onSignIn }: AuditOptions) {
  const write = async (entry: AuditEvent) => {
    await database.batch([auditInsert(database, entry)]);
  };
  const accountEvent =
    (event: AuditEvent["event"]) =>
    async (
      { providerId: provider, userId: actorId }: { providerId: string; userId: string },
      context: { headers?: Headers | undefined } | null,
    ) => {
      await write({ event, actorId, detail: { provider }, headers: context?.headers });
    };
  const linked = accountEvent("account.linked");
  const ruleOf = (asked: { path?: string; method?: string | undefined }) => routes.of(asked)?.audit;
  const leaving = new WeakMap<Request, SessionOfRequest>();
  /** Whose the token is that a request brings to use it up. */
  const owners = new WeakMap<Request, string>();
  /** Whose event was written with the change. */
  const told = new WeakSet<Request>();
  /** Whom a request without a session was about, by what it had from their mailbox or of their sign-in. */
  const proven = async (ctx: HookContext, { claims, tokenOwner }: Outcome) =>
    text(claims["userId"]) ??
    tokenOwner ??
    (ruleOf(ctx)?.actor === "challenged" ? challengedUser(ctx) : undefined);
  const outcomeOf = (ctx: HookContext, session: SessionOfRequest): Outcome => ({
    path: ctx.path,
    body: record(ctx.body),
    tokenOwner: ctx.request && owners.get(ctx.request),
    claims: {},
    returned: record(ctx.context.returned),
    activeTenantId: text(session?.session["activeOrganizationId"]),
    failure: undefined,
    parameters: record(ctx.params),
  });
  /** Whether one more event of this failure may be written. */
  const mayTell = async (ctx: HookContext, { path, code }: Failure, actorId?: string) => {
    const { headers } = ctx;
    const route = routes.of(ctx);
    const isGuess = releaseTry.get() !== undefined;
    // Counted as a wrong try by now: after a few there are no more to tell of.
    if (isGuess && isWrong(route, ctx.context.returned)) return true;
    if (route?.provider === "returns" && (await getOAuthState()) !== null) {
      return repetition.isAmongFew({ headers });
    }
    // A guess that was right, and was refused for another reason: somebody's own account.
    const account = isGuess ? text(ctx.body?.email)?.toLowerCase() : undefined;
    return repetition.isFirst({ headers, actorId }, path, code, account);
  };
  return {
    id: "nno-audit",
    phase: "record",
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
                // A password's is part of another event.
                if (account.providerId !== "credential") await linked(account, context);
              },
            },
            // A request to unlink names the account by its id alone.
            delete: { after: accountEvent("account.unlinked") },
          },
        },
      },
    }),
    hooks: {
      before: [
        {
          matcher: (context) => ruleOf(context)?.actor === "leaving",
          // Afterwards nothing says whose the session was.
          handler: createAuthMiddleware(async (ctx) => {
            const session = await sessionBeforeRoute(ctx);
            if (ctx.request !== undefined && session !== null) leaving.set(ctx.request, session);
          }),
        },
        {
          matcher: (context) => ruleOf(context)?.actor === "reset-token",
          // Nor whose the token was.
          handler: createAuthMiddleware(async (ctx) => {
            const token: unknown = ctx.body?.token || ctx.query?.["token"];
            const found = await ctx.context.internalAdapter.findVerificationValue(
              `reset-password:${String(token)}`,
            );
            if (ctx.request !== undefined && found) owners.set(ctx.request, found.value);
          }),
        },
        {
          matcher: (context) => ruleOf(context)?.change !== undefined,
          // After every rule that may refuse the request.
          handler: createAuthMiddleware(async (ctx) => {
            const rule = ruleOf(ctx);
            if (rule?.change === undefined) return;
            const { operation, table, subjectId } = rule.change;
            const session = ctx.context.session ?? (await sessionBeforeRoute(ctx));
            const outcome = outcomeOf(ctx, session);
            const actorId = session?.user.id ?? outcome.tokenOwner;
            const event = eventOf(rule, outcome);
            // The route refuses whoever has to be somebody.
            if (actorId === undefined || event === undefined) return;
            eventOfNextWrite.set({
              operation,
              table,
              onWritten: () => {
                eventOfNextWrite.clear();
                if (ctx.request !== undefined) told.add(ctx.request);
              },
              statement: (rows) => {
                const entry = entryOf(ctx, rule, { event, actorId, session, outcome });
                const ofRow =
                  subjectId && sql`(SELECT ${subjectId} FROM ${table} WHERE ${rows} LIMIT 1)`;
                return auditInsert(
                  database,
                  { ...entry, subjectId: ofRow ?? entry.subjectId },
                  sql`EXISTS (SELECT 1 FROM ${table} WHERE ${rows})`,
                );
              },
            });
          }),
        },
        {
          matcher: (context) => ruleOf(context)?.subjectOfSession !== undefined,
          handler: createAuthMiddleware(async (ctx) => {
            const named = record(ctx.body)[ruleOf(ctx)?.subjectOfSession ?? ""];
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
            context.context.newSession !== null || ruleOf(context) !== undefined,
          handler: createAuthMiddleware(async (ctx) => {
            const { newSession } = ctx.context;
            const rule = ruleOf(ctx);
            // The organization plugin's routes read the session on a context of their own: hooks do not see it.
            const session =
              rule?.tenantId !== undefined
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
            if (rule === undefined) return;
            // Whoever was not signed in has not signed out.
            if (rule.actor === "leaving" && session === null) return;
            const failure = readFailure(ctx, routes.of(ctx));
            if ((failure === undefined ? rule.success : rule.failure) === undefined) return;
            // A request that was made wrong has tried nothing.
            if (failure?.code === "VALIDATION_ERROR") return;
            const mailed = rule.actor === "link" ? String(ctx.query?.["token"]) : undefined;
            const claims = mailed === undefined ? {} : decodeJwt(mailed);
            const outcome = { ...outcomeOf(ctx, session), claims, failure };
            const event = eventOf(rule, outcome);
            if (event === undefined) return;
            const actorId = session?.user.id ?? newSession?.user.id ?? (await proven(ctx, outcome));
            if (failure !== undefined) {
              // Whoever has to sign in first has tried nothing.
              if (actorId === undefined && rule.isForStrangers !== true) return;
              if (!(await mayTell(ctx, failure, actorId))) return;
            } else if (ctx.request !== undefined && told.has(ctx.request)) return;
            await write(entryOf(ctx, rule, { event, actorId, session, outcome }));
          }),
        },
      ],
    },
    endpoints: {
      listAuditEvents: listAuditEvents(database),
      exportAuditEvents: exportAuditEvents(database),
    },
  } satisfies PhasedPlugin;
}

function entryOf(
  ctx: HookContext,
  rule: AuditRule,
  { event, actorId, session, outcome }: Told,
): AuditEvent {
  return {
    event,
    actorId,
    impersonatedBy: text(session?.session["impersonatedBy"]),
    tenantId: text(rule.tenantId?.(outcome)),
    subjectId: text(rule.subjectId?.(outcome)),
    detail: rule.detail?.(outcome),
    headers: ctx.headers,
  };
}

/** A refusal, or a redirect that tells of one. */
function readFailure(
  { path, method, context: { returned } }: HookContext,
  route: RouteRecord | undefined,
): Failure | undefined {
  if (!isAPIError(returned)) return undefined;
  const location = new Headers(returned.headers).get("location");
  if (location === null) {
    return returned.statusCode >= 400 ? { path, code: text(returned.body?.code) } : undefined;
  }
  // A form is sent on to the same address, and fails or succeeds there.
  if (route?.provider === "returns" && method === "POST") return undefined;
  const tells = URL.parse(location, "https://platform.invalid")?.searchParams.has("error");
  return tells === true ? { path, code: undefined } : undefined;
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !isAPIError(value)
    ? (value as Record<string, unknown>)
    : {};
}
