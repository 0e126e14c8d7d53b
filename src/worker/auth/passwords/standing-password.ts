/**
 * A password that was right counts while it is the account's. It waits for its turn to be hashed, up to ten seconds, and
 * may be reset meanwhile, which ends the sessions that there are by then. So what is written because of it, a session or
 * another password, is written by a statement that looks once more: a session from before the change is ended by that, and
 * none comes after it. The same statement tells whether its user has a second factor by now.
 */
import { and, eq, exists, getTableColumns, sql, type SQL } from "drizzle-orm";
import type { SQLiteTable } from "drizzle-orm/sqlite-core";
import { APIError } from "better-auth/api";
import { BASE_ERROR_CODES } from "@better-auth/core/error";
import type { Database } from "../../db/database.ts";
import { insertWhen } from "../../db/insert-when.ts";
import { account, session, user } from "../../db/schema.ts";
import { requestState } from "../../request-scope.ts";
import { verifiedPassword } from "./verified-password.ts";

/** Whether the user of the session that this request made had a second factor when the row was written. */
export const secondFactorAtSignIn = requestState<boolean>();

type Write<Row> = (isStanding: SQL | undefined) => Promise<Row[]>;

/** A database for the Drizzle adapter: only what its inserts and its updates of a row call is there. */
export function whilePasswordStands(database: Database): (given: Database) => Database {
  /** @throws {APIError} as for a wrong password, when another has taken its place. */
  async function write<Row>(credential: SQL | undefined, attempt: Write<Row>): Promise<Row[]> {
    const verified = verifiedPassword.get();
    if (verified === undefined) return attempt(undefined);
    const written = await attempt(eq(account.password, verified.hash));
    if (written.length > 0) return written;
    // Two sign-ins at once, and the other has replaced the hash by one of the same password.
    if (verified.outdated !== undefined) {
      const [present] = await database
        .select({ hash: account.password })
        .from(account)
        .where(credential);
      const hash = present?.hash;
      if (typeof hash === "string" && (await verified.outdated.isRightFor(hash))) {
        const writtenAfterAll = await attempt(eq(account.password, hash));
        if (writtenAfterAll.length > 0) return writtenAfterAll;
      }
    }
    throw APIError.from("UNAUTHORIZED", BASE_ERROR_CODES.INVALID_EMAIL_OR_PASSWORD);
  }

  async function insertSession(row: typeof session.$inferInsert) {
    const credential = and(eq(account.userId, row.userId), eq(account.providerId, "credential"));
    const hasSecondFactor = sql<boolean>`(SELECT ${user.twoFactorEnabled} FROM ${user} WHERE ${user.id} = ${row.userId}) IS 1`;
    const [inserted] = await write(credential, async (isStanding) => {
      const isRight =
        isStanding &&
        exists(
          database.select({ id: account.id }).from(account).where(and(credential, isStanding)),
        );
      return insertWhen(database, session, row, isRight ?? sql`1`).returning({
        ...getTableColumns(session),
        hasSecondFactor: hasSecondFactor.mapWith(Boolean).as("has_second_factor"),
      });
    });
    if (inserted === undefined) return [];
    secondFactorAtSignIn.set(inserted.hasSecondFactor);
    return [inserted];
  }

  return (given) => {
    const insert = (table: SQLiteTable) =>
      table === session
        ? {
            values: (row: typeof session.$inferInsert) => ({ returning: () => insertSession(row) }),
          }
        : given.insert(table);
    const update = (table: SQLiteTable) => ({
      set: (values: Record<string, unknown>) => ({
        where: (rows: SQL | undefined) => {
          const build = (isStanding?: SQL) =>
            given
              .update(table)
              .set(values)
              .where(isStanding === undefined ? rows : and(rows, isStanding));
          const { password } = values;
          if (table !== account || typeof password !== "string") return build();
          const returning = async () => {
            const updated = await write(rows, async (isStanding) => build(isStanding).returning());
            // What this request writes next rests on the new password.
            verifiedPassword.set({ hash: password });
            return updated;
          };
          return Object.assign(build(), { returning });
        },
      }),
    });
    return Object.create(given, {
      insert: { value: insert },
      update: { value: update },
    }) as Database;
  };
}
