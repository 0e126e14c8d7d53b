/**
 * Exports the audit log as NDJSON, oldest first, for owners who keep it longer than the platform does or search it
 * elsewhere. The answer is streamed a page at a time, so that a log of any length fits into a Worker's memory.
 */
import { and, asc, desc, eq, gt, gte, type SQL } from "drizzle-orm";
import { APIError, createAuthEndpoint, sessionMiddleware } from "better-auth/api";
import * as z from "zod";
import { toApiErrors } from "../../db/api-errors.ts";
import type { Database } from "../../db/database.ts";
import { auditEvent } from "../../db/schema.ts";
import { platformAdminRole } from "../roles.ts";
import { paths } from "../routes/paths.ts";
import { auditInsert, eventColumns } from "./event.ts";
import { requireReader, type Reader } from "./reading.ts";

const rowsPerPage = 500;
/** Isolates write concurrently by their own clocks, so in the order of ids, times are out of order by at most this. */
const clockSkewMilliseconds = 60_000;

const instant = z.iso
  .datetime({ offset: true })
  .or(z.iso.date())
  .transform((text) => new Date(text));

const exportQuery = z.strictObject({
  tenantId: z.string().max(64).optional(),
  since: instant.optional(),
  until: instant.optional(),
});

type Row = typeof auditEvent.$inferSelect;

export function exportAuditEvents(database: Database) {
  return createAuthEndpoint(
    paths.auditExport,
    {
      method: "GET",
      query: exportQuery,
      use: [sessionMiddleware],
      metadata: {
        openapi: {
          operationId: "exportAuditEvents",
          description:
            "The audit log as NDJSON, oldest first: events from `since` on and before `until`, each a date or an RFC 3339 time. Platform admins export all of it; a tenant's owners export their tenant's with `tenantId`.",
          responses: { "200": { description: "One event a line" } },
        },
      },
    },
    async (ctx) => {
      const { tenantId, since, until = new Date() } = ctx.query;
      const { user } = ctx.context.session;
      await requireReader(database, user, tenantId);
      if (since !== undefined && since > until) {
        throw new APIError("BAD_REQUEST", {
          code: "INVALID_PERIOD",
          message: "since must not be later than until.",
        });
      }
      await toApiErrors(() =>
        database.batch([
          auditInsert(database, {
            event: "audit_log.exported",
            actorId: user.id,
            tenantId,
            headers: ctx.headers,
          }),
        ]),
      );
      const reader: Reader = user;
      const columns = eventColumns({ isPlatformAdmin: reader.role === platformAdminRole });
      const readPage = (after: number) => readEvents(database, columns, after, tenantId);
      const start = since === undefined ? 0 : await findFirst(database, since);
      // What the database cannot answer now is an error with a status; later the answer is cut off.
      const first = await toApiErrors(() => readPage(start));
      return new Response(lines(first, readPage, { since, until }), {
        headers: {
          "Content-Type": "application/x-ndjson",
          "Content-Disposition": 'attachment; filename="audit-events.ndjson"',
          "Cache-Control": "no-store",
        },
      });
    },
  );
}

async function readEvents(
  database: Database,
  columns: ReturnType<typeof eventColumns>,
  after: number,
  tenantId: string | undefined,
) {
  const conditions: (SQL | undefined)[] = [
    gt(auditEvent.id, after),
    tenantId === undefined ? undefined : eq(auditEvent.tenantId, tenantId),
  ];
  return database
    .select(columns)
    .from(auditEvent)
    .where(and(...conditions))
    .orderBy(asc(auditEvent.id))
    .limit(rowsPerPage);
}

/**
 * Finds an id below those of all events from `since` on, by a binary search over the ids, which grow with time. An
 * index on the time would cost one row written with each event; the search costs about twenty rows read with each
 * export.
 */
async function findFirst(database: Database, since: Date): Promise<number> {
  const earliest = since.getTime() - clockSkewMilliseconds;
  const [last] = await database
    .select({ id: auditEvent.id })
    .from(auditEvent)
    .orderBy(desc(auditEvent.id))
    .limit(1);
  let low = 0;
  let high = last?.id ?? 0;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const [row] = await database
      .select({ createdAt: auditEvent.createdAt })
      .from(auditEvent)
      .where(gte(auditEvent.id, middle))
      .orderBy(asc(auditEvent.id))
      .limit(1);
    if (row === undefined || row.createdAt.getTime() >= earliest) high = middle;
    else low = middle + 1;
  }
  return low - 1;
}

/** Keeps one page in memory, and reads the next when the client has taken it. */
function lines(
  first: Row[],
  readPage: (after: number) => Promise<Row[]>,
  { since, until }: { since: Date | undefined; until: Date },
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const end = until.getTime() + clockSkewMilliseconds;
  let page = first;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        // A page without matching events enqueues no chunk, and without a chunk `pull` is not called again.
        for (;;) {
          const last = page.at(-1);
          const matching = page.filter(
            ({ createdAt }) => (since === undefined || createdAt >= since) && createdAt < until,
          );
          if (matching.length > 0) controller.enqueue(encoder.encode(matching.map(line).join("")));
          if (page.length < rowsPerPage || last === undefined || last.createdAt.getTime() > end) {
            controller.close();
            return;
          }
          page = await readPage(last.id);
          if (matching.length > 0) return;
        }
      },
    },
    { highWaterMark: 0 },
  );
}

function line(row: Row): string {
  const detail = row.detail === null ? null : (JSON.parse(row.detail) as unknown);
  return `${JSON.stringify({ ...row, detail })}\n`;
}
