/**
 * Deletes expired rows. The work is bounded: each statement reads and deletes at most `rowsPerRound` rows by an index,
 * and a run has at most `roundsPerRun` rounds, so that a large backlog is spread over several runs. It runs from cron,
 * and after sign-ins with a throttle that works across isolates.
 */
import { and, eq, inArray, lt, notExists, sql } from "drizzle-orm";
import type { Database } from "./database.ts";
import { isNeverConfirmed } from "./never-confirmed.ts";
import {
  auditEvent,
  emailOutbox,
  invitation,
  jwks,
  maintenanceRun,
  member,
  platformClaim,
  session,
  throttle,
  user,
  verification,
} from "./schema.ts";

const rowsPerRound = 500;
const roundsPerRun = 20;
const dayMilliseconds = 24 * 60 * 60 * 1000;
/** How long a user may take to confirm the address: after that the row is a stranger's, who typed any address. */
const unconfirmedUserDays = 14;
/** An invitation stays this long after its end, whatever was decided, so that people can look back. */
const endedInvitationDays = 30;
/** A signing key stays published for this long after it last signed a token. */
export const jwksGraceSeconds = 24 * 60 * 60;

interface RemovalOptions {
  now: number;
  auditRetentionDays: number;
}

/**
 * Deletes expired sessions, verifications, mail, claims, signing keys, invitations that ended long ago, audit events past
 * their retention, and users who never confirmed their address.
 */
export async function removeExpired(database: Database, options: RemovalOptions): Promise<void> {
  for (let round = 0; round < roundsPerRun; round += 1) {
    if (!(await removeSome(database, options))) break;
  }
  for (let round = 0; round < roundsPerRun; round += 1) {
    if (!(await removeUnconfirmedUsers(database, options))) break;
  }
}

/**
 * Deletes users whose address nobody has confirmed: anybody can make one for any address. A user whose row has changed since
 * is kept, because an admin may have given a confirmed user another address; so is one who has anything to lose, and one
 * who is banned, because the ban is about the address. It has a batch of its own: a table of the owner's may refer to such a
 * row and refuse that it goes, which must not stop the rest.
 *
 * @returns whether there may be more.
 */
async function removeUnconfirmedUsers(
  database: Database,
  { now }: RemovalOptions,
): Promise<boolean> {
  const own = { session: eq(session.userId, user.id), member: eq(member.userId, user.id) };
  const neverConfirmed = and(
    isNeverConfirmed,
    lt(user.createdAt, new Date(now - unconfirmedUserDays * dayMilliseconds)),
    eq(user.role, "user"),
    sql`${user.banned} IS NOT 1`,
    notExists(database.select({ id: session.id }).from(session).where(own.session)),
    notExists(database.select({ id: member.id }).from(member).where(own.member)),
  );
  try {
    const { meta } = await database
      .delete(user)
      .where(
        inArray(
          user.id,
          database.select({ id: user.id }).from(user).where(neverConfirmed).limit(rowsPerRound),
        ),
      );
    return meta.changes >= rowsPerRound;
  } catch (error) {
    console.error(`maintenance: unconfirmed users stay: ${String(error)}`);
    return false;
  }
}

/** @returns whether there may be more expired rows. */
async function removeSome(database: Database, options: RemovalOptions): Promise<boolean> {
  const now = new Date(options.now);
  const auditLimit = new Date(options.now - options.auditRetentionDays * dayMilliseconds);
  const oldestEvents = database
    .select({ id: auditEvent.id, createdAt: auditEvent.createdAt })
    .from(auditEvent)
    .orderBy(auditEvent.id)
    .limit(rowsPerRound)
    .as("oldest");
  const removed = await database.batch([
    database
      .delete(session)
      .where(
        inArray(
          session.id,
          database
            .select({ id: session.id })
            .from(session)
            .where(lt(session.expiresAt, now))
            .limit(rowsPerRound),
        ),
      ),
    database
      .delete(verification)
      .where(
        inArray(
          verification.id,
          database
            .select({ id: verification.id })
            .from(verification)
            .where(lt(verification.expiresAt, now))
            .limit(rowsPerRound),
        ),
      ),
    database
      .delete(auditEvent)
      .where(
        inArray(
          auditEvent.id,
          database
            .select({ id: oldestEvents.id })
            .from(oldestEvents)
            .where(lt(oldestEvents.createdAt, auditLimit)),
        ),
      ),
    database
      .delete(emailOutbox)
      .where(
        inArray(
          emailOutbox.id,
          database
            .select({ id: emailOutbox.id })
            .from(emailOutbox)
            .where(lt(emailOutbox.expiresAt, now))
            .limit(rowsPerRound),
        ),
      ),
    database.delete(invitation).where(
      inArray(
        invitation.id,
        database
          .select({ id: invitation.id })
          .from(invitation)
          .where(
            lt(invitation.expiresAt, new Date(options.now - endedInvitationDays * dayMilliseconds)),
          )
          .limit(rowsPerRound),
      ),
    ),
    database
      .delete(throttle)
      .where(
        inArray(
          throttle.key,
          database
            .select({ key: throttle.key })
            .from(throttle)
            .where(lt(throttle.expiresAt, now))
            .limit(rowsPerRound),
        ),
      ),
    // These tables have only a handful of rows each.
    database
      .delete(platformClaim)
      .where(lt(platformClaim.expiresAt, new Date(options.now - 30 * dayMilliseconds))),
    database
      .delete(jwks)
      .where(lt(jwks.expiresAt, new Date(options.now - jwksGraceSeconds * 1000))),
  ]);
  return removed.some(({ meta }) => meta.changes >= rowsPerRound);
}

/**
 * Decides whether this caller may run `task` now: true for only one caller in every `intervalSeconds`, across all
 * isolates. It costs one conditional write, which D1 bills only if it changes the row.
 */
export async function claimRun(
  database: Database,
  task: string,
  options: { now: number; intervalSeconds: number },
): Promise<boolean> {
  const lastRunAt = new Date(options.now);
  const claimed = await database
    .insert(maintenanceRun)
    .values({ task, lastRunAt })
    .onConflictDoUpdate({
      target: maintenanceRun.task,
      set: { lastRunAt },
      setWhere: lt(
        maintenanceRun.lastRunAt,
        new Date(options.now - options.intervalSeconds * 1000),
      ),
    })
    .returning({ task: maintenanceRun.task });
  return claimed.length > 0;
}
