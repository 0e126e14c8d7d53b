/**
 * A check against bots, for requests that a stranger can make a thousand times and that send mail: sign-up, password reset,
 * confirmation mails, and the code mails of an owner's plugins. It is Cloudflare Turnstile, and off unless the owner turns
 * it on. The browser sends the widget's token in the header that Better Auth's captcha plugin reads.
 */
import { APIError, createAuthMiddleware } from "better-auth/api";
import { botCheckHeader } from "../../http/cross-origin.ts";
import type { PhasedPlugin } from "../plugin-order.ts";
import type { Routes } from "../routes/register.ts";
import { sessionBeforeRoute } from "../sessions/session-before-route.ts";

export const turnstileSecret = "TURNSTILE_SECRET_KEY";

const turnstileScript = "https://challenges.cloudflare.com/turnstile/v0/api.js?render=explicit";
const turnstileVerify = "https://challenges.cloudflare.com/turnstile/v0/siteverify";
const timeoutMilliseconds = 5000;
const retrySeconds = 5;
/** Turnstile's tokens have at most 2,048 characters. */
const tokenLimitCharacters = 2048;

export interface BotCheckOptions {
  provider: "turnstile";
  /** The site key of the widget, which is public. The secret key is the secret `TURNSTILE_SECRET_KEY`. */
  siteKey: string;
  /** Replaces the address at which tokens are verified, for tests. */
  verifyUrl?: string;
  /** Replaces the address of the widget's script, for tests. */
  scriptUrl?: string;
}

/** The data with which a page shows the widget. */
export interface ShownBotCheck {
  provider: "turnstile";
  siteKey: string;
  scriptUrl: string;
}

export const shownBotCheck = ({
  provider,
  siteKey,
  scriptUrl = turnstileScript,
}: BotCheckOptions): ShownBotCheck => ({ provider, siteKey, scriptUrl });

/** Runs after the request was counted, so that its network pays for tokens that are wrong. */
export function botCheck({
  routes,
  secret,
  verifyUrl = turnstileVerify,
}: BotCheckOptions & { routes: Routes; secret: string }) {
  return {
    id: "nno-bot-check",
    phase: "judge",
    hooks: {
      before: [
        {
          matcher: (context) => {
            const route = routes.of(context);
            return route?.mail !== undefined && route.who === "anyone";
          },
          handler: createAuthMiddleware(async (ctx) => {
            // Somebody who is signed in has passed the check when they signed up.
            if ((await sessionBeforeRoute(ctx)) !== null) return;
            const token = ctx.headers?.get(botCheckHeader) ?? "";
            if (token === "" || token.length > tokenLimitCharacters) {
              throw new APIError("BAD_REQUEST", {
                code: "BOT_CHECK_REQUIRED",
                message: `Complete the check and send its token in the header ${botCheckHeader}.`,
              });
            }
            const address = ctx.headers?.get("cf-connecting-ip");
            const isPassed = await verify(verifyUrl, {
              secret,
              response: token,
              ...(address ? { remoteip: address } : {}),
            });
            if (!isPassed) {
              throw new APIError("FORBIDDEN", {
                code: "BOT_CHECK_FAILED",
                message: "The check was not passed. Try again.",
              });
            }
          }),
        },
      ],
    },
  } satisfies PhasedPlugin;
}

/** @throws {APIError} 503 when the provider does not answer: without it nobody can be told from a bot. */
async function verify(url: string, form: Record<string, string>): Promise<boolean> {
  try {
    const answer = await fetch(url, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(form),
      signal: AbortSignal.timeout(timeoutMilliseconds),
    });
    // Turnstile answers a wrong token with 200, and a wrong secret, too.
    if (answer.status >= 500) throw new Error(`status ${answer.status}`);
    const { success } = await answer.json<{ success?: unknown }>();
    return success === true;
  } catch (error) {
    const reason = error instanceof Error ? error.name : "unknown";
    console.error(`bot check: the provider cannot be asked (${reason})`);
    throw new APIError(
      "SERVICE_UNAVAILABLE",
      {
        code: "BOT_CHECK_UNAVAILABLE",
        message: "The check cannot be made at the moment. Try again in a few seconds.",
      },
      { "Retry-After": String(retrySeconds) },
    );
  }
}
