/**
 * What weakens a second factor asks for that factor: turning it off and replacing its backup codes take a code, of the
 * authenticator or a backup code, in the request. A session and the password are what a thief at an unlocked laptop, or a
 * phisher, may have. The secret is shown only while an enrolment is open; afterwards nobody needs to see it.
 *
 * The code is judged, and used up, once the password was found right, so that a mistyped password costs no code.
 */
import { and, eq } from "drizzle-orm";
import { APIError, createAuthMiddleware } from "better-auth/api";
import { symmetricDecrypt, symmetricEncrypt } from "better-auth/crypto";
import { TWO_FACTOR_ERROR_CODES } from "better-auth/plugins/two-factor";
import { guardUpdate } from "../../db/adapter/extensions.ts";
import type { Database } from "../../db/database.ts";
import { twoFactor, user as userTable } from "../../db/schema.ts";
import { requestState } from "../../request-scope.ts";
import { upstreamChanged } from "../better-auth/upstream-changed.ts";
import { whilePasswordStands } from "../passwords/standing-password.ts";
import type { PhasedPlugin } from "../plugin-order.ts";
import type { Routes } from "../routes/register.ts";
import { sessionBeforeRoute } from "../sessions/session-before-route.ts";
import { secondFactorCheck } from "../throttle/second-factor-check.ts";
import { claimCode } from "./check-totp-code.ts";

type MiddlewareContext = Parameters<Parameters<typeof createAuthMiddleware>[0]>[0];

/** True from the request on until its code was found right; undefined for requests that need none. */
const isFactorMissing = requestState<boolean>();

interface Options {
  routes: Routes;
  database: Database;
  now?: () => number;
}

export function factorForChanges({ routes, database, now = Date.now }: Options) {
  const enrolmentOf = async (userId: string) =>
    database.query.twoFactor.findFirst({
      columns: { id: true, verified: true, backupCodes: true },
      where: eq(twoFactor.userId, userId),
    });
  return {
    id: "nno-factor-for-changes",
    phase: "judge",
    hooks: {
      before: [
        {
          matcher: (context) => routes.of(context)?.takesFactor === true,
          handler: createAuthMiddleware(async (ctx) => {
            const signedIn = await sessionBeforeRoute(ctx);
            // The route itself refuses a request without a session or an enrolment.
            if (signedIn === null) return;
            const { id: userId } = signedIn.user;
            if ((await enrolmentOf(userId))?.verified !== true) return;
            const { code }: Record<string, unknown> = ctx.body ?? {};
            if (typeof code !== "string" || code === "") {
              throw new APIError("BAD_REQUEST", {
                code: "TWO_FACTOR_CODE_REQUIRED",
                message: "Send a code of the authenticator, or a backup code, as code.",
              });
            }
            isFactorMissing.set(true);
            const judgeCode = async () => {
              const isRight =
                (await claimCode(ctx, database, { userId, code }, now())) ||
                (await spendBackupCode(ctx, database, { userId, code }));
              if (!isRight)
                throw APIError.from("UNAUTHORIZED", TWO_FACTOR_ERROR_CODES.INVALID_CODE);
              isFactorMissing.set(false);
            };
            const account = await ctx.context.internalAdapter.findCredentialAccount(userId);
            if (!account?.password) return judgeCode();
            secondFactorCheck.set(async (isRight) => {
              if (isRight) await judgeCode();
              return isRight;
            });
          }),
        },
        {
          matcher: (context) => routes.of(context)?.onlyWhileEnrolling === true,
          handler: createAuthMiddleware(async (ctx) => {
            const signedIn = await sessionBeforeRoute(ctx);
            if (signedIn === null) return;
            const enrolment = await enrolmentOf(signedIn.user.id);
            if (enrolment === undefined || enrolment.verified === false) return;
            throw new APIError("FORBIDDEN", {
              code: "TWO_FACTOR_SECRET_HIDDEN",
              message:
                "The key was shown when two-factor authentication was turned on. Turn it off and on again for a new one.",
            });
          }),
        },
      ],
    },
  } satisfies PhasedPlugin;
}

/**
 * Guards for what is written of a second factor: nothing before the code was found right, and nothing that rests on a password
 * which is no longer the account's.
 */
export function guardFactorChanges(database: Database) {
  const assertShown = () => {
    if (isFactorMissing.get() !== true) return;
    throw upstreamChanged("takeCodeToWeakenFactor", "a change of the factor checked no password");
  };
  return [
    guardUpdate(userTable.twoFactorEnabled, async ({ value }, attempt) => {
      if (value !== false) return attempt();
      assertShown();
      return whilePasswordStands(database, userTable.id, attempt);
    }),
    guardUpdate(twoFactor.backupCodes, async (_change, attempt) => {
      assertShown();
      return whilePasswordStands(database, twoFactor.userId, attempt);
    }),
  ];
}

/** Uses a backup code up. If several requests bring the same code, one of them finds it. */
async function spendBackupCode(
  { context }: MiddlewareContext,
  database: Database,
  { userId, code }: { userId: string; code: string },
): Promise<boolean> {
  const row = await database.query.twoFactor.findFirst({
    columns: { id: true, backupCodes: true },
    where: eq(twoFactor.userId, userId),
  });
  if (row === undefined) return false;
  const key = context.secretConfig;
  const codes = JSON.parse(await symmetricDecrypt({ key, data: row.backupCodes })) as string[];
  if (!codes.includes(code)) return false;
  const left = JSON.stringify(codes.filter((one) => one !== code));
  const used = await database
    .update(twoFactor)
    .set({ backupCodes: await symmetricEncrypt({ key, data: left }) })
    .where(and(eq(twoFactor.id, row.id), eq(twoFactor.backupCodes, row.backupCodes)))
    .returning({ id: twoFactor.id });
  return used.length > 0;
}
