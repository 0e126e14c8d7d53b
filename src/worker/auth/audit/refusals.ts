/**
 * Audit events of requests that a rule refused before the route ran: too many tries, a code that was used before, a session
 * that is too old, a missing second factor. Better Auth runs no after hook for these, so each hook is watched from outside.
 * Refused requests cost their sender nothing, so one event stands for all of a kind in a quarter of an hour.
 */
import type { BetterAuthPlugin } from "better-auth";
import { createAuthMiddleware, isAPIError } from "better-auth/api";
import type { Database } from "../../db/database.ts";
import { sessionBeforeRoute } from "../sessions/session-before-route.ts";
import { assertUpstream } from "../better-auth/upstream-changed.ts";
import type { Routes } from "../routes/register.ts";
import { challengedUser } from "../two-factor/check-totp-code.ts";
import { auditInsert } from "./event.ts";
import type { Repetition } from "./repetition.ts";
import { text } from "./rule.ts";

/** Other statuses mean that the request was malformed. */
const statuses = new Set([401, 403, 429]);
/** `platform/impersonation.ts` writes an event for each of these itself. */
const impersonationCode = "NOT_WHILE_IMPERSONATING";

type Context = Parameters<Parameters<typeof createAuthMiddleware>[0]>[0];
type Hook = NonNullable<NonNullable<BetterAuthPlugin["hooks"]>["before"]>[number];

export function recordRefusals<Plugin extends BetterAuthPlugin>(
  { routes, database, repetition }: { routes: Routes; database: Database; repetition: Repetition },
  plugins: readonly Plugin[],
): Plugin[] {
  async function record(ctx: Context, error: unknown): Promise<void> {
    if (!isAPIError(error) || !statuses.has(error.statusCode)) return;
    const code = text(error.body?.code);
    if (code === undefined || code === impersonationCode) return;
    const rule = routes.of(ctx)?.audit;
    const session = await sessionBeforeRoute(ctx);
    const actorId =
      session?.user.id ?? (rule?.actor === "challenged" ? await challengedUser(ctx) : undefined);
    // A caller who has to sign in first has tried nothing.
    const isFailure = error.statusCode === 401;
    if (isFailure && actorId === undefined && rule?.isForStrangers !== true) return;
    const { headers } = ctx;
    if (!(await repetition.isFirst({ headers, actorId }, ctx.path, code))) return;
    await database.batch([
      auditInsert(database, {
        event:
          (isFailure ? rule?.failure?.({ path: ctx.path, code }) : undefined) ?? "request.refused",
        actorId,
        impersonatedBy: text(session?.session["impersonatedBy"]),
        detail: { route: ctx.path, code, email: text(ctx.body?.email)?.toLowerCase() },
        headers: ctx.headers,
      }),
    ]);
  }

  const withRecording = (hook: Hook): Hook => {
    assertUpstream("recordRefusals", typeof hook.handler === "function", "a hook is no function");
    return {
      ...hook,
      handler: Object.assign(async (ctx: Context) => {
        try {
          return await hook.handler(ctx);
        } catch (error) {
          const recording = createAuthMiddleware(async (own) => record(own, error));
          await recording({ ...ctx, returnHeaders: false });
          throw error;
        }
      }, hook.handler),
    };
  };

  return plugins.map((plugin) =>
    plugin.hooks?.before === undefined
      ? plugin
      : { ...plugin, hooks: { ...plugin.hooks, before: plugin.hooks.before.map(withRecording) } },
  );
}
