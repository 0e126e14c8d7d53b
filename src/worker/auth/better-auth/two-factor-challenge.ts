/** Better Auth's challenge for the second factor, which `two-factor/challenge-after-sign-in.ts` runs after every sign-in. */
import { createAuthMiddleware } from "better-auth/api";
import { twoFactorChallenge } from "./literals.ts";
import { assertUpstream, upstreamChanged } from "./upstream-changed.ts";

interface TwoFactorPlugin {
  hooks: {
    after: readonly { matcher: (context: never) => boolean; handler: unknown }[];
  };
}

/** The handler of the one hook that challenges a sign-in by password. */
export function challengeHook({ hooks }: TwoFactorPlugin): unknown {
  const signIn = { path: twoFactorChallenge.path } as never;
  const [challenge, ...others] = hooks.after.filter(({ matcher }) => matcher(signIn));
  assertUpstream(
    "challengeEverySignIn",
    challenge !== undefined && others.length === 0,
    "the two-factor plugin has not one hook behind /sign-in/email",
  );
  return challenge.handler;
}

export function isChallenge(response: unknown): boolean {
  return typeof response === "object" && response !== null && twoFactorChallenge.answer in response;
}

/**
 * For a sign-in that was not challenged: ends the new session and throws when its user has a second factor, and the device
 * is not one that they trust.
 */
export const requireChallenge = createAuthMiddleware(async ({ context, getCookie }) => {
  const { newSession } = context;
  if (newSession == null || newSession.user["twoFactorEnabled"] !== true) return;
  const { name } = context.createAuthCookie(twoFactorChallenge.trustedDeviceCookie);
  if (getCookie(name) !== null) return;
  context.setNewSession(null);
  await context.internalAdapter.deleteSession(newSession.session.token);
  throw upstreamChanged("challengeEverySignIn", "a sign-in was not challenged");
});
