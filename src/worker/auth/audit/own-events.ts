/** Shows people what the audit log says of them: what they did, and what others did to their account. */
import { and, desc, eq, lt, sql } from "drizzle-orm";
import { createAuthEndpoint, sessionMiddleware } from "better-auth/api";
import * as z from "zod";
import type { Database } from "../../db/database.ts";
import { auditEvent } from "../../db/schema.ts";
import { paths } from "../routes/paths.ts";

const query = z.strictObject({
  cursor: z.coerce.number().int().positive().optional(),
  limit: z.coerce.number().int().min(1).max(100).default(50),
});

export function listOwnEvents(database: Database) {
  return createAuthEndpoint(
    paths.ownEvents,
    {
      method: "GET",
      query,
      use: [sessionMiddleware],
      metadata: {
        openapi: {
          operationId: "listOwnEvents",
          description: "The audit log's events about the signed-in user, newest first",
          responses: {
            "200": { description: "A page of events, and the cursor of the next page" },
          },
        },
      },
    },
    async (ctx) => {
      const { cursor, limit } = ctx.query;
      const { id } = ctx.context.session.user;
      const isOwn = sql`${auditEvent.actorId} = ${id} AND ${auditEvent.impersonatedBy} IS NULL`;
      const { actorId, subjectId } = auditEvent;
      // The network and the browser of somebody else are not theirs to know.
      const columns = {
        id: auditEvent.id,
        createdAt: auditEvent.createdAt,
        event: auditEvent.event,
        actorId,
        subjectId,
        impersonatedBy: auditEvent.impersonatedBy,
        tenantId: auditEvent.tenantId,
        ipAddress: sql<string | null>`CASE WHEN ${isOwn} THEN ${auditEvent.ipAddress} END`,
        userAgent: sql<string | null>`CASE WHEN ${isOwn} THEN ${auditEvent.userAgent} END`,
        detail: auditEvent.detail,
      };
      // A query for each index: with OR between them, SQLite would read and sort all events of the user.
      const eventsBy = (column: typeof actorId | typeof subjectId) =>
        database
          .select(columns)
          .from(auditEvent)
          .where(and(eq(column, id), cursor === undefined ? undefined : lt(auditEvent.id, cursor)))
          .orderBy(desc(auditEvent.id))
          .limit(limit);
      const [acted, concerned] = await database.batch([eventsBy(actorId), eventsBy(subjectId)]);
      const all = new Map([...acted, ...concerned].map((row) => [row.id, row]));
      const events = [...all.values()].toSorted((a, b) => b.id - a.id).slice(0, limit);
      return ctx.json({
        events: events.map((row) => ({
          ...row,
          detail: row.detail === null ? null : (JSON.parse(row.detail) as unknown),
        })),
        nextCursor: events.length === limit ? (events.at(-1)?.id ?? null) : null,
      });
    },
  );
}
