/**
 * Whether the user of a new session has a second factor, read by the statement that inserts the session. The user was read
 * before the password waited for its turn to be hashed, and may have turned a second factor on meanwhile.
 */
import { sql } from "drizzle-orm";
import { readWithInsert } from "../../db/adapter/extensions.ts";
import { session, user } from "../../db/schema.ts";
import { requestState } from "../../request-scope.ts";

/** Set once the request has inserted a session: the challenge decides by it. */
export const secondFactorAtSignIn = requestState<boolean>();

export const readSecondFactor = readWithInsert(
  session,
  ({ userId }) =>
    sql<boolean>`(SELECT ${user.twoFactorEnabled} FROM ${user} WHERE ${user.id} = ${userId}) IS 1`.mapWith(
      Boolean,
    ),
  secondFactorAtSignIn.set,
);
