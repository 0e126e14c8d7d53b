/**
 * A support session that wants to become the account: longer, with credentials of its own, or as another admin. Every route
 * of the OpenAPI document is tried, so that one that somebody adds is refused or has to be listed here.
 */
import { beforeAll, describe, expect, it } from "vitest";
import { bearerOf, enrol, password, type Browser, type Person } from "../people.ts";
import { readOperations, type Schema } from "./operations.ts";
import { startTarget, type Target } from "./target.ts";

let target: Target;

beforeAll(async () => {
  target = await startTarget({ cheapHashes: true });
  return target.stop;
});

const adminCookie = "__Host-better-auth.admin_session";

async function impersonate(
  admin?: Person,
): Promise<{ admin: Person; victim: Person; browser: Browser }> {
  admin ??= await target.enterAdmin();
  const victim = await target.enter();
  const started = await admin.browser.post("/api/auth/admin/impersonate-user", {
    userId: victim.id,
  });
  expect(started.status).toBe(200);
  return { admin, victim, browser: admin.browser };
}

async function userOf(browser: Browser): Promise<string | undefined> {
  const { body } = await browser.get<{ user?: { id: string } }>("/api/auth/session");
  return body.user?.id;
}

async function column<Value>(sql: string, ...values: string[]): Promise<Value[]> {
  const rows = await target.database
    .prepare(sql)
    .bind(...values)
    .raw<[Value]>();
  return rows.map(([value]) => value);
}

/** What support needs, and what nobody has to be signed in for. */
const open = new Set([
  "GET /get-session",
  "POST /get-session",
  "GET /session",
  "POST /sign-out",
  "POST /admin/stop-impersonating",
  "GET /list-sessions",
  "GET /list-accounts",
  "GET /token",
  "POST /admin/has-permission",
  "POST /organization/has-permission",
  "POST /organization/set-active",
  "GET /organization/list",
  "GET /organization/get-full-organization",
  "GET /organization/list-members",
  "GET /organization/list-invitations",
  "GET /organization/list-user-invitations",
  "GET /organization/get-invitation",
  "GET /organization/get-active-member",
  "GET /organization/get-active-member-role",
  "GET /organization/list-roles",
  "GET /organization/get-role",
  "GET /ok",
  "GET /error",
  "GET /jwks",
  "GET /openapi.json",
  "GET /platform/sign-in-options",
]);

/** Where a body that names nothing to change is refused, too. */
const changes: Record<string, object> = {
  "POST /admin/update-user": { userId: "x1", data: { name: "x1" } },
  "PATCH /platform/tenants/{id}": { name: "x1" },
  "POST /organization/update": { data: { name: "x1" } },
  "POST /organization/update-role": { roleId: "x1", data: { roleName: "x1" } },
};

/** The least that a schema takes: a body of another form is refused before anything is asked about who sends it. */
function example(schema: Schema): unknown {
  const { type, format, properties = {}, required = [] } = schema;
  if (schema.enum !== undefined) return schema.enum[0];
  const [choice] = schema.anyOf ?? schema.oneOf ?? [];
  if (choice !== undefined) return example(choice);
  switch (String([type].flat()[0])) {
    case "object":
      return Object.fromEntries(required.map((name) => [name, example(properties[name] ?? {})]));
    case "array":
      return [];
    case "boolean":
      return true;
    case "number":
    case "integer":
      return 1;
    default:
      return (
        { email: "x@example.com", uri: "https://example.com/" }[format ?? ""] ??
        "x".repeat(schema.minLength ?? 2)
      );
  }
}

