import { env } from "cloudflare:workers";
import { desc, eq } from "drizzle-orm";
import { beforeEach, describe, expect, it } from "vitest";
import { auditEvent, platformClaim, user } from "../../../../src/worker/db/schema.ts";
import {
  bearerOf,
  createTenant,
  database,
  enrol,
  newEmail,
  openApp,
  password,
  enter,
  enterAdmin,
  secret,
} from "../../browser.ts";

const opened = openApp();
const dayMilliseconds = 24 * 60 * 60 * 1000;

/** What the provisioning job does: a random token, of which the database keeps the hash. */
async function issueClaim(options: { email?: string; expiresAt?: Date } = {}): Promise<string> {
  const token = crypto.randomUUID() + crypto.randomUUID();
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(token));
  await database.insert(platformClaim).values({
    tokenHash: [...new Uint8Array(digest)]
      .map((byte) => byte.toString(16).padStart(2, "0"))
      .join(""),
    email: options.email,
    createdAt: new Date(),
    expiresAt: options.expiresAt ?? new Date(Date.now() + dayMilliseconds),
  });
  return token;
}

/** As the platform was before its first admin: past the rule that a platform keeps its last one. */
async function demoteEverybody(): Promise<void> {
  const rule = "user_last_platform_admin_update";
  const sql = await env.DB.prepare("SELECT sql FROM sqlite_master WHERE name = ?")
    .bind(rule)
    .first<string>("sql");
  await env.DB.batch(
    [`DROP TRIGGER ${rule}`, "UPDATE user SET role = 'user'", sql ?? ""].map((statement) =>
      env.DB.prepare(statement),
    ),
  );
}

async function admins() {
  return database.select().from(user).where(eq(user.role, "platform-admin"));
}

describe("the first admin's claim", () => {
  beforeEach(async () => {
    await demoteEverybody();
  });

  it("makes a new account a platform admin, without any mail", async () => {
    const token = await issueClaim();
    const browser = opened.open();
    const email = newEmail();
    const account = { name: "Grace", email, password };
    const claimed = await browser.post("/api/auth/platform/claim", { token, account });
    expect(claimed.status).toBe(200);
    await browser.post("/api/auth/sign-in/email", { email, password });
    expect((await browser.session()).user).toMatchObject({
      role: "platform-admin",
      emailVerified: true,
    });
    const [event] = await database
      .select()
      .from(auditEvent)
      .where(eq(auditEvent.event, "platform.claimed"));
    expect(event?.actorId).toBe((await browser.session()).user.id);
  });

  it("makes the signed-in user one, with this session and no other", async () => {
    const ada = await enter(opened);
    const elsewhere = opened.open();
    await elsewhere.post("/api/auth/sign-in/email", { email: ada.email, password });
    const token = await issueClaim();
    expect((await ada.browser.post("/api/auth/platform/claim", { token })).status).toBe(200);
    expect((await ada.browser.session()).user.role).toBe("platform-admin");
    expect(await elsewhere.session()).toEqual({ session: null });
  });

  it("works once, also when two use it at once", async () => {
    const token = await issueClaim();
    const account = () => ({ name: "Grace", email: newEmail(), password });
    const claim = () =>
      opened.open().post("/api/auth/platform/claim", { token, account: account() });
    const answers = await Promise.all([claim(), claim(), claim()]);
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 403, 403]);
    expect(await admins()).toHaveLength(1);
    expect((await claim()).status).toBe(403);
  });

  it("of two tokens at once makes one admin", async () => {
    const tokens = [await issueClaim(), await issueClaim()];
    const answers = await Promise.all(
      tokens.map((token) =>
        opened.open().post("/api/auth/platform/claim", {
          token,
          account: { name: "Grace", email: newEmail(), password },
        }),
      ),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 403]);
    expect(await admins()).toHaveLength(1);
  });

  it.each([
    ["unknown", async () => "x".repeat(40)],
    ["expired", async () => issueClaim({ expiresAt: new Date(Date.now() - 1) })],
    ["for another address", async () => issueClaim({ email: "somebody.else@example.com" })],
  ])("is refused when it is %s", async (_name, issue) => {
    const answer = await opened.open().post("/api/auth/platform/claim", {
      token: await issue(),
      account: { name: "Eve", email: newEmail(), password },
    });
    expect(answer.status).toBe(403);
    expect(answer.body).toMatchObject({ code: "CLAIM_REFUSED" });
    expect(await admins()).toEqual([]);
  });

  it("keeps no token in the database", async () => {
    const token = await issueClaim();
    expect(JSON.stringify(await database.select().from(platformClaim))).not.toContain(token);
  });

  it("is kept when the address has an account, so that its owner can sign in and use it", async () => {
    const ada = await enter(opened);
    const token = await issueClaim();
    const account = { name: "Ada", email: ada.email, password };
    const refused = await opened.open().post("/api/auth/platform/claim", { token, account });
    expect(refused.status).toBe(409);
    expect((await ada.browser.post("/api/auth/platform/claim", { token })).status).toBe(200);
  });
});

