/**
 * Prepares the audit log before a route runs: reads the rows that the route is about to delete, and builds the event
 * that is written in one batch with the route's own write.
 */
import type { BetterAuthPlugin } from "better-auth";
import { createAuthMiddleware } from "better-auth/api";
import { eq, or, sql } from "drizzle-orm";
import type { Database } from "../../db/database.ts";
import { session as sessionTable } from "../../db/schema.ts";
import type { Routes } from "../routes/register.ts";
import { sessionBeforeRoute } from "../sessions/session-before-route.ts";
import { buildEvent, fieldsOf, readOutcome } from "./build-event.ts";
import { auditInsert } from "./event.ts";
import { eventOfNextWrite } from "./next-write.ts";
import { factsOf } from "./request-facts.ts";
import { eventNameOf } from "./rule.ts";

type Hooks = NonNullable<NonNullable<BetterAuthPlugin["hooks"]>["before"]>;

interface Options {
  routes: Routes;
  database: Database;
}

export function prepareAudit({ routes, database }: Options): Hooks {
  const ruleOf = (route: Parameters<Routes["of"]>[0]) => routes.of(route)?.audit;
  return [
    {
      matcher: (context) => ruleOf(context)?.actor === "ended-session",
      // Once the session is deleted, nothing says whose it was.
      handler: createAuthMiddleware(async (ctx) => {
        const session = await sessionBeforeRoute(ctx);
        if (session !== null) factsOf(ctx.request).endedSession = session;
      }),
    },
    {
      matcher: (context) => ruleOf(context)?.actor === "reset-token",
      // The route deletes the token, which alone says whose it was.
      handler: createAuthMiddleware(async (ctx) => {
        const token: unknown = ctx.body?.token || ctx.query?.["token"];
        const found = await ctx.context.internalAdapter.findVerificationValue(
          `reset-password:${String(token)}`,
        );
        if (found) factsOf(ctx.request).tokenOwner = found.value;
      }),
    },
    {
      matcher: (context) => ruleOf(context)?.change !== undefined,
      // This runs after every rule that may refuse the request.
      handler: createAuthMiddleware(async (ctx) => {
        const rule = ruleOf(ctx);
        if (rule?.change === undefined) return;
        const { operation, table, subjectId } = rule.change;
        const session = ctx.context.session ?? (await sessionBeforeRoute(ctx));
        const outcome = readOutcome(ctx, session);
        const actorId = session?.user.id ?? outcome.tokenOwner;
        const event = eventNameOf(rule, outcome);
        // Without an actor the route refuses the request, and writes nothing.
        if (actorId === undefined || event === undefined) return;
        eventOfNextWrite.set({
          operation,
          table,
          onWritten: () => {
            eventOfNextWrite.clear();
            factsOf(ctx.request).isRecorded = true;
          },
          statement: (rows) => {
            const entry = buildEvent(ctx, rule, { event, actorId, session, outcome });
            const subjectOfRow =
              subjectId && sql`(SELECT ${subjectId} FROM ${table} WHERE ${rows} LIMIT 1)`;
            return auditInsert(
              database,
              { ...entry, subjectId: subjectOfRow ?? entry.subjectId },
              sql`EXISTS (SELECT 1 FROM ${table} WHERE ${rows})`,
            );
          },
        });
      }),
    },
    {
      matcher: (context) => ruleOf(context)?.subjectOfSession !== undefined,
      handler: createAuthMiddleware(async (ctx) => {
        const named = fieldsOf(ctx.body)[ruleOf(ctx)?.subjectOfSession ?? ""];
        if (typeof named !== "string") return;
        // The body may hold the session's token, or the id by which answers name the session.
        const found = await database.query.session.findFirst({
          columns: { userId: true },
          where: or(eq(sessionTable.token, named), eq(sessionTable.id, named)),
        });
        if (found) factsOf(ctx.request).tokenOwner = found.userId;
      }),
    },
  ];
}
