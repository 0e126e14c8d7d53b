/**
 * Two-factor authentication: Better Auth's plugin, with its challenge after every way to sign in. The plugin asks for a code
 * on its three password routes only. Here every new session is challenged, unless its route's record says that it renews a
 * session which has been through the challenge. A sign-in route that is added later is therefore challenged from the start.
 */
import type { BetterAuthPlugin } from "better-auth";
import { APIError, isAPIError } from "better-auth/api";
import { twoFactor } from "better-auth/plugins/two-factor";
import {
  challengeHook,
  isChallenge,
  requireChallenge,
} from "../better-auth/two-factor-challenge.ts";
import { takeCodeToWeakenFactor } from "../better-auth/two-factor-codes.ts";
import { secondFactorAtSignIn } from "./second-factor-at-sign-in.ts";
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
  const ask = challengeHook(plugin) as (context: unknown) => Promise<HookResult>;

  return {
    ...plugin,
    endpoints: {
      ...plugin.endpoints,
      disableTwoFactor: takeCodeToWeakenFactor(plugin.endpoints.disableTwoFactor),
      generateBackupCodes: takeCodeToWeakenFactor(plugin.endpoints.generateBackupCodes),
    },
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
            // Better Auth read the user before the password waited for its turn to be hashed.
            if (newSession && hasSecondFactor !== undefined) {
              newSession.user["twoFactorEnabled"] = hasSecondFactor;
            }
            const result = await ask(context);
            const asked = isChallenge(result.response);
            if (!asked) await requireChallenge({ ...context, returnHeaders: false });
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

/** The password was changed in a session that ended in between, because its user turned a second factor on elsewhere. */
function isOvertaken({ newPassword }: RouteRecord, { context }: MatchedContext): boolean {
  const hadSecondFactor = context.session?.user["twoFactorEnabled"] === true;
  return newPassword?.whose === "own" && !hadSecondFactor && secondFactorAtSignIn.get() === true;
}

function redirectTarget(returned: unknown): string | undefined {
  if (!isAPIError(returned) || returned.statusCode !== 302) return undefined;
  return new Headers(returned.headers).get("location") ?? undefined;
}
