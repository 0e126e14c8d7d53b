/**
 * An event of the audit log, and the insert that writes it. Events name people and things by id and never hold a
 * password, a token or a code.
 */
import { getTableColumns, sql, type SQL } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import type { Database } from "../../db/database.ts";
import { insertWhen } from "../../db/insert-when.ts";
import { auditEvent, user } from "../../db/schema.ts";
import { requestState } from "../../request-scope.ts";
import { defaultPlatformRole } from "../roles.ts";
import type { AuditEventName } from "./event-names.ts";

export interface AuditEvent {
  event: AuditEventName;
  actorId?: string | undefined;
  impersonatedBy?: string | undefined;
  tenantId?: string | undefined;
  /** An SQL expression when only the changed row holds the id. */
  subjectId?: string | SQL | undefined;
  detail?: Record<string, string | number | boolean | undefined> | undefined;
  headers?: Headers | undefined;
  /** Omitted: now. */
  at?: Date;
  /** The account that the event is about, for its notice, where the account is gone with the event. It is not stored. */
  owner?: { name: string; email: string };
}

/** The events of this request, some of which are mailed. */
export const eventsOfRequest = requestState<RecordedEvent[]>();

export type RecordedEvent = AuditEvent & { at: Date };

const longestUserAgent = 256;

/**
 * The statement that inserts one event. It runs alone, or in one batch with the write that it records. With `when`, the
 * event is inserted only if the condition holds at that point of the batch.
 */
export function auditInsert(
  database: Database,
  entry: AuditEvent,
  when?: SQL,
): BatchItem<"sqlite"> {
  const { at = new Date() } = entry;
  eventsOfRequest.set([...(eventsOfRequest.get() ?? []), { ...entry, at }]);
  const row = {
    createdAt: at,
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
 * The columns that a reader sees. A tenant's owners must not learn the networks and browsers of platform admins. They
 * see the IP address and the user agent only if the actor is an ordinary user today and was not impersonated.
 */
export function eventColumns({ isPlatformAdmin }: { isPlatformAdmin: boolean }) {
  const columns = getTableColumns(auditEvent);
  if (isPlatformAdmin) return columns;
  const isOrdinaryUser = sql`${auditEvent.impersonatedBy} IS NULL AND (SELECT ${user.role} FROM ${user} WHERE ${user.id} = ${auditEvent.actorId}) = ${defaultPlatformRole}`;
  const unlessHidden = (column: typeof columns.ipAddress | typeof columns.userAgent) =>
    sql<string | null>`CASE WHEN ${isOrdinaryUser} THEN ${column} END`;
  return {
    ...columns,
    ipAddress: unlessHidden(columns.ipAddress),
    userAgent: unlessHidden(columns.userAgent),
  };
}
