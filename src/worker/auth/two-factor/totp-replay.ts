/**
 * A TOTP code works once. RFC 6238 section 5.2: "the verifier MUST NOT accept the second attempt of the OTP after the
 * successful validation". Before Better Auth verifies a code, its time step is claimed for the user by one guarded
 * UPDATE, so that of any number of requests with one code, at once or later, a single one goes on. The others go on with
 * none.
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
  const claim = async (userId: string, step: number): Promise<boolean> => {
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
  };
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
            // Better Auth says what is wrong with a request that has no code, no challenge or no enrolment.
            if (typeof code !== "string" || userId === undefined) return undefined;
            const enrolment = await database.query.twoFactor.findFirst({
              columns: { secret: true },
              where: eq(twoFactor.userId, userId),
            });
            if (enrolment === undefined) return undefined;
            const secret = await readSecret(ctx, enrolment.secret);
            const step = await matchingStep(secret, code, now());
            if (step !== undefined && (await claim(userId, step))) return undefined;
            // Better Auth refuses it then, as any wrong code: counted and in the audit log.
            return { context: { body: { ...(ctx.body as object), code: "" } } };
          }),
        },
      ],
    },
  } satisfies PhasedPlugin;
}

/**
 * Of somebody who is known by the address alone, and has a second factor: who that is, and the time step of a code that would
 * sign them in; none for a wrong or used one. It stays unused: the challenge that follows takes it.
 */
export async function readSolved(
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

/** Whose code this would be: the signed-in user's, or that of the sign-in which waits for it. */
export async function challengedUser(ctx: MiddlewareContext): Promise<string | undefined> {
  const session = await sessionBeforeRoute(ctx);
  if (session !== null) return session.user.id;
  const cookie = ctx.context.createAuthCookie("two_factor");
  const challenge = await ctx.getSignedCookie(cookie.name, ctx.context.secret);
  if (typeof challenge !== "string") return undefined;
  const verification = await ctx.context.internalAdapter.findVerificationValue(challenge);
  return verification?.value;
}

/** Better Auth's form of a secret: as it was generated, or `base32:...` where it was imported. */
async function readSecret(
  ctx: MiddlewareContext,
  encrypted: string,
): Promise<string | Uint8Array<ArrayBuffer>> {
  const secret = await symmetricDecrypt({ key: ctx.context.secretConfig, data: encrypted });
  if (!secret.startsWith(importedPrefix)) return secret;
  return base32.decode(secret.slice(importedPrefix.length).toUpperCase());
}

/** The newest time step for which `code` is right. */
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
