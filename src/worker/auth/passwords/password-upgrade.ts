/**
 * Replaces an outdated hash at the user's next sign-in, after the answer. Only the hash that was verified is replaced,
 * so that a password that is changed meanwhile is kept. If the upgrade fails, the old hash stays valid.
 */
import { and, eq } from "drizzle-orm";
import { createAuthMiddleware } from "better-auth/api";
import { describeHashCaller } from "./hash-caller.ts";
import { verifiedPassword } from "./verified-password.ts";
import type { PhasedPlugin } from "../plugin-order.ts";
import type { Database } from "../../db/database.ts";
import { account } from "../../db/schema.ts";
import type { Routes } from "../routes/register.ts";

const afterAnswerMilliseconds = 20;

interface PasswordUpgradeOptions {
  routes: Routes;
  database: Database;
  background: (promise: Promise<unknown>) => void;
}

/** Runs before the two-factor plugin, which removes the new session until the code is right. */
export function passwordUpgrade({ routes, database, background }: PasswordUpgradeOptions) {
  return {
    id: "nno-password-upgrade",
    phase: "judge",
    hooks: {
      after: [
        {
          matcher: (context) => routes.of(context)?.guess === "sign-in",
          handler: createAuthMiddleware(async (ctx) => {
            const { newSession, password: passwords } = ctx.context;
            const verified = verifiedPassword.get();
            const password: unknown = ctx.body?.password;
            if (
              newSession === null ||
              verified?.outdated === undefined ||
              typeof password !== "string"
            )
              return;
            const isUnchanged = and(
              eq(account.userId, newSession.user.id),
              eq(account.providerId, "credential"),
              eq(account.password, verified.hash),
            );
            background(
              (async () => {
                // Hashing at once would delay the answer.
                await scheduler.wait(afterAnswerMilliseconds);
                describeHashCaller({ isBackground: true });
                const hash = await passwords.hash(password);
                await database.update(account).set({ password: hash }).where(isUnchanged);
              })(),
            );
          }),
        },
      ],
    },
  } satisfies PhasedPlugin;
}
