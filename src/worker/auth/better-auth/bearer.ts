/** Better Auth's bearer plugin, and the headers that it makes of an Authorization header, for hooks before the route. */
import type { createAuthMiddleware } from "better-auth/api";
import { bearer } from "better-auth/plugins/bearer";
import { assertUpstream } from "./upstream-changed.ts";

type HookContext = Parameters<Parameters<typeof createAuthMiddleware>[0]>[0];

/** The plugin, if it has the hook that translates; without it, every bearer token would look signed out to the rules. */
export function requireBearerHook<Plugin extends { hooks: { before: readonly unknown[] } }>(
  plugin: Plugin,
): Plugin {
  assertUpstream(
    "readBearerBeforeRoute",
    plugin.hooks.before.length > 0,
    "the bearer plugin has no hook before a route",
  );
  return plugin;
}

/** The only bearer plugin: a token that is not signed with the platform's secret is worth nothing. */
export const bearerPlugin = requireBearerHook(bearer({ requireSignature: true }));

/** The headers as the route will read them: with the session cookie that a bearer token stands for. */
export async function translateBearer(ctx: HookContext): Promise<Headers | undefined> {
  let headers = ctx.headers;
  for (const { handler } of bearerPlugin.hooks.before) {
    // As a hook itself, `ctx` asks for the answer's headers beside the answer.
    const translated = await handler({ ...ctx, returnHeaders: false });
    headers = translated?.context.headers ?? headers;
  }
  return headers;
}
