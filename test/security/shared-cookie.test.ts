/**
 * Every app of the platform receives the session cookie of its visitors. What an app's server can do with the value that it
 * was sent, and what an app's page can do in a visitor's browser.
 */
import { beforeAll, describe, expect, it } from "vitest";
import { bearerOf, newEmail, password, type Browser, type Person } from "../people.ts";
import { call, readOperations, readRows, type Operation } from "./operations.ts";
import { plantVictim, type Cast } from "./plant.ts";
import { requests, type Victim } from "./requests.ts";
import { startTarget, type Target } from "./target.ts";

let target: Target;

const sessionCookie = "__Secure-better-auth.session_token";
const bindingCookie = "__Host-better-auth.session_binding";
const app = "https://notes.app.default.k3m9p2xw7q.nno.app";

beforeAll(async () => {
  target = await startTarget({ cheapHashes: true });
  return target.stop;
});

const shared = ({ browser }: Person) => `${sessionCookie}=${browser.cookies.get(sessionCookie)}`;

/** What the value itself gives: the binding of earlier releases was its last part. */
const computed = ({ browser }: Person) => {
  const value = decodeURIComponent(browser.cookies.get(sessionCookie) ?? "");
  const token = value.slice(0, value.lastIndexOf("."));
  return [token, token.split("-").at(-1) ?? "", value.slice(token.length + 1)];
};

/** A program that is no browser and has no cookies of its own. Undefined headers are not sent. */
async function program(
  method: string,
  path: string,
  headers: Record<string, string>,
  body?: unknown,
) {
  const response = await target.fetch(
    new Request(new URL(path, target.authUrl), {
      method,
      headers: {
        "cf-connecting-ip": "198.51.100.7",
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }),
  );
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: text.startsWith("{") ? (JSON.parse(text) as Record<string, unknown>) : undefined,
  };
}

describe("an app's server that replays the shared cookie", () => {
  const requests: [string, string, object][] = [
    ["POST", "/api/auth/organization/create", { name: "Replayed", slug: "replayed" }],
    ["POST", "/api/auth/update-user", { name: "Replayed" }],
    ["POST", "/api/auth/revoke-other-sessions", {}],
    ["POST", "/api/auth/sign-out", {}],
    ["POST", "/api/auth/change-email", { newEmail: "replayed@example.com" }],
    ["POST", "/api/auth/two-factor/enable", { password }],
    ["POST", "/api/auth/change-password", { currentPassword: password, newPassword: password }],
  ];

  it.each(requests)("is refused %s %s", async (method, path, body) => {
    const ada = await target.enter();
    for (const binding of [undefined, ...computed(ada), "x".repeat(43)]) {
      const cookie = [
        shared(ada),
        ...(binding === undefined ? [] : [`${bindingCookie}=${encodeURIComponent(binding)}`]),
      ];
      const headers = { cookie: cookie.join("; "), origin: target.consoleUrl };
      const asBrowser = await program(method, path, headers, body);
      const asProgram = await program(method, path, { cookie: headers.cookie }, body);
      expect(asProgram).toMatchObject({ status: 401, body: { code: "SESSION_NOT_BOUND" } });
      expect([200, 401]).toContain(asBrowser.status);
    }
    expect((await ada.browser.session()).user).toMatchObject({ id: ada.id, name: "Ada Lovelace" });
    const { results } = await target.database
      .prepare("SELECT id FROM member WHERE user_id = ?")
      .bind(ada.id)
      .all();
    expect(results).toEqual([]);
  });

  it("reads the session and fetches a token, and gets nothing that does more", async () => {
    const ada = await target.enter();
    // So old that reading it prolongs it, which sets cookies.
    await target.database
      .prepare(
        "UPDATE session SET created_at = created_at - ?1, expires_at = expires_at - ?1 WHERE user_id = ?2",
      )
      .bind(2 * 24 * 60 * 60 * 1000, ada.id)
      .run();
    for (const path of ["/api/auth/get-session", "/api/auth/session", "/api/auth/token"]) {
      const answer = await program("GET", path, { cookie: shared(ada) });
      expect(answer.status).toBe(200);
      expect(answer.headers.get("set-auth-token")).toBeNull();
      expect(answer.headers.getSetCookie().join()).not.toContain(bindingCookie);
    }
    const read = await program("GET", "/api/auth/session", { cookie: shared(ada) });
    expect(read.body).toMatchObject({ user: { id: ada.id } });
    expect(await program("GET", "/api/auth/list-sessions", { cookie: shared(ada) })).toMatchObject({
      status: 401,
      body: { code: "SESSION_NOT_BOUND" },
    });
  });

  it("is refused the value as a program's token", async () => {
    const ada = await target.enter();
    const value = ada.browser.cookies.get(sessionCookie) ?? "";
    for (const spelled of [
      value,
      decodeURIComponent(value),
      decodeURIComponent(value).replace("-", "%2D"),
    ]) {
      const authorization = `Bearer ${spelled}`;
      const answer = await program(
        "POST",
        "/api/auth/update-user",
        { authorization },
        { name: "Eve" },
      );
      expect(answer).toMatchObject({ status: 401 });
    }
    const read = await program("GET", "/api/auth/list-sessions", {
      authorization: `Bearer ${value}`,
    });
    expect(read.status).toBe(401);
  });

  it.each([
    ["sec-fetch-site", "same-site"],
    ["origin", app],
    ["upgrade", "websocket"],
    ["sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="],
    ["sec-fetch-mode", "navigate"],
    ["sec-gpc", "1"],
  ])(
    "is a browser if it says so by %s, and signed out without the binding",
    async (name, value) => {
      const ada = await target.enter();
      for (const path of ["session", "get-session"]) {
        const headers = { cookie: shared(ada), [name]: value };
        const answer = await program("GET", `/api/auth/${path}`, headers);
        expect(answer.status).toBe(200);
        expect(answer.body?.["user"]).toBeUndefined();
      }
      const headers = { cookie: shared(ada), [name]: value };
      expect((await program("GET", "/api/auth/token", headers)).status).toBe(401);
    },
  );
});

