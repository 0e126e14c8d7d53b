/**
 * Limits how often a day an ordinary user may use each route that leaves an event in the audit log. Limits of what exists at
 * a time do not bound the log: somebody who makes a tenant and deletes it again, all day, leaves two events each time, and
 * each is kept for a year. Each route is counted by itself, so that a thief with a session who uses one up closes no other
 * to its owner. Signing out is never refused.
 */
import { APIError, createAuthMiddleware } from "better-auth/api";
import type { PhasedPlugin } from "../plugin-order.ts";
import { platformAdminRole } from "../roles.ts";
import type { Routes } from "../routes/register.ts";
import { sessionBeforeRoute } from "../sessions/session-before-route.ts";
import type { Tries } from "./tries.ts";

const daySeconds = 24 * 60 * 60;

interface Options {
  routes: Routes;
  tries: Tries;
  changesPerDay: number;
  now?: () => number;
}

export function limitDailyChanges({ routes, tries, changesPerDay, now = Date.now }: Options) {
  return {
    id: "nno-daily-changes",
    phase: "count",
    hooks: {
      before: [
        {
          matcher: (context) => {
            const route = routes.of(context);
            if (route?.who !== "user" || route.signsOut === true) return false;
            return route.audit !== undefined || route.leavesEvent === true;
          },
          handler: createAuthMiddleware(async (ctx) => {
            const signedIn = await sessionBeforeRoute(ctx);
            if (signedIn === null || signedIn.session["impersonatedBy"] != null) return;
            const { id, role } = signedIn.user as { id: string; role?: unknown };
            if (role === platformAdminRole) return;
            const waitSeconds = await tries.take(
              [{ key: `changes:${id}:${ctx.path}`, tries: changesPerDay, seconds: daySeconds }],
              now(),
            );
            if (waitSeconds === undefined) return;
            throw new APIError(
              "TOO_MANY_REQUESTS",
              {
                code: "TOO_MANY_CHANGES",
                message: `You have done this ${changesPerDay} times within a day. Try again later.`,
              },
              { "Retry-After": String(waitSeconds) },
            );
          }),
        },
      ],
    },
  } satisfies PhasedPlugin;
}
