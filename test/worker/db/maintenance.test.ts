import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { describe, expect, it, vi } from "vitest";
import { openDatabase } from "../../../src/worker/db/database.ts";
import { claimRun, removeExpired } from "../../../src/worker/db/maintenance.ts";
import {
  account,
  auditEvent,
  emailOutbox,
  invitation,
  jwks,
  session,
  user,
  verification,
} from "../../../src/worker/db/schema.ts";
import { createTenant, database, openApp, enter } from "../browser.ts";
import { faulty } from "./faulty.ts";

const guarded = openDatabase(env.DB);
const dayMilliseconds = 24 * 60 * 60 * 1000;

it("removes what has expired and nothing else", async () => {
  const opened = openApp();
  const ada = await enter(opened);
  const now = Date.now();
  const times = { createdAt: new Date(now), updatedAt: new Date(now) };
  const expiring = [
    ["old", now - 2 * dayMilliseconds],
    ["new", now + dayMilliseconds],
  ] as const;
  for (const [id, at] of expiring) {
    const expiresAt = new Date(at);
    await database.insert(session).values({ id, token: id, userId: ada.id, expiresAt, ...times });
    await database
      .insert(verification)
      .values({ id, identifier: id, value: id, expiresAt, ...times });
    await database
      .insert(jwks)
      .values({ id, publicKey: id, privateKey: id, expiresAt, createdAt: new Date(now) });
    await database
      .insert(emailOutbox)
      .values({ id, message: id, nextAttemptAt: expiresAt, expiresAt, createdAt: new Date(now) });
  }
  await database.delete(auditEvent);
  await database.insert(auditEvent).values([
    { event: "old", createdAt: new Date(now - 31 * dayMilliseconds) },
    { event: "new", createdAt: new Date(now - 29 * dayMilliseconds) },
  ]);
  await removeExpired(guarded, { now, auditRetentionDays: 30 });
  const left = async (
    table: typeof session | typeof verification | typeof jwks | typeof emailOutbox,
  ) => (await database.select({ id: table.id }).from(table)).map(({ id }) => id);
  for (const table of [session, verification, jwks, emailOutbox]) {
    const ids = await left(table);
    expect(ids).toContain("new");
    expect(ids).not.toContain("old");
  }
  expect(await database.select({ event: auditEvent.event }).from(auditEvent)).toEqual([
    { event: "new" },
  ]);
  expect((await ada.browser.session()).user.email).toBe(ada.email);
});

