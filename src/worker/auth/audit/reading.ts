/** Reads the audit log: platform admins read all of it, and a tenant's owners read the events of their tenant. */
import { and, desc, eq, lt, sql, type SQL } from "drizzle-orm";
import { APIError, createAuthEndpoint, sessionMiddleware } from "better-auth/api";
import * as z from "zod";
import type { Database } from "../../db/database.ts";
import { auditEvent, member, organization, user } from "../../db/schema.ts";
import { paths } from "../routes/paths.ts";
import { eventColumns } from "./event.ts";
import { hasTenantRole, ownerRole, platformAdminRole } from "../roles.ts";

const eventPage = z.strictObject({
  tenantId: z.string().max(64).optional(),
  actorId: z.string().max(64).optional(),
  cursor: z.coerce.number().int().positive().optional(),
  limit: z.coerce.number().int().min(1).max(100).default(50),
});

export function listAuditEvents(database: Database) {
  return createAuthEndpoint(
    paths.auditEvents,
    {
      method: "GET",
      query: eventPage,
      use: [sessionMiddleware],
      metadata: {
        openapi: {
          operationId: "listAuditEvents",
          description:
            "The audit log, newest first. Platform admins read all of it; a tenant's owners read their tenant's with `tenantId`.",
          responses: {
            "200": {
              description:
                "A page of events, the cursor of the next page, and the people and tenants that the events name, by id",
            },
          },
        },
      },
    },
    async (ctx) => {
      const { tenantId, actorId, cursor, limit } = ctx.query;
      const reader: Reader = ctx.context.session.user;
      await requireReader(database, reader, tenantId);
      const conditions: (SQL | undefined)[] = [
        tenantId === undefined ? undefined : eq(auditEvent.tenantId, tenantId),
        actorId === undefined ? undefined : eq(auditEvent.actorId, actorId),
        cursor === undefined ? undefined : lt(auditEvent.id, cursor),
      ];
      const isPlatformAdmin = reader.role === platformAdminRole;
      const events = await database
        .select(eventColumns({ isPlatformAdmin }))
        .from(auditEvent)
        .where(and(...conditions))
        .orderBy(desc(auditEvent.id))
        .limit(limit);
      const last = events.at(-1);
      const names = await readNames(database, events, isPlatformAdmin ? undefined : tenantId);
      return ctx.json({
        ...names,
        events: events.map((row) => ({
          ...row,
          detail: row.detail === null ? null : (JSON.parse(row.detail) as unknown),
        })),
        nextCursor: events.length === limit && last !== undefined ? last.id : null,
      });
    },
  );
}

export interface Reader {
  id: string;
  role?: string | null;
}

/** @throws {APIError} 403 unless the reader is a platform admin or an owner of the tenant. */
export async function requireReader(
  database: Database,
  reader: Reader,
  tenantId: string | undefined,
): Promise<void> {
  if (reader.role === platformAdminRole) return;
  if (tenantId !== undefined && (await ownsTenant(database, reader.id, tenantId))) return;
  throw new APIError("FORBIDDEN", {
    code: "NOT_ALLOWED_TO_READ_AUDIT_LOG",
    message:
      "Only platform admins may read the whole audit log. Owners may read their tenant's: send tenantId.",
  });
}

type Row = typeof auditEvent.$inferSelect;

/**
 * The people and tenants that a page of events names, read in two queries however long the page is. An owner gets the
 * names of the tenant's members only: the address of anybody else, such as a platform admin, is not theirs to know. A
 * deleted user appears by id alone.
 */
async function readNames(database: Database, events: readonly Row[], ownersTenant?: string) {
  // The ids are one bound value, because D1 takes at most a hundred.
  const isOneOf = (column: typeof user.id | typeof organization.id, ids: (string | null)[]) =>
    sql`${column} IN (SELECT value FROM json_each(${JSON.stringify([...new Set(ids)].filter((id) => id !== null))}))`;
  const isNamed = isOneOf(
    user.id,
    events.flatMap(({ actorId, impersonatedBy, subjectId }) => [
      actorId,
      impersonatedBy,
      subjectId,
    ]),
  );
  const person = { id: user.id, name: user.name, email: user.email };
  const [people, tenants] = await database.batch([
    ownersTenant === undefined
      ? database.select(person).from(user).where(isNamed)
      : database
          .select(person)
          .from(user)
          .innerJoin(
            member,
            and(eq(member.userId, user.id), eq(member.organizationId, ownersTenant)),
          )
          .where(isNamed),
    database
      .select({ id: organization.id, name: organization.name })
      .from(organization)
      .where(
        isOneOf(
          organization.id,
          events.map(({ tenantId }) => tenantId),
        ),
      ),
  ]);
  return {
    people: Object.fromEntries(people.map(({ id, ...rest }) => [id, rest])),
    tenants: Object.fromEntries(tenants.map(({ id, ...rest }) => [id, rest])),
  };
}

async function ownsTenant(database: Database, userId: string, tenantId: string): Promise<boolean> {
  const membership = await database.query.member.findFirst({
    columns: { role: true },
    where: and(eq(member.organizationId, tenantId), eq(member.userId, userId)),
  });
  return hasTenantRole(membership?.role, ownerRole);
}
