/** The policy of routes that an owner's plugin brings, with and without records of its own. */
import { createAuthEndpoint } from "better-auth/api";
import { beforeAll, describe, expect, it } from "vitest";
import { withRoutes } from "../../../../src/worker/app.ts";
import { paths } from "../../../../src/worker/auth/routes/paths.ts";
import type { RouteRecords } from "../../../../src/worker/auth/routes/record.ts";
import { database, enter, enterAdmin, openApp } from "../../browser.ts";
import { auditEvent } from "../../../../src/worker/db/schema.ts";
import { eq } from "drizzle-orm";

/** A plugin as an owner writes one: its endpoints ask nobody who they are. */
const notes = () => ({
  id: "notes",
  endpoints: {
    listNotes: createAuthEndpoint("/notes/list", { method: "GET" }, async (ctx) =>
      ctx.json({ notes: [] }),
    ),
    addNote: createAuthEndpoint("/notes/add", { method: "POST" }, async (ctx) => {
      throw ctx.error("BAD_REQUEST", { code: "NOTE_REFUSED", message: "No notes today." });
    }),
  },
});

describe("a route without a record", () => {
  const opened = openApp({ plugins: [notes()] });
  let user: Awaited<ReturnType<typeof enter>>;

  beforeAll(async () => {
    user = await enter(opened);
  });

  it("is for people who are signed in", async () => {
    expect((await opened.open().get("/api/auth/notes/list")).status).toBe(401);
    expect((await user.browser.get("/api/auth/notes/list")).status).toBe(200);
  });

  it("is for pages of the console, and not for those of other apps", async () => {
    const origin = "https://notes.app.default.k3m9p2xw7q.nno.app";
    expect(await user.browser.get("/api/auth/notes/list", { origin })).toMatchObject({
      status: 403,
      body: { code: "CONSOLE_ORIGIN_REQUIRED" },
    });
  });

  it("is not for impersonators", async () => {
    const admin = await enterAdmin(opened);
    const victim = await enter(opened);
    await admin.browser.post("/api/auth/admin/impersonate-user", { userId: victim.id });
    expect(await admin.browser.get("/api/auth/notes/list")).toMatchObject({
      status: 403,
      body: { code: "NOT_WHILE_IMPERSONATING" },
    });
  });

  it("is in the audit log by its path", async () => {
    const caller = await enter(opened);
    await caller.browser.get("/api/auth/notes/list");
    await caller.browser.post("/api/auth/notes/add");
    const events = await database
      .select({ event: auditEvent.event, detail: auditEvent.detail })
      .from(auditEvent)
      .where(eq(auditEvent.actorId, caller.id));
    expect(events).toEqual([
      { event: "route.called", detail: JSON.stringify({ route: "/notes/list" }) },
      { event: "route.refused", detail: JSON.stringify({ route: "/notes/add" }) },
    ]);
  });

  it("counts refusals like wrong passwords", async () => {
    const caller = await enter(opened);
    const statuses: number[] = [];
    for (let count = 0; count < 12; count += 1) {
      statuses.push((await caller.browser.post("/api/auth/notes/add")).status);
    }
    expect(statuses.filter((status) => status === 400)).toHaveLength(10);
    expect(statuses.slice(10)).toEqual([429, 429]);
  });
});

describe("a route with a record", () => {
  const opened = openApp({
    plugins: [
      withRoutes(notes(), {
        "GET /notes/list": { who: "anyone" },
        "POST /notes/add": { who: "platform-admin" },
      }),
    ],
  });

  it("is for whom its record says", async () => {
    expect((await opened.open().get("/api/auth/notes/list")).status).toBe(200);
    const user = await enter(opened);
    expect(await user.browser.post("/api/auth/notes/add")).toMatchObject({
      status: 403,
      body: { code: "PLATFORM_ADMIN_REQUIRED" },
    });
    const admin = await enterAdmin(opened);
    expect(await admin.browser.post("/api/auth/notes/add")).toMatchObject({
      status: 400,
      body: { code: "NOTE_REFUSED" },
    });
  });
});

it("refuses a record of a route that the plugin does not have", () => {
  const plugin = withRoutes(notes(), { "GET /notes/all": { who: "anyone" } });
  expect(() => openApp({ plugins: [plugin] })).toThrow(
    'plugins: "notes" has no route GET /notes/all',
  );
});

it("refuses a record of a route that is the template's", () => {
  const replacing = {
    id: "replacing",
    endpoints: {
      claimPlatform: createAuthEndpoint(paths.claim, { method: "POST" }, async () => null),
    },
  };
  const records: RouteRecords = { [`POST ${paths.claim}` as const]: { who: "anyone" } };
  const plugin = withRoutes(replacing, records);
  expect(() => openApp({ plugins: [plugin] })).toThrow("must not describe POST /platform/claim");
});
