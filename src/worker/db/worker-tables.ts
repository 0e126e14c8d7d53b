/** The Worker's own tables: the audit log, the outbox, claims, maintenance, limits and counts. None refers to another table. */
import { sql, type SQL } from "drizzle-orm";
import { index, integer, sqliteTable, text, type SQLiteColumn } from "drizzle-orm/sqlite-core";
import { timestamp } from "./column-types.ts";

/** The addresses that an event names, by which the events of a deleted user are found. */
const fieldOfDetail =
  (field: string) =>
  (detail: SQLiteColumn): SQL<string | null> =>
    sql`CASE WHEN json_valid(${detail}) THEN ${detail} ->> ${sql.raw(`'${field}'`)} END`;
export const addressInDetail = fieldOfDetail("email");
export const newAddressInDetail = fieldOfDetail("newEmail");

/**
 * The audit log. It has no foreign keys, because an event outlives the rows that it names; a user who is deleted is
 * replaced by a pseudonym (`auth/platform/forget-user.ts`).
 */
export const auditEvent = sqliteTable(
  "audit_event",
  {
    id: integer("id").primaryKey(),
    createdAt: timestamp("created_at").notNull(),
    event: text("event").notNull(),
    actorId: text("actor_id"),
    /** The platform admin who impersonated the actor. */
    impersonatedBy: text("impersonated_by"),
    tenantId: text("tenant_id"),
    /** The user whom the event is about, if it is not the actor. */
    subjectId: text("subject_id"),
    ipAddress: text("ip_address"),
    userAgent: text("user_agent"),
    /** A JSON object of names and ids. It never holds a password, a token or a code. */
    detail: text("detail"),
  },
  (table) => [
    index("audit_event_tenant")
      .on(table.tenantId, table.id)
      .where(sql`tenant_id IS NOT NULL`),
    index("audit_event_actor")
      .on(table.actorId, table.id)
      .where(sql`actor_id IS NOT NULL`),
    index("audit_event_subject")
      .on(table.subjectId, table.id)
      .where(sql`subject_id IS NOT NULL`),
    index("audit_event_impersonator")
      .on(table.impersonatedBy)
      .where(sql`impersonated_by IS NOT NULL`),
    index("audit_event_address")
      .on(sql`CASE WHEN json_valid(detail) THEN detail ->> 'email' END`)
      .where(sql`CASE WHEN json_valid(detail) THEN detail ->> 'email' END IS NOT NULL`),
    index("audit_event_new_address")
      .on(sql`CASE WHEN json_valid(detail) THEN detail ->> 'newEmail' END`)
      .where(sql`CASE WHEN json_valid(detail) THEN detail ->> 'newEmail' END IS NOT NULL`),
  ],
);

/** Mail that waits to be sent. A row is deleted when the transport has accepted its message. */
export const emailOutbox = sqliteTable(
  "email_outbox",
  {
    id: text("id").primaryKey(),
    /** The message, which is encrypted with the platform's secret because it may hold a reset link. */
    message: text("message").notNull(),
    attempts: integer("attempts").notNull().default(0),
    nextAttemptAt: timestamp("next_attempt_at").notNull(),
    expiresAt: timestamp("expires_at").notNull(),
    createdAt: timestamp("created_at").notNull(),
    lastError: text("last_error"),
  },
  (table) => [
    index("email_outbox_due").on(table.nextAttemptAt),
    index("email_outbox_expires_at").on(table.expiresAt),
  ],
);

/** One-time claims with which a person becomes the first platform admin. Only a hash of the token is stored. */
export const platformClaim = sqliteTable("platform_claim", {
  tokenHash: text("token_hash").primaryKey(),
  /** If set, only a user with this address may use the claim. */
  email: text("email"),
  expiresAt: timestamp("expires_at").notNull(),
  createdAt: timestamp("created_at").notNull(),
  claimedAt: timestamp("claimed_at"),
  claimedBy: text("claimed_by"),
});

/** The last run of each maintenance task, by which `maintenance.ts` limits how often a task runs. */
export const maintenanceRun = sqliteTable("maintenance_run", {
  task: text("task").primaryKey(),
  lastRunAt: timestamp("last_run_at").notNull(),
});

/**
 * The limits that triggers hold, in one row. A trigger cannot read an option of the Worker, so each write that a limit may
 * refuse brings the Worker's limits in its own batch (`db/limits.ts`).
 */
export const quota = sqliteTable("quota", {
  id: integer("id").primaryKey(),
  tenantsPerOwner: integer("tenants_per_owner").notNull(),
  rolesPerTenant: integer("roles_per_tenant").notNull(),
  membersPerTenant: integer("members_per_tenant").notNull(),
  pendingInvitationsPerTenant: integer("pending_invitations_per_tenant").notNull(),
  sessionsPerUser: integer("sessions_per_user").notNull(),
});

/** Counts of tries at a credential, by account, network or device, in fixed windows (`auth/throttle`). */
export const throttle = sqliteTable(
  "throttle",
  {
    /** An HMAC, so that the table reveals no email address and no network. */
    key: text("key").primaryKey(),
    tries: integer("tries").notNull(),
    /** The end of the window; the row means nothing after it. */
    expiresAt: timestamp("expires_at").notNull(),
  },
  (table) => [index("throttle_expires_at").on(table.expiresAt)],
);