describe("an impersonated session", () => {
  it("is refused every route but those of support", async () => {
    const { browser, victim } = await impersonate();
    const routes = (await readOperations(target)).filter(({ name }) => !open.has(name));
    expect(routes.length).toBeGreaterThan(60);
    const passed: string[] = [];
    for (const { name, method, path, body } of routes) {
      const filled = path.replaceAll(/\{(\w+)\}/g, "x1");
      const sent =
        method === "GET" || body === undefined ? undefined : (changes[name] ?? example(body));
      const answer = await browser.send<{ code?: string }>(method, `/api/auth${filled}`, sent);
      if (answer.body.code !== "NOT_WHILE_IMPERSONATING") {
        passed.push(`${name}: ${JSON.stringify(answer.body)}`);
      }
    }
    expect(passed).toEqual([]);
    expect(await userOf(browser)).toBe(victim.id);
  });

  it.each([
    ["/change-password", { currentPassword: password, newPassword: "an impersonator's own one" }],
    ["/change-email", { newEmail: "impersonator@example.com" }],
    ["/two-factor/enable", { password }],
    ["/delete-user", { password }],
    ["/revoke-sessions", {}],
    ["/sign-in/email", { email: "x@example.com", password }],
    ["/link-social", { provider: "google" }],
    ["/unlink-account", { accountId: "x1" }],
  ])("cannot %s, with the password known, and changes nothing", async (path, body) => {
    const { browser, victim } = await impersonate();
    const rows = () =>
      column<string>(
        "SELECT json_array(u.email, u.two_factor_enabled, a.password, (SELECT count(*) FROM session s WHERE s.user_id = u.id)) FROM user u JOIN account a ON a.user_id = u.id WHERE u.id = ?",
        victim.id,
      );
    const before = await rows();
    expect(before).toHaveLength(1);
    const answer = await browser.post(`/api/auth${path}`, body);
    expect(answer).toMatchObject({ status: 403, body: { code: "NOT_WHILE_IMPERSONATING" } });
    expect(await rows()).toEqual(before);
  });

  it("is refused as a bearer, however that is spelled, and signs out the admin with it", async () => {
    const { browser, admin, victim } = await impersonate();
    const token = (await bearerOf(browser, target.secret)).slice("Bearer ".length);
    const escaped = (text: string) =>
      text.replaceAll(/./g, (one) => `%${one.charCodeAt(0).toString(16)}`);
    const [secret = "", signature = ""] = token.split(".");
    const spellings = [
      `Bearer ${token}`,
      `bearer   ${token}`,
      `Bearer ${token.replaceAll("-", "%2D")}`,
      `Bearer ${token.replaceAll("-", "%2d")}`,
      `Bearer ${escaped(secret)}.${signature}`,
      `Bearer ${escaped(secret)}.${escaped(signature)}`,
    ];
    for (const authorization of spellings) {
      const answer = await target
        .open()
        .post("/api/auth/two-factor/enable", { password }, { authorization });
      expect([authorization, answer.body["code"]]).toEqual([
        authorization,
        "NOT_WHILE_IMPERSONATING",
      ]);
    }
    const twice = { authorization: `Bearer ${token.replaceAll("-", "%252D")}` };
    expect((await target.open().get("/api/auth/session", twice)).body).toEqual({ session: null });
    expect((await target.open().post("/api/auth/change-password", {}, twice)).status).not.toBe(200);

    const [, , dashes = ""] = spellings;
    await target.open().post("/api/auth/sign-out", {}, { authorization: dashes });
    expect(
      await column("SELECT id FROM session WHERE user_id IN (?, ?)", admin.id, victim.id),
    ).toHaveLength(1);
  });

  it("lasts an hour in its row, and its tokens no longer than it", async () => {
    const { browser, victim, admin } = await impersonate();
    const [seconds] = await column<number>(
      "SELECT (expires_at - created_at) / 1000 FROM session WHERE impersonated_by = ?",
      admin.id,
    );
    expect(seconds).toBeGreaterThan(3590);
    expect(seconds).toBeLessThanOrEqual(3600);
    const soon = Date.now() + 120_000;
    await target.database
      .prepare("UPDATE session SET expires_at = ? WHERE impersonated_by = ?")
      .bind(soon, admin.id)
      .run();
    browser.cookies.delete("__Host-better-auth.dont_remember");
    expect(await userOf(browser)).toBe(victim.id);
    const { body } = await browser.get<{ token: string }>("/api/auth/token");
    const claims = JSON.parse(atob(body.token.split(".")[1] ?? "")) as { exp: number };
    expect(claims).toMatchObject({ sub: victim.id, impersonatedBy: admin.id });
    expect(claims.exp).toBe(Math.floor(soon / 1000));
    const [expires] = await column<number>(
      "SELECT expires_at FROM session WHERE impersonated_by = ?",
      admin.id,
    );
    expect(expires).toBe(soon);
  });

  it("leaves events of its start, of what was refused and of its end, with both names", async () => {
    const { browser, victim, admin } = await impersonate();
    await browser.post("/api/auth/two-factor/enable", { password });
    await browser.post("/api/auth/admin/stop-impersonating");
    const { results } = await target.database
      .prepare(
        "SELECT event, actor_id, impersonated_by, subject_id FROM audit_event WHERE actor_id IN (?1, ?2) AND event LIKE 'impersonation.%' ORDER BY id",
      )
      .bind(admin.id, victim.id)
      .all();
    expect(results).toEqual([
      {
        event: "impersonation.started",
        actor_id: admin.id,
        impersonated_by: null,
        subject_id: victim.id,
      },
      {
        event: "impersonation.refused",
        actor_id: victim.id,
        impersonated_by: admin.id,
        subject_id: null,
      },
      {
        event: "impersonation.ended",
        actor_id: victim.id,
        impersonated_by: admin.id,
        subject_id: null,
      },
    ]);
  });
});

