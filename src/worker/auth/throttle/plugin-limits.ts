/**
 * The limits that an owner's plugins declare for their own routes (`rateLimit`), counted in D1 like ours. Better Auth's own
 * limiter is off: it would count in the memory of an isolate, for the template's routes too.
 */
import { APIError, createAuthMiddleware } from "better-auth/api";
import type { BetterAuthPlugin } from "better-auth";
import { networkOf } from "../../http/network.ts";
import type { PhasedPlugin } from "../plugin-order.ts";
import type { Tries } from "./tries.ts";

interface PluginLimitsOptions {
  plugins: readonly BetterAuthPlugin[];
  tries: Tries;
  now?: () => number;
}

export function pluginLimits({ plugins, tries, now = Date.now }: PluginLimitsOptions) {
  /** The first rule that matches, of the first plugin that has one, as in Better Auth. */
  const ruleFor = (path: string) =>
    plugins
      .map(({ rateLimit = [] }) => rateLimit.find(({ pathMatcher }) => pathMatcher(path)))
      .find((rule) => rule !== undefined);
  return {
    id: "nno-plugin-limits",
    phase: "count",
    hooks: {
      before: [
        {
          matcher: ({ path }) => path !== undefined && ruleFor(path) !== undefined,
          handler: createAuthMiddleware(async (ctx) => {
            const rule = ruleFor(ctx.path);
            const network = networkOf(ctx.headers);
            if (rule === undefined || network === undefined) return;
            const key = `plugin-limit:${network}:${ctx.path}`;
            const allowance = { key, tries: rule.max, seconds: rule.window };
            const waitSeconds = await tries.take([allowance], now());
            if (waitSeconds === undefined) return;
            throw new APIError(
              "TOO_MANY_REQUESTS",
              {
                code: "TOO_MANY_REQUESTS",
                message: `Too many requests. Try again in ${waitSeconds} seconds.`,
              },
              { "Retry-After": String(waitSeconds) },
            );
          }),
        },
      ],
    },
  } satisfies PhasedPlugin;
}