describe("rows that strangers make", () => {
  const old = Date.now() - 15 * dayMilliseconds;
  const add = async (id: string, row: Partial<typeof user.$inferInsert> = {}) =>
    database.insert(user).values({
      id,
      name: "Stranger",
      email: `${id}@example.org`,
      createdAt: new Date(old),
      updatedAt: new Date(old + 5),
      ...row,
    });
  const run = async () => removeExpired(guarded, { now: Date.now(), auditRetentionDays: 30 });

  it("are gone after 14 days if nobody has confirmed the address", async () => {
    await add("unconfirmed");
    await database.insert(account).values({
      id: "unconfirmed",
      accountId: "unconfirmed",
      providerId: "credential",
      userId: "unconfirmed",
      password: "a-hash",
      createdAt: new Date(old),
      updatedAt: new Date(old),
    });
    const recent = Date.now() - 13 * dayMilliseconds;
    const kept: Record<string, Partial<typeof user.$inferInsert>> = {
      confirmed: { emailVerified: true },
      recent: { createdAt: new Date(recent), updatedAt: new Date(recent) },
      "address-changed-by-an-admin": { updatedAt: new Date(old + dayMilliseconds) },
      "banned-by-an-admin": { banned: true },
      admin: { role: "platform-admin" },
      member: {},
      "signed-in": {},
    };
    for (const [id, row] of Object.entries(kept)) await add(id, row);
    await env.DB.batch([
      env.DB.prepare(
        "INSERT INTO organization (id, name, slug, created_at) VALUES ('kept', 'Kept', 'kept', 1)",
      ),
      env.DB.prepare(
        "INSERT INTO member (id, organization_id, user_id, role, created_at) VALUES ('kept', 'kept', 'member', 'owner', 1)",
      ),
      env.DB.prepare(
        "INSERT INTO session (id, token, user_id, expires_at, created_at, updated_at) VALUES ('kept', 'kept', 'signed-in', ?, 1, 1)",
      ).bind(Date.now() + dayMilliseconds),
    ]);
    await run();
    const left = await database.select({ id: user.id }).from(user);
    const ids = left.map(({ id }) => id);
    expect(ids).toEqual(expect.arrayContaining(Object.keys(kept)));
    expect(ids).not.toContain("unconfirmed");
    expect(await database.select().from(account).where(eq(account.id, "unconfirmed"))).toEqual([]);
  });

  it("such as invitations are gone 30 days after their end, decided or not", async () => {
    const opened = openApp();
    const ada = await enter(opened);
    const { id: organizationId } = await createTenant(ada.browser, "old-invitations");
    const invite = async (id: string, status: string, daysAgo: number) =>
      database.insert(invitation).values({
        id,
        organizationId,
        email: `${id}@example.org`,
        status,
        inviterId: ada.id,
        createdAt: new Date(0),
        expiresAt: new Date(Date.now() - daysAgo * dayMilliseconds),
      });
    for (const status of ["pending", "accepted", "rejected", "canceled"]) {
      await invite(`${status}-long-ago`, status, 31);
      await invite(`${status}-lately`, status, 29);
    }
    await run();
    const left = await database.select({ id: invitation.id }).from(invitation);
    expect(left.map(({ id }) => id).toSorted()).toEqual([
      "accepted-lately",
      "canceled-lately",
      "pending-lately",
      "rejected-lately",
    ]);
  });

  it("are found by index, and deleted a few hundred at a time", async () => {
    const statements: string[] = [];
    const watched = openDatabase(faulty(env.DB, (sql) => void statements.push(sql)));
    await removeExpired(watched, { now: Date.now(), auditRetentionDays: 30 });
    expect(statements.length).toBeGreaterThan(8);
    // A handful of rows each.
    const small = /^SCAN (platform_claim|jwks)$/;
    const plans: string[] = [];
    for (const sql of statements) {
      const values = (sql.match(/\?/g) ?? []).map(() => null);
      const { results } = await env.DB.prepare(`EXPLAIN QUERY PLAN ${sql}`)
        .bind(...values)
        .all<{ detail: string }>();
      plans.push(...results.map(({ detail }) => detail));
      const scans = results
        .map(({ detail }) => detail)
        .filter((detail) => /^SCAN (?!oldest)/.test(detail) && !small.test(detail))
        .filter((detail) => !detail.startsWith("SCAN audit_event"));
      expect([sql, scans]).toEqual([sql, []]);
    }
    for (const index of ["user_never_confirmed", "invitation_expires_at", "throttle_expires_at"]) {
      expect(plans.join()).toContain(`INDEX ${index}`);
    }
  });

  it("do not keep the rest from being removed when one of them cannot be", async () => {
    await add("referenced");
    await env.DB.prepare(
      "CREATE TABLE own_row (id TEXT PRIMARY KEY, user_id TEXT NOT NULL REFERENCES user (id))",
    ).run();
    await env.DB.prepare("INSERT INTO own_row VALUES ('own', 'referenced')").run();
    const at = new Date(Date.now() - 1000);
    const times = { expiresAt: at, createdAt: at, updatedAt: at };
    await database
      .insert(verification)
      .values({ id: "beside", identifier: "beside", value: "x", ...times });
    const logged = vi.spyOn(console, "error").mockImplementation(() => {});
    await run();
    expect(logged.mock.calls.flat().join()).toContain("unconfirmed users");
    logged.mockRestore();
    const left = await database.select({ id: verification.id }).from(verification);
    expect(left.map(({ id }) => id)).not.toContain("beside");
    await env.DB.prepare("DROP TABLE own_row").run();
  });
});

it("removes a backlog in one run", async () => {
  const expiredAt = Date.now() - 1000;
  await env.DB.prepare(
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1700)
     INSERT INTO throttle (key, tries, expires_at) SELECT 'backlog:' || i, 1, ? FROM n`,
  )
    .bind(expiredAt)
    .run();
  await removeExpired(guarded, { now: Date.now(), auditRetentionDays: 30 });
  const left = await env.DB.prepare(
    "SELECT count(*) AS count FROM throttle WHERE key LIKE 'backlog:%'",
  ).first<number>("count");
  expect(left).toBe(0);
});

it("is one caller's to run in each interval", async () => {
  const run = (now: number) => claimRun(guarded, "test", { now, intervalSeconds: 60 });
  const start = Date.now();
  const claims = await Promise.all([run(start), run(start), run(start)]);
  expect(claims.filter(Boolean)).toHaveLength(1);
  expect(await run(start + 59_000)).toBe(false);
  expect(await run(start + 61_000)).toBe(true);
});

it("runs from the cron trigger", async () => {
  const { app } = openApp();
  const at = new Date(Date.now() - 1000);
  await database.insert(verification).values({
    id: "cron",
    identifier: "cron",
    value: "x",
    expiresAt: at,
    createdAt: at,
    updatedAt: at,
  });
  await app.scheduled();
  const rows = await database.select().from(verification);
  expect(rows.map(({ id }) => id)).not.toContain("cron");
});