describe("an impersonation ends with the admin's", () => {
  it.each<
    [string, (people: { admin: Person; second: Person; elsewhere: Browser }) => Promise<unknown>]
  >([
    [
      "ban",
      async ({ admin, second }) =>
        second.browser.post("/api/auth/admin/ban-user", { userId: admin.id }),
    ],
    [
      "demotion",
      async ({ admin, second }) =>
        second.browser.post("/api/auth/admin/set-role", { userId: admin.id, role: "user" }),
    ],
    [
      "deletion",
      async ({ admin, second }) =>
        second.browser.post("/api/auth/admin/remove-user", { userId: admin.id }),
    ],
    [
      "sessions, revoked",
      async ({ admin, second }) =>
        second.browser.post("/api/auth/admin/revoke-user-sessions", { userId: admin.id }),
    ],
    [
      "sign-out elsewhere of all other sessions",
      async ({ elsewhere }) => elsewhere.post("/api/auth/revoke-other-sessions"),
    ],
  ])("%s", async (_name, end) => {
    const second = await target.enterAdmin();
    const { browser, admin, victim } = await impersonate();
    const elsewhere = await target.enterElsewhere(admin);
    expect(await userOf(browser)).toBe(victim.id);
    expect(await end({ admin, second, elsewhere })).toMatchObject({ status: 200 });
    expect(await userOf(browser)).toBeUndefined();
    expect((await browser.post("/api/auth/admin/stop-impersonating")).status).toBe(401);
  });

  it("session, and not with another session of the admin's", async () => {
    const { browser, admin, victim } = await impersonate();
    const elsewhere = await target.enterElsewhere(admin);
    await elsewhere.post("/api/auth/sign-out");
    expect(await userOf(browser)).toBe(victim.id);
  });

  it("and not with a sign-out that is refused", async () => {
    const { browser, victim } = await impersonate();
    const answer = await browser.post("/api/auth/sign-out", { disableRedirect: null });
    expect(answer).toMatchObject({ status: 400, body: { code: "VALIDATION_ERROR" } });
    expect(await userOf(browser)).toBe(victim.id);
    expect((await browser.post("/api/auth/admin/stop-impersonating")).status).toBe(200);
  });

  it("when the impersonator signs out, and leaves no session of theirs behind", async () => {
    const { browser, admin } = await impersonate(await target.signUpAdmin());
    const [kept] = await column("SELECT id FROM session WHERE user_id = ?", admin.id);
    expect(kept).toBeDefined();
    expect((await browser.post("/api/auth/sign-out")).status).toBe(200);
    expect(await column("SELECT id FROM session WHERE user_id = ?", admin.id)).toEqual([]);
    // It opens nothing: it keeps the tries of this device apart from those of strangers.
    expect([...browser.cookies.keys()]).toEqual(["__Host-better-auth.known_device"]);
  });
});

describe("the way back", () => {
  it.each<[string, () => Promise<string | undefined>]>([
    ["no cookie", async () => undefined],
    ["a forged cookie", async () => "forged%3A.c2lnbmF0dXJl"],
    [
      "another admin's cookie",
      async () => {
        const other = await impersonate();
        return other.browser.cookies.get(adminCookie);
      },
    ],
  ])("with %s leads to nobody, and ends the impersonation", async (_name, cookie) => {
    const { browser, victim } = await impersonate();
    const value = await cookie();
    if (value === undefined) browser.cookies.delete(adminCookie);
    else browser.cookies.set(adminCookie, value);
    const impersonated = new Map(browser.cookies);
    const answer = await browser.post("/api/auth/admin/stop-impersonating");
    expect(answer).toMatchObject({ status: 403, body: { code: "IMPERSONATOR_SIGNED_OUT" } });
    expect(await userOf(browser)).toBeUndefined();
    for (const [name, kept] of impersonated) browser.cookies.set(name, kept);
    expect(await userOf(browser)).toBeUndefined();
    expect(
      await column(
        "SELECT id FROM session WHERE impersonated_by IS NOT NULL AND user_id = ?",
        victim.id,
      ),
    ).toEqual([]);
  });
});

describe("another admin", () => {
  it("cannot be impersonated", async () => {
    const [admin, other] = [await target.enterAdmin(), await target.enterAdmin()];
    const answer = await admin.browser.post("/api/auth/admin/impersonate-user", {
      userId: other.id,
    });
    expect(answer.status).toBe(403);
    expect(await userOf(admin.browser)).toBe(admin.id);
  });

  it("is not impersonated any more once the user has become one", async () => {
    const second = await target.enterAdmin();
    const { browser, victim } = await impersonate();
    const promoted = await second.browser.post("/api/auth/admin/set-role", {
      userId: victim.id,
      role: "platform-admin",
    });
    expect(promoted.status).toBe(200);
    expect(await userOf(browser)).toBeUndefined();
  });

  it("is not the impersonator: their own session goes on as it was, without another challenge", async () => {
    const admin = await target.enterAdmin();
    await enrol(admin.browser);
    const victim = await target.enter();
    await admin.browser.post("/api/auth/admin/impersonate-user", { userId: victim.id });
    await admin.browser.post("/api/auth/admin/stop-impersonating");
    expect(await userOf(admin.browser)).toBe(admin.id);
  });
});