describe("a program", () => {
  it("acts with the token that its sign-in handed out", async () => {
    const { email, id } = await target.enter();
    const signedIn = await program("POST", "/api/auth/sign-in/email", {}, { email, password });
    const authorization = `Bearer ${signedIn.headers.get("set-auth-token")}`;
    const renamed = await program(
      "POST",
      "/api/auth/update-user",
      { authorization },
      { name: "Ada's program" },
    );
    expect(renamed.status).toBe(200);
    const read = await program("GET", "/api/auth/session", { authorization });
    expect(read.body).toMatchObject({ user: { id, name: "Ada's program" } });
  });

  it("keeps the cookies of its sign-in and acts with both", async () => {
    const { email } = await target.enter();
    const browser = target.open();
    await browser.post("/api/auth/sign-in/email", { email, password });
    const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    expect((await program("GET", "/api/auth/list-sessions", { cookie })).status).toBe(200);
  });
});

describe("a page of another app of the platform", () => {
  let operations: Operation[];
  let root: Person;
  let cast: Cast;
  let victim: Victim;

  beforeAll(async () => {
    const people = await Promise.all(["Bo", "Bea", "Ben", "Gus"].map(target.enter));
    const [owner, admin, member, guest] = people as [Person, Person, Person, Person];
    root = await target.enterAdmin();
    cast = { owner, admin, member, guest };
    victim = await plantVictim(target, cast);
    operations = await readOperations(target);
  });

  /** What the pages of apps need; everything else is the console's. */
  const forApps =
    /\/(session|get-session|sign-out|list-sessions|revoke-(other-)?sessions?|update-session|token|jwks|ok|error|openapi\.json|sign-(in|up)\/.*|callback\/.*|request-password-reset|reset-password\/.*|update-user|send-verification-email|verify-email|two-factor\/(verify-.*|send-otp)|list-accounts|account-info|platform\/sign-in-options|organization\/(list.*|get-.*|check-slug|create|set-active|has-permission|members|accept-invitation|reject-invitation)|admin\/(has-permission|stop-impersonating))$/;

  it("administers nothing, changes no credentials and deletes nothing", async () => {
    const before = await readRows(target, ["audit_event"]);
    const passed: unknown[] = [];
    for (const operation of operations) {
      if (forApps.test(operation.path)) continue;
      const [{ permitted, ...told } = { permitted: [] }] = requests[operation.name]?.(victim) ?? [];
      const [role = "self"] = permitted;
      const person = role === "platform-admin" ? root : role === "self" ? cast.owner : cast[role];
      const headers = { origin: app, "sec-fetch-site": "same-site" };
      const { status, body } = await call(person.browser, operation, { ...told, headers });
      const { code } = (body ?? {}) as { code?: string };
      if (status !== 403 || code !== "CONSOLE_ORIGIN_REQUIRED") {
        passed.push([operation.name, status, body]);
      }
    }
    expect(passed).toEqual([]);
    expect(await readRows(target, ["audit_event"])).toEqual(before);
  });

  it("makes no platform admin with an admin's cookies, and the console does", async () => {
    const admin = await target.enterAdmin();
    const body = {
      name: "Eve",
      email: newEmail(),
      password: "marble orbit 58 lanterns",
      role: "platform-admin",
    };
    const create = async (headers: Record<string, string>) =>
      admin.browser.post("/api/auth/admin/create-user", body, headers);
    expect(await create({ origin: app })).toMatchObject({
      status: 403,
      body: { code: "CONSOLE_ORIGIN_REQUIRED" },
    });
    const authorization = await bearerOf(admin.browser, target.secret);
    expect((await create({ origin: app, authorization })).status).toBe(403);
    expect((await create({})).status).toBe(200);
  });

  // A plugin's page there has a script of somebody else's, as Better Auth's `openAPI()` does.
  it("has no more power on the auth host itself, where it is trusted with the claim alone", async () => {
    const admin = await target.enterAdmin();
    const body = { name: "Eve", email: newEmail(), password: "marble orbit 58 lanterns" };
    const refused = { status: 403, body: { code: "CONSOLE_ORIGIN_REQUIRED" } };
    const origin = target.authUrl;
    const sameOrigin = { "sec-fetch-site": "same-origin", "sec-fetch-mode": "cors" };
    const created = await admin.browser.post("/api/auth/admin/create-user", body, { origin });
    expect(created).toMatchObject(refused);
    // A browser sends no Origin with a GET to the page's own host.
    const listed = await target.fetch(
      new Request(`${target.authUrl}/api/auth/admin/list-users`, {
        headers: {
          cookie: [...admin.browser.cookies].map(([name, value]) => `${name}=${value}`).join("; "),
          ...sameOrigin,
        },
      }),
    );
    expect({ status: listed.status, body: await listed.json() }).toMatchObject(refused);
    const headers = { origin, ...sameOrigin };
    const claimed = await target
      .open()
      .post("/api/auth/platform/claim", { token: "x".repeat(43) }, headers);
    expect(claimed.body["code"]).toBe("CLAIM_REFUSED");
    const ended = await target
      .open()
      .post("/api/auth/end-sessions", { token: "x".repeat(43) }, headers);
    expect(ended.body["code"]).toBe("INVALID_TOKEN");
  });

  it("goes on with what apps are for", async () => {
    const ada = await target.enter();
    const from = async (browser: Browser, path: string, body: object) =>
      browser.post(path, body, { origin: app, "sec-fetch-site": "same-site" });
    expect((await ada.browser.get("/api/auth/token", { origin: app })).status).toBe(200);
    const created = await from(ada.browser, "/api/auth/organization/create", {
      name: "Notes",
      slug: "notes",
    });
    expect(created.status).toBe(200);
    expect((await from(ada.browser, "/api/auth/sign-out", {})).status).toBe(200);
    const { email } = ada;
    expect((await from(target.open(), "/api/auth/sign-in/email", { email, password })).status).toBe(
      200,
    );
  });
});

it("hands out no token of a provider unless the owner asks for it", async () => {
  const ada = await target.enter();
  for (const path of ["/api/auth/get-access-token", "/api/auth/refresh-token"]) {
    const answer = await ada.browser.post(path, { accountId: "an-account" });
    expect(answer).toMatchObject({ status: 403, body: { code: "PROVIDER_TOKENS_OFF" } });
  }
});
