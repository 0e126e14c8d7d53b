/**
 * Reads of a tenant's rows that need a few of them, where Better Auth's routes would read all: every member to see whether
 * an owner is the last, every invitation there ever was to count the pending ones. The routes answer the same with these,
 * except that old invitations are left out (`better-auth/tenant-reads.ts`).
 */
import { and, desc, eq, gt, sql } from "drizzle-orm";
import { toApiErrors } from "../../db/api-errors.ts";
import type { Database } from "../../db/database.ts";
import { invitation, member } from "../../db/schema.ts";

const shownPendingInvitations = 1000;
const shownInvitations = 100;

/** Up to two owners: enough to know that one is not the last. The index `member_owner` has this condition. */
export async function readSomeOwners(database: Database, tenantId: string) {
  return toApiErrors(async () =>
    database
      .select()
      .from(member)
      .where(
        and(eq(member.organizationId, tenantId), sql`instr(',' || role || ',', ',owner,') > 0`),
      )
      .limit(2),
  );
}

/** As many pending invitations as count toward the limit. */
export async function readPendingInvitations(database: Database, tenantId: string, limit: number) {
  return toApiErrors(async () =>
    database
      .select()
      .from(invitation)
      .where(
        and(
          eq(invitation.organizationId, tenantId),
          // Spelled as in the index `invitation_pending`, which a parameter would not match.
          sql`status = 'pending'`,
          gt(invitation.expiresAt, new Date()),
        ),
      )
      .orderBy(invitation.expiresAt)
      .limit(limit),
  );
}

/** Every pending invitation, and the newest of the others. */
export async function readInvitationsToShow(database: Database, tenantId: string) {
  const newest = toApiErrors(async () =>
    database
      .select()
      .from(invitation)
      .where(eq(invitation.organizationId, tenantId))
      .orderBy(desc(invitation.createdAt), desc(invitation.id))
      .limit(shownInvitations),
  );
  const pending = readPendingInvitations(database, tenantId, shownPendingInvitations);
  const rows = [...(await newest), ...(await pending)];
  return [...new Map(rows.map((row) => [row.id, row])).values()];
}

/** A member who has the tenant's own role `role`, alone or among others; nobody, if there is none. */
export async function readSomeHolder(database: Database, tenantId: string, role: string) {
  // Spelled as in the index `member_own_role`.
  const ofOwnRole = and(
    eq(member.organizationId, tenantId),
    sql`role NOT IN ('owner', 'admin', 'member')`,
  );
  const alone = eq(member.role, role);
  const amongOthers = sql`instr(role, ',') > 0 AND instr(',' || role || ',', ',' || ${role} || ',') > 0`;
  return toApiErrors(async () => {
    const [holders, others] = await database.batch([
      database.select().from(member).where(and(ofOwnRole, alone)).limit(1),
      database.select().from(member).where(and(ofOwnRole, amongOthers)).limit(1),
    ]);
    return [...holders, ...others];
  });
}
