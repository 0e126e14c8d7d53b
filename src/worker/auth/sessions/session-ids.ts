/**
 * Sessions are named by their id, because answers never contain a session's token (`http/withheld-tokens.ts`). Better
 * Auth's client reads a token and sends it back to end a session. Answers hold the id in that field, and this plugin
 * replaces the id in the request by the token.
 */
import { eq } from "drizzle-orm";
import { createAuthMiddleware } from "better-auth/api";
import type { PhasedPlugin } from "../plugin-order.ts";
import type { Database } from "../../db/database.ts";
import { session } from "../../db/schema.ts";
import type { Routes } from "../routes/register.ts";

export function sessionIds({ routes, database }: { routes: Routes; database: Database }) {
  return {
    id: "nno-session-ids",
    phase: "guard",
    hooks: {
      before: [
        {
          matcher: (context) => routes.of(context)?.sessionField !== undefined,
          // The route checks whether the caller may end this session.
          handler: createAuthMiddleware(async (ctx) => {
            const field = routes.of(ctx)?.sessionField ?? "";
            const body = ctx.body as Record<string, unknown> | undefined;
            const id = body?.[field];
            if (typeof id !== "string") return undefined;
            const row = await database.query.session.findFirst({
              columns: { token: true },
              where: eq(session.id, id),
            });
            if (row === undefined) return undefined;
            return { context: { body: { ...body, [field]: row.token } } };
          }),
        },
      ],
    },
  } satisfies PhasedPlugin;
}
