/**
 * What a deleted user leaves behind. Everything that belongs to the user cascades from the row. What only names them does
 * not: events of the audit log, invitations to their address, a claim. Events keep a pseudonym, the same in all of them, so
 * that the log still tells what one person did; the rest goes.
 */
import { and, eq, inArray, like, or, sql, type SQL } from "drizzle-orm";
import type { SQLiteColumn } from "drizzle-orm/sqlite-core";
import type { BatchItem } from "drizzle-orm/batch";
import { generateId } from "better-auth";
import type { Database } from "../../db/database.ts";
import {
  addressInDetail,
  auditEvent,
  invitation,
  newAddressInDetail,
  platformClaim,
  user,
  verification,
} from "../../db/schema.ts";
import { allVerificationsOf } from "../sessions/session-ends.ts";

/** The account, and every address that it has had. Undefined when there is no such user. */
export async function readTraces(database: Database, userId: string) {
  const [[account], changes] = await database.batch([
    database.select({ name: user.name, email: user.email }).from(user).where(eq(user.id, userId)),
    database
      .select({ address: addressInDetail(auditEvent.detail) })
      .from(auditEvent)
      .where(and(eq(auditEvent.actorId, userId), eq(auditEvent.event, "email.changed"))),
  ]);
  if (account === undefined) return undefined;
  return { account, addresses: addressesOf(account.email, changes) };
}

/** For a user whose row is gone already. */
export async function readFormerAddresses(database: Database, userId: string, email: string) {
  const changes = await database
    .select({ address: addressInDetail(auditEvent.detail) })
    .from(auditEvent)
    .where(and(eq(auditEvent.actorId, userId), eq(auditEvent.event, "email.changed")));
  return addressesOf(email, changes);
}

function addressesOf(email: string, changes: readonly { address: string | null }[]): string[] {
  const former = changes.flatMap(({ address }) => address ?? []);
  return [...new Set([email, ...former].map((address) => address.toLowerCase()))];
}

/** The statements that replace a user by a pseudonym, for one batch with the deletion and its event. */
export function forgetUser(database: Database, userId: string, addresses: readonly string[]) {
  const pseudonym = `deleted-${generateId(16)}`;
  // One bound value, because D1 takes at most a hundred.
  const isOne = (value: SQL | SQLiteColumn) =>
    sql`${value} IN (SELECT value FROM json_each(${JSON.stringify(addresses)}))`;
  const named = [addressInDetail, newAddressInDetail].map((field) =>
    isOne(field(auditEvent.detail)),
  );
  const withoutAddresses = sql`json_replace(${auditEvent.detail}, '$.email', ${pseudonym}, '$.newEmail', ${pseudonym})`;
  return [
    // The event of a change that was requested and never completed names an address that no account has.
    database
      .update(auditEvent)
      .set({ detail: withoutAddresses })
      .where(and(eq(auditEvent.actorId, userId), like(auditEvent.event, "email.%"))),
    ...named.map((isNamed) =>
      database.update(auditEvent).set({ detail: withoutAddresses }).where(isNamed),
    ),
    ...(["actorId", "subjectId", "impersonatedBy"] as const).map((key) =>
      database
        .update(auditEvent)
        .set({ [key]: pseudonym })
        .where(eq(auditEvent[key], userId)),
    ),
    database.delete(invitation).where(isOne(invitation.email)),
    database.delete(verification).where(allVerificationsOf(userId)),
    database
      .update(platformClaim)
      .set({ claimedBy: pseudonym, email: null })
      .where(or(eq(platformClaim.claimedBy, userId), inArray(platformClaim.email, [...addresses]))),
  ] satisfies BatchItem<"sqlite">[];
}
