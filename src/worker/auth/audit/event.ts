/**
 * An event of the audit log, and the insert that writes it. Events name people and things by id and never hold a
 * password, a token or a code.
 */
import { getTableColumns, sql, type SQL } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import type { Database } from "../../db/database.ts";
import { insertWhen } from "../../db/insert-when.ts";
import { auditEvent, user } from "../../db/schema.ts";
import { defaultPlatformRole } from "../roles.ts";
import type { AuditEventName } from "./event-names.ts";

export interface AuditEvent {
  event: AuditEventName;
  actorId?: string | undefined;
  impersonatedBy?: string | undefined;
  tenantId?: string | undefined;
  /** An expression where the id is only in the row that changes. */
  subjectId?: string | SQL | undefined;
  detail?: Record<string, string | number | boolean | undefined> | undefined;
  headers?: Headers | undefined;
}

const longestUserAgent = 256;

/**
 * The insert of one event, to be run alone or in the batch of the write that it tells of; with `when`, only if the
 * condition holds at that point of the batch.
 */
export function auditInsert(
  database: Database,
  entry: AuditEvent,
  when?: SQL,
): BatchItem<"sqlite"> {
  const row = {
    createdAt: new Date(),
    event: entry.event,
    actorId: entry.actorId,
    impersonatedBy: entry.impersonatedBy,
    tenantId: entry.tenantId,
    subjectId: entry.subjectId,
    ipAddress: entry.headers?.get("cf-connecting-ip"),
    userAgent: entry.headers?.get("user-agent")?.slice(0, longestUserAgent),
    detail: entry.detail === undefined ? null : JSON.stringify(entry.detail),
  };
  return when === undefined
    ? database.insert(auditEvent).values(row)
    : insertWhen(database, auditEvent, row, when);
}

/**
 * The columns that a reader sees. Owners are not told from where and with what the platform's own people work: of an
 * event whose actor is not, or no longer, a plain user, or is one in an admin's hands, they see neither address nor agent.
 */
export function eventColumns({ isPlatformAdmin }: { isPlatformAdmin: boolean }) {
  const columns = getTableColumns(auditEvent);
  if (isPlatformAdmin) return columns;
  const isPlain = sql`${auditEvent.impersonatedBy} IS NULL AND (SELECT ${user.role} FROM ${user} WHERE ${user.id} = ${auditEvent.actorId}) = ${defaultPlatformRole}`;
  const unlessHidden = (column: typeof columns.ipAddress | typeof columns.userAgent) =>
    sql<string | null>`CASE WHEN ${isPlain} THEN ${column} END`;
  return {
    ...columns,
    ipAddress: unlessHidden(columns.ipAddress),
    userAgent: unlessHidden(columns.userAgent),
  };
}
