/** The audit log as a file: whole, in order, in bounds, and never whole in memory. */
import { env } from "cloudflare:workers";
import { beforeEach, expect, it } from "vitest";
import { auditEvent } from "../../../../src/worker/db/schema.ts";
import { createTenant, database, openApp, enter, enterAdmin, type Browser } from "../../browser.ts";
import { connectionLost, faulty, type Fault } from "../../db/faulty.ts";

let fault: Fault = () => {};
const opened = openApp({}, { DB: faulty(env.DB, (sql) => fault(sql)) });
const day = 24 * 60 * 60 * 1000;
const start = Date.UTC(2026, 0, 1);

beforeEach(async () => {
  fault = () => {};
  await database.delete(auditEvent);
});

/** `count` events of a tenant, one a minute, and as many of nobody's between. */
const plant = async (count: number, tenantId: string) => {
  await env.DB.prepare(
    `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?1)
     INSERT INTO audit_event (created_at, event, tenant_id, detail)
     SELECT ?2 + (i / 2) * 60000, 'planted.' || (i / 2), iif(i % 2, ?3, NULL), '{"n":1}' FROM n`,
  )
    .bind(2 * count, start, tenantId)
    .run();
};

const read = async (browser: Browser, query: string) => {
  const { status, body, headers } = await browser.get<string>(
    `/api/auth/platform/audit-events/export${query}`,
  );
  expect(status).toBe(200);
  expect(headers.get("content-type")).toBe("application/x-ndjson");
  return body === ""
    ? []
    : body
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as typeof auditEvent.$inferSelect);
};

it("has every event once, oldest first, over many pages", async () => {
  const admin = await enterAdmin(opened);
  await database.delete(auditEvent);
  await plant(1300, "a-tenant");
  const events = await read(admin.browser, "");
  expect(events).toHaveLength(2600);
  expect(events.map(({ id }) => id)).toEqual(events.map(({ id }) => id).sort((a, b) => a - b));
  expect(events[1]).toMatchObject({
    event: "planted.0",
    tenantId: "a-tenant",
    createdAt: "2026-01-01T00:00:00.000Z",
    detail: { n: 1 },
  });
  const own = await read(admin.browser, "?tenantId=a-tenant");
  // The export before is an event as well, of no tenant's.
  expect(own.map(({ event }) => event)).toEqual(
    Array.from({ length: 1300 }, (_, index) => `planted.${index}`),
  );
});

it("begins at since, and ends before until", async () => {
  const admin = await enterAdmin(opened);
  await plant(3 * 24 * 60, "a-tenant");
  const second = await read(
    admin.browser,
    "?tenantId=a-tenant&since=2026-01-02&until=2026-01-02T12:00:00%2B00:00",
  );
  expect(second).toHaveLength(12 * 60);
  expect(second[0]?.createdAt).toBe(new Date(start + day).toISOString());
  expect(await read(admin.browser, "?until=2025-01-01")).toEqual([]);
  expect(await read(admin.browser, "?tenantId=a-tenant&since=2026-02-01T00:00:00Z")).toEqual([
    expect.objectContaining({ event: "audit_log.exported" }),
  ]);
});

it("refuses a period that is none", async () => {
  const admin = await enterAdmin(opened);
  for (const query of ["since=yesterday", "until=0", "since=2026-02-01&until=2026-01-01", "a=b"]) {
    const { status } = await admin.browser.get(`/api/auth/platform/audit-events/export?${query}`);
    expect([query, status]).toEqual([query, 400]);
  }
});

it("is read as it is sent, and no further than it is taken", async () => {
  const admin = await enterAdmin(opened);
  await plant(5000, "a-tenant");
  let pages = 0;
  fault = (sql) => {
    if (/^select.*from "audit_event".*limit/is.test(sql)) pages += 1;
  };
  const answer = await opened.app.fetch(
    new Request(
      "https://auth.svc.default.k3m9p2xw7q.nno.app/api/auth/platform/audit-events/export",
      {
        headers: { cookie: [...admin.browser.cookies].map((pair) => pair.join("=")).join("; ") },
      },
    ),
  );
  const reader = answer.body?.getReader();
  await reader?.read();
  await reader?.cancel();
  expect(pages).toBeLessThanOrEqual(3);
});

it("is the owner's for their tenant alone, and is itself an event", async () => {
  const ada = await enter(opened);
  const eve = await enter(opened, "Eve");
  const { id } = await createTenant(ada.browser, "exported");
  await ada.browser.get(`/api/auth/platform/audit-events/export?tenantId=${id}`);
  const events = await read(ada.browser, `?tenantId=${id}`);
  expect(events.map(({ event, actorId }) => [event, actorId])).toEqual([
    ["tenant.created", ada.id],
    // The one before: an export ends before itself.
    ["audit_log.exported", ada.id],
  ]);
  for (const [browser, query] of [
    [eve.browser, `?tenantId=${id}`],
    [ada.browser, ""],
    [ada.browser, "?tenantId=another"],
  ] as const) {
    const { status } = await browser.get(`/api/auth/platform/audit-events/export${query}`);
    expect(status).toBe(403);
  }
  const path = `/api/auth/platform/audit-events/export?tenantId=${id}`;
  expect((await opened.open().get(path)).status).toBe(401);
});

it("is an error, not a short file, when the database fails", async () => {
  const admin = await enterAdmin(opened);
  await plant(5000, "a-tenant");
  let pages = 0;
  fault = (sql) => {
    if (!/^select.*from "audit_event"/is.test(sql)) return;
    pages += 1;
    if (pages > 1) throw connectionLost();
  };
  await expect(admin.browser.get("/api/auth/platform/audit-events/export")).rejects.toThrow();
  pages = 1;
  expect((await admin.browser.get("/api/auth/platform/audit-events/export")).status).toBe(503);
});
