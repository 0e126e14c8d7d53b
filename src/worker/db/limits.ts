/**
 * Brings the owner's limits to the triggers that hold them. A trigger cannot read an option of the Worker, and a value that
 * was stored earlier could be another release's. So a write that a limit may refuse is one batch with this statement: the
 * trigger then reads the limits of the Worker that writes.
 */
import { sql } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import type { SQLiteTable } from "drizzle-orm/sqlite-core";
import type { Database } from "./database.ts";
import { invitation, member, organizationRole, quota, session } from "./schema.ts";

/** The limits that triggers hold (`rules.sql`). */
export type StoredLimits = Omit<typeof quota.$inferInsert, "id">;

/** The tables whose inserts a limit may refuse. */
const limitedTables: readonly SQLiteTable[] = [member, organizationRole, invitation, session];

/** @returns a function that makes the statement. The row is written only if a limit has changed. */
export function limitsStatement(
  database: Database,
  limits: StoredLimits,
): () => BatchItem<"sqlite"> {
  const row = { id: 1, ...limits };
  const columns = [
    quota.tenantsPerOwner,
    quota.rolesPerTenant,
    quota.membersPerTenant,
    quota.pendingInvitationsPerTenant,
    quota.sessionsPerUser,
  ];
  const stored = sql.join(columns, sql`, `);
  const given = sql.join(
    columns.map(({ name }) => sql`excluded.${sql.identifier(name)}`),
    sql`, `,
  );
  return () =>
    database
      .insert(quota)
      .values(row)
      .onConflictDoUpdate({
        target: quota.id,
        set: limits,
        setWhere: sql`(${stored}) IS NOT (${given})`,
      });
}

/** Whether a limit may refuse the write: a new row, or a membership that gets another role. */
export function mayMeetLimit(table: SQLiteTable, update?: Record<string, unknown>): boolean {
  if (update === undefined) return limitedTables.includes(table);
  return table === member && update["role"] !== undefined;
}