describe("platform admins who must have two-factor authentication", () => {
  const strict = openApp({ platformAdminsNeedTwoFactor: true });

  it("act as such only once they have it", async () => {
    const admin = await enterAdmin(strict);
    for (const path of [
      "/api/auth/platform/tenants",
      "/api/auth/admin/list-users?limit=1",
      "/api/auth/token",
    ]) {
      const refused = await admin.browser.get(path);
      expect(refused.status).toBe(403);
      expect(refused.body).toMatchObject({ code: "TWO_FACTOR_REQUIRED" });
    }
    await enrol(admin.browser);
    for (const path of [
      "/api/auth/platform/tenants",
      "/api/auth/admin/list-users?limit=1",
      "/api/auth/token",
    ]) {
      expect((await admin.browser.get(path)).status).toBe(200);
    }
  });

  it("are held to it with a bearer token too", async () => {
    const admin = await enterAdmin(strict);
    const bearer = { authorization: await bearerOf(admin.browser, secret) };
    const session = await strict.open().get("/api/auth/session", bearer);
    expect(session.body).toMatchObject({ user: { id: admin.id } });
    const refused = await strict.open().get("/api/auth/platform/tenants", bearer);
    expect(refused).toMatchObject({ status: 403, body: { code: "TWO_FACTOR_REQUIRED" } });
    const forged = { authorization: "Bearer forged.signature" };
    const beside = await admin.browser.get("/api/auth/platform/tenants", forged);
    expect(beside).toMatchObject({ status: 403, body: { code: "TWO_FACTOR_REQUIRED" } });
  });
});

describe("the audit log", () => {
  async function lastEvent() {
    const [event] = await database.select().from(auditEvent).orderBy(desc(auditEvent.id)).limit(1);
    return event;
  }

  it("has sign-ins and failures, with address and agent", async () => {
    const ada = await enter(opened);
    const headers = { "cf-connecting-ip": "198.51.100.7", "user-agent": "Test/1.0" };
    const body = { email: ada.email, password };
    await opened.open().post("/api/auth/sign-in/email", body, headers);
    expect(await lastEvent()).toMatchObject({
      event: "session.created",
      actorId: ada.id,
      ipAddress: "198.51.100.7",
      userAgent: "Test/1.0",
    });
    await opened.open().post("/api/auth/sign-in/email", { ...body, password: "wrong" }, headers);
    const failed = await lastEvent();
    expect(failed).toMatchObject({ event: "sign_in.failed", ipAddress: "198.51.100.7" });
    expect(JSON.parse(failed?.detail ?? "")).toEqual({ email: ada.email });
  });

  it("names the admin and the user of an impersonation", async () => {
    const [admin, ada] = [await enterAdmin(opened), await enter(opened)];
    await admin.browser.post("/api/auth/admin/impersonate-user", { userId: ada.id });
    expect(await lastEvent()).toMatchObject({
      event: "impersonation.started",
      actorId: admin.id,
      subjectId: ada.id,
    });
    await admin.browser.post("/api/auth/two-factor/enable", { password });
    expect(await lastEvent()).toMatchObject({
      event: "impersonation.refused",
      actorId: ada.id,
      impersonatedBy: admin.id,
    });
  });

  it("is read by a tenant's owners for their own tenant, and by its members not", async () => {
    const [ada, bob] = [await enter(opened), await enter(opened)];
    const [hers, his] = [
      await createTenant(ada.browser, "audit-hers"),
      await createTenant(bob.browser, "audit-his"),
    ];
    const read = (browser: typeof ada.browser, tenantId: string) =>
      browser.get<{ events: { tenantId: string }[] }>(
        `/api/auth/platform/audit-events?tenantId=${tenantId}`,
      );
    const own = await read(ada.browser, hers.id);
    expect(own.status).toBe(200);
    expect(new Set(own.body.events.map(({ tenantId }) => tenantId))).toEqual(new Set([hers.id]));
    expect((await read(ada.browser, his.id)).status).toBe(403);
  });

  it("is paged, newest first", async () => {
    const admin = await enterAdmin(opened);
    const seen: number[] = [];
    let cursor: number | null = null;
    do {
      const query: string = cursor === null ? "" : `&cursor=${cursor}`;
      const page: { body: { events: { id: number }[]; nextCursor: number | null } } =
        await admin.browser.get(`/api/auth/platform/audit-events?limit=20${query}`);
      seen.push(...page.body.events.map(({ id }) => id));
      cursor = page.body.nextCursor;
    } while (cursor !== null);
    expect(seen).toEqual(seen.toSorted((a, b) => b - a));
    expect(new Set(seen).size).toBe(seen.length);
    const rows = await database.select().from(auditEvent);
    expect(seen.length).toBe(rows.length);
  });
});
