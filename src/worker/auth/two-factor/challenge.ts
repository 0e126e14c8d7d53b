/**
 * Two-factor authentication: Better Auth's plugin, with its challenge after every way to sign in. The plugin asks only
 * on its three password routes; here a new session is challenged unless its route is known to renew a session that has
 * been through the challenge already. A sign-in route that somebody adds later is therefore challenged from the start.
 */
import type { BetterAuthPlugin } from "better-auth";
import { APIError, isAPIError } from "better-auth/api";
import { twoFactor } from "better-auth/plugins/two-factor";
import { secondFactorAtSignIn } from "../passwords/standing-password.ts";
import type { RouteRecord } from "../routes/record.ts";
import type { Routes } from "../routes/register.ts";

interface TwoFactorOptions {
  routes: Routes;
  /** Shown in the authenticator. */
  issuer: string;
  /** Where a browser goes that signed in by a redirect; the page asks for the code. */
  challengeUrl: string;
}

export function twoFactorOnEverySignIn({ routes, issuer, challengeUrl }: TwoFactorOptions) {
  const plugin = twoFactor({
    issuer,
    allowPasswordless: true,
    totpOptions: { digits: 6, period: 30 },
    // Would lock the owner's known devices out too. Every code is counted in throttle/, which does not.
    accountLockout: { enabled: false },
  });
  const [challenge] = plugin.hooks.after;
  if (challenge === undefined) throw new Error("the two-factor plugin has no challenge any more");
  const ask = challenge.handler as (context: unknown) => Promise<HookResult>;

  return {
    ...plugin,
    hooks: {
      after: [
        {
          matcher: (context) => {
            const { session, newSession } = context.context;
            const route = routes.of(context);
            return (
              newSession !== null &&
              newSession !== undefined &&
              newSession.session.token !== session?.session.token &&
              (route?.newSession === undefined || isOvertaken(route, context))
            );
          },
          handler: (async (context: HookContext): Promise<HookResult> => {
            const destination = redirectTarget(context.context.returned);
            const { newSession } = context.context;
            const hasSecondFactor = secondFactorAtSignIn.get();
            // The user was read before the password waited for its turn.
            if (newSession && hasSecondFactor !== undefined) {
              newSession.user["twoFactorEnabled"] = hasSecondFactor;
            }
            const result = await ask(context);
            const asked = isChallenge(result.response);
            if (!asked || destination === undefined) return result;
            // The sign-in would have redirected with a session. It redirects to the challenge, without one.
            const location = new URL(challengeUrl);
            location.searchParams.set("callbackURL", destination);
            context.context.responseHeaders?.set("location", location.href);
            return {
              ...result,
              response: new APIError("FOUND", undefined, { location: location.href }),
            };
          }) as unknown as PluginHook["handler"],
        },
      ],
    },
  } satisfies BetterAuthPlugin;
}

type PluginHook = NonNullable<NonNullable<BetterAuthPlugin["hooks"]>["after"]>[number];

interface HookResult {
  response?: unknown;
  headers?: Headers | null;
}

interface HookContext {
  context: {
    returned?: unknown;
    responseHeaders?: Headers;
    newSession?: { user: Record<string, unknown> } | null;
  };
}

type MatchedContext = Parameters<PluginHook["matcher"]>[0];

/** A change of the password, in a session that ended meanwhile since its user turned a second factor on. */
function isOvertaken({ newPassword }: RouteRecord, { context }: MatchedContext): boolean {
  const hadSecondFactor = context.session?.user["twoFactorEnabled"] === true;
  return newPassword?.whose === "own" && !hadSecondFactor && secondFactorAtSignIn.get() === true;
}

function redirectTarget(returned: unknown): string | undefined {
  if (!isAPIError(returned) || returned.statusCode !== 302) return undefined;
  return new Headers(returned.headers).get("location") ?? undefined;
}

function isChallenge(response: unknown): boolean {
  return typeof response === "object" && response !== null && "twoFactorRedirect" in response;
}
