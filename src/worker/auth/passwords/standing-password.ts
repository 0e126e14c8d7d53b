/**
 * A verified password is acted on only while it is still the account's. Hashing waits for its turn, for up to ten seconds,
 * and the password may be reset meanwhile, which ends the sessions that exist by then. A session or another password that
 * rests on a verified one is therefore written by a statement that checks the hash once more: what was written before the
 * reset is ended by it, and nothing is written after it.
 */
import { and, eq, exists, type SQL } from "drizzle-orm";
import type { SQLiteColumn } from "drizzle-orm/sqlite-core";
import { APIError } from "better-auth/api";
import { BASE_ERROR_CODES } from "@better-auth/core/error";
import { guardInsert, guardUpdate, type Attempt, type Row } from "../../db/adapter/extensions.ts";
import type { Database } from "../../db/database.ts";
import { account, session } from "../../db/schema.ts";
import { verifiedPassword } from "./verified-password.ts";

/**
 * Writes to the rows of a user only while the password that this request has verified, if any, is still the account's.
 *
 * @param userId the column of the written table that names the user.
 * @throws {APIError} as for a wrong password, when another has taken its place.
 */
export async function whilePasswordStands(
  database: Database,
  userId: SQLiteColumn,
  attempt: Attempt,
): Promise<Row[]> {
  const condition = verifiedPasswordStands(database, userId);
  const written = await attempt(condition);
  if (condition !== undefined && written.length === 0) {
    throw APIError.from("BAD_REQUEST", BASE_ERROR_CODES.INVALID_PASSWORD);
  }
  return written;
}

/** The condition that the verified password is still that of the user whom a column names; undefined without one. */
export function verifiedPasswordStands(database: Database, userId: SQLiteColumn): SQL | undefined {
  const verified = verifiedPassword.get();
  if (verified === undefined) return undefined;
  return exists(
    database
      .select({ id: account.id })
      .from(account)
      .where(
        and(
          eq(account.userId, userId),
          eq(account.providerId, "credential"),
          eq(account.password, verified.hash),
        ),
      ),
  );
}

/** Guards for new sessions and new passwords, for the database adapter. */
export function guardStandingPassword(database: Database) {
  /**
   * @param credential the account whose password was verified.
   * @throws {APIError} as for a wrong password, when another has taken its place.
   */
  async function writeWhileStanding(
    credential: SQL | undefined,
    attempt: (isStanding?: SQL) => Promise<Row[]>,
  ): Promise<Row[]> {
    const verified = verifiedPassword.get();
    if (verified === undefined) return attempt();
    const written = await attempt(eq(account.password, verified.hash));
    if (written.length > 0) return written;
    // Two sign-ins at once: the other one may have replaced the hash by a newer one of the same password.
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

  const newSession = guardInsert(session, async ({ userId }, attempt: Attempt) => {
    const credential = and(eq(account.userId, userId), eq(account.providerId, "credential"));
    return writeWhileStanding(credential, async (isStanding) => {
      if (isStanding === undefined) return attempt();
      const accounts = database.select({ id: account.id }).from(account);
      return attempt(exists(accounts.where(and(credential, isStanding))));
    });
  });

  const newPassword = guardUpdate(account.password, async ({ value, rows }, attempt) => {
    if (typeof value !== "string") return attempt();
    const updated = await writeWhileStanding(rows, attempt);
    // What this request writes next rests on the new password.
    verifiedPassword.set({ hash: value });
    return updated;
  });

  return [newSession, newPassword];
}
