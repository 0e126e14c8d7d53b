/**
 * Judges each password that is stored, whichever route stores it. The policy's hook knows only the routes that declare a
 * new password. Better Auth's context gives every plugin a function that hashes passwords, so the two places through which
 * all of them come are here: a password is judged when it is hashed, and once more, with what its user has, when the hash
 * is written.
 */
import { eq, sql, type SQL } from "drizzle-orm";
import { checkValue, type Row } from "../../db/adapter/extensions.ts";
import type { Database } from "../../db/database.ts";
import { account, user } from "../../db/schema.ts";
import { requestState } from "../../request-scope.ts";
import { auditInsert } from "../audit/event.ts";
import { eventOfNextWrite } from "../audit/next-write.ts";
import { hashesGuesses, judgedPassword, requestOfPassword } from "./judged-password.ts";
import { enforcePolicy, type PasswordPolicyOptions } from "./password-policy.ts";

/** The passwords that this request has hashed, by their hashes. */
const hashed = requestState<Map<string, { password: string; isJudged: boolean }>>();

export function judgeHashedPasswords(database: Database, options: PasswordPolicyOptions) {
  /** Judges by the shorter length, because only the write tells whose password it is. */
  async function beforeHash(password: string): Promise<void> {
    if (hashesGuesses.get() === true || judgedPassword.get() === password) return;
    await enforcePolicy(password, { email: "", name: "", twoFactorEnabled: true }, options);
  }

  function afterHash(password: string, hash: string): void {
    const entry = { password, isJudged: hashesGuesses.get() !== true };
    hashed.set((hashed.get() ?? new Map()).set(hash, entry));
  }

  /** @param owner the condition that finds the user whose account is written. */
  async function beforeWrite(hash: unknown, owner: SQL | undefined): Promise<void> {
    // A hash from elsewhere is of a password that nobody here has seen, such as an imported one.
    const known = hashed.get()?.get(String(hash));
    if (known === undefined || judgedPassword.get() === known.password) return;
    const [holder] = await database
      .select({ email: user.email, name: user.name, twoFactorEnabled: user.twoFactorEnabled })
      .from(user)
      .where(owner)
      .limit(1);
    const isBreached = known.isJudged ? async () => false : options.isBreached;
    await enforcePolicy(known.password, holder, { ...options, isBreached });
  }

  const passwordEvent = (subjectId: string | SQL, when?: SQL) => {
    const { path, headers } = requestOfPassword.get() ?? {};
    const detail = path === undefined ? undefined : { route: path };
    return auditInsert(database, { event: "password.changed", subjectId, detail, headers }, when);
  };

  const check = checkValue(account.password, {
    async onInsert(hash, { userId }: Row) {
      await beforeWrite(hash, eq(user.id, String(userId)));
      // A sign-up has an event of its own.
      if (typeof hash !== "string" || judgedPassword.get() !== undefined) return;
      await database.batch([passwordEvent(String(userId))]);
    },
    async onUpdate(hash, rows) {
      const owners = sql`SELECT ${account.userId} FROM ${account} WHERE ${rows ?? sql`1`}`;
      await beforeWrite(hash, sql`${user.id} IN (${owners})`);
      if (typeof hash !== "string" || eventOfNextWrite.get() !== undefined) return;
      if (judgedPassword.get() !== undefined) return;
      eventOfNextWrite.set({
        operation: "update",
        table: account,
        onWritten: eventOfNextWrite.clear,
        statement: (written) =>
          passwordEvent(
            sql`(SELECT ${account.userId} FROM ${account} WHERE ${written} LIMIT 1)`,
            sql`EXISTS (SELECT 1 FROM ${account} WHERE ${written})`,
          ),
      });
    },
  });

  return { beforeHash, afterHash, check };
}
