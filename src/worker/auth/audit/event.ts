/**
 * An event of the audit log, and the insert that writes it. Events name people and things by id and never hold a
 * password, a token or a code.
 */
import type { SQL } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import type { Database } from "../../db/database.ts";
import { insertWhen } from "../../db/insert-when.ts";
import { auditEvent } from "../../db/schema.ts";

export interface AuditEvent {
  event: string;
  actorId?: string | undefined;
  impersonatedBy?: string | undefined;
  tenantId?: string | undefined;
  subjectId?: string | undefined;
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
