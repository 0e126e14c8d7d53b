/**
 * Checks TOTP codes of the second factor: against the secret in `two_factor`, for the time steps before, at and after the
 * current one, and only once. RFC 6238 section 5.2: "the verifier MUST NOT accept the second attempt of the OTP after the
 * successful validation". Before Better Auth verifies a code, one conditional UPDATE claims its time step for the user. Of all
 * requests with the same code, concurrent or later, only one keeps the code. The others continue with an empty one, which
 * Better Auth refuses. Backup codes are checked by Better Auth alone, which deletes each as it is used.
 */
import { and, eq, isNull, lt, or } from "drizzle-orm";
import { createAuthMiddleware } from "better-auth/api";
import { constantTimeEqual, symmetricDecrypt } from "better-auth/crypto";
import { base32 } from "@better-auth/utils/base32";
import { createOTP } from "@better-auth/utils/otp";
import type { PhasedPlugin } from "../plugin-order.ts";
import type { Database } from "../../db/database.ts";
import { twoFactor, user } from "../../db/schema.ts";
import type { Routes } from "../routes/register.ts";
import { sessionBeforeRoute } from "../sessions/session-before-route.ts";

const periodSeconds = 30;
/** Better Auth accepts the step before and after the current one. */
const acceptedSteps = [-1, 0, 1];
const importedPrefix = "base32:";

export function totpReplay({
  routes,
  database,
  now = Date.now,
}: {
  routes: Routes;
  database: Database;
  now?: () => number;
}) {
  return {
    id: "nno-totp-replay",
    phase: "judge",
    hooks: {
      before: [
        {
          matcher: (context) => routes.of(context)?.takesTotp === true,
          handler: createAuthMiddleware(async (ctx) => {
            const { code }: Record<string, unknown> = ctx.body ?? {};
            const userId = await challengedUser(ctx);
            // Better Auth refuses a request without a code, a challenge or an enrolment.
            if (typeof code !== "string" || userId === undefined) return undefined;
            const claimed = await claimCode(ctx, database, { userId, code }, now());
            if (claimed !== false) return undefined;
            // Better Auth refuses an empty code like any wrong one, so it is counted and recorded in the audit log.
            return { context: { body: { ...(ctx.body as object), code: "" } } };
          }),
        },
      ],
    },
  } satisfies PhasedPlugin;
}

/**
 * Checks a code of this user and uses its time step up.
 *
 * @returns false for a wrong or used code; undefined if the user has no enrolment.
 */
export async function claimCode(
  ctx: MiddlewareContext,
  database: Database,
  { userId, code }: { userId: string; code: string },
  now: number,
): Promise<boolean | undefined> {
  const enrolment = await database.query.twoFactor.findFirst({
    columns: { secret: true },
    where: eq(twoFactor.userId, userId),
  });
  if (enrolment === undefined) return undefined;
  const step = await matchingStep(await readSecret(ctx, enrolment.secret), code, now);
  if (step === undefined) return false;
  const claimed = await database
    .update(twoFactor)
    .set({ lastTotpStep: step })
    .where(
      and(
        eq(twoFactor.userId, userId),
        or(isNull(twoFactor.lastTotpStep), lt(twoFactor.lastTotpStep, step)),
      ),
    )
    .returning({ id: twoFactor.id });
  return claimed.length > 0;
}

/**
 * Checks a code of the user with this email address, without using it up: the challenge that follows does that.
 *
 * @returns the user's id if the user has a second factor, and the code's time step if the code is right and unused.
 */
export async function checkCode(
  ctx: MiddlewareContext,
  database: Database,
  { email, code }: { email: string; code: string },
  now: number,
): Promise<{ userId?: string; step?: number }> {
  const [enrolment] = await database
    .select({ userId: user.id, secret: twoFactor.secret, lastTotpStep: twoFactor.lastTotpStep })
    .from(user)
    .innerJoin(twoFactor, eq(twoFactor.userId, user.id))
    .where(and(eq(user.email, email), eq(user.twoFactorEnabled, true)));
  if (enrolment === undefined) return {};
  const { userId, secret, lastTotpStep } = enrolment;
  const step = await matchingStep(await readSecret(ctx, secret), code, now);
  return step !== undefined && step > (lastTotpStep ?? 0) ? { userId, step } : { userId };
}

type MiddlewareContext = Parameters<Parameters<typeof createAuthMiddleware>[0]>[0];

/** The user whose code is expected: the signed-in user, or the user of the sign-in that waits for a code. */
export async function challengedUser(ctx: MiddlewareContext): Promise<string | undefined> {
  const session = await sessionBeforeRoute(ctx);
  if (session !== null) return session.user.id;
  const cookie = ctx.context.createAuthCookie("two_factor");
  const challenge = await ctx.getSignedCookie(cookie.name, ctx.context.secret);
  if (typeof challenge !== "string") return undefined;
  const verification = await ctx.context.internalAdapter.findVerificationValue(challenge);
  return verification?.value;
}

/**
 * Decrypts a secret in Better Auth's form, which is the secret as it was generated, or `base32:...` if it was imported.
 */
async function readSecret(
  ctx: MiddlewareContext,
  encrypted: string,
): Promise<string | Uint8Array<ArrayBuffer>> {
  const secret = await symmetricDecrypt({ key: ctx.context.secretConfig, data: encrypted });
  if (!secret.startsWith(importedPrefix)) return secret;
  return base32.decode(secret.slice(importedPrefix.length).toUpperCase());
}

/** The latest accepted time step for which `code` is right. */
async function matchingStep(
  secret: string | Uint8Array<ArrayBuffer>,
  code: string,
  now: number,
): Promise<number | undefined> {
  const otp = createOTP(secret, { digits: 6, period: periodSeconds });
  const current = Math.floor(now / 1000 / periodSeconds);
  let matched: number | undefined;
  for (const offset of acceptedSteps) {
    if (constantTimeEqual(await otp.hotp(current + offset), code)) matched = current + offset;
  }
  return matched;
}
