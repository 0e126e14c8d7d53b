/**
 * A password that was hashed differently is hashed again at its owner's next sign-in, after the answer. Only the hash that
 * was verified is replaced, so a password that is changed meanwhile stays; if it fails, the old hash stays good.
 */
import { and, eq } from "drizzle-orm";
import { createAuthMiddleware } from "better-auth/api";
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

/** Before the two-factor plugin, which takes the new session away until the code is right. */
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
            const isStill = and(
              eq(account.userId, newSession.user.id),
              eq(account.providerId, "credential"),
              eq(account.password, verified.hash),
            );
            background(
              (async () => {
                // Hashing would hold up the answer.
                await scheduler.wait(afterAnswerMilliseconds);
                const hash = await passwords.hash(password);
                await database.update(account).set({ password: hash }).where(isStill);
              })(),
            );
          }),
        },
      ],
    },
  } satisfies PhasedPlugin;
}
