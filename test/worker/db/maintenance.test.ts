import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { openDatabase } from "../../../src/worker/db/database.ts";
import { claimRun, removeExpired } from "../../../src/worker/db/maintenance.ts";
import {
  auditEvent,
  emailOutbox,
  jwks,
  session,
  verification,
} from "../../../src/worker/db/schema.ts";
import { database, openApp, enter } from "../browser.ts";

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
