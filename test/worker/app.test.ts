import { env, exports } from "cloudflare:workers";
import { createExecutionContext } from "cloudflare:test";
import { HTTPException } from "hono/http-exception";
import { describe, expect, it, vi } from "vitest";
import { expectedMigrations } from "../../src/worker/health.ts";
import { createAuthApp } from "../../src/worker/app.ts";
import { auth } from "./auth-instance.ts";
import { authUrl, consoleUrl, enter, openApp, signUp } from "./browser.ts";

const opened = openApp();

describe("GET /api/auth/session", () => {
  it("answers that nobody is signed in", async () => {
    const answer = await opened.app.fetch(new Request(`${authUrl}/api/auth/session`));
    expect(answer.status).toBe(200);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(await answer.text()).toBe('{"session":null}');
  });

  it("answers with session and user, without the token", async () => {
    const ada = await enter(opened);
    const answer = await ada.browser.get<{ session: object; user: object }>("/api/auth/session");
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(answer.body.user).toMatchObject({
      email: ada.email,
      role: "user",
      emailVerified: true,
      twoFactorEnabled: false,
    });
    expect(answer.body.session).toMatchObject({ activeOrganizationId: null, impersonatedBy: null });
    const cookie = ada.browser.cookies.get("__Secure-better-auth.session_token") ?? "";
    const [token = ""] = cookie.split(".");
    expect(token).toMatch(/^\w{32}-b-\w{16}$/);
    expect(JSON.stringify(answer.body)).not.toContain(token);
  });
});

describe("cookies", () => {
  it("give the session to every host of the platform, and to scripts and http never", async () => {
    const ada = await enter(opened);
    await ada.browser.post("/api/auth/sign-out");
    await ada.browser.post("/api/auth/sign-in/email", {
      email: ada.email,
      password: "tortoise velvet 41 orchards",
    });
    expect(ada.browser.setCookies).toEqual([
      expect.stringMatching(
        /^__Secure-better-auth\.session_token=[^;]+; Max-Age=604800; Domain=\.k3m9p2xw7q\.nno\.app; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
      ),
      expect.stringMatching(
        /^__Host-better-auth\.known_device=[^;]+; Max-Age=15552000; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
      ),
      expect.stringMatching(
        /^__Host-better-auth\.session_binding=[\w-]{43}; Max-Age=604800; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
      ),
    ]);
  });

  it("stay on the host and work over http on localhost", async () => {
    const local = openApp({}, { AUTH_URL: "http://localhost:8787" });
    const ada = await signUp(local);
    await ada.browser.post("/api/auth/sign-out");
    const request = new Request("http://localhost:8787/api/auth/sign-in/email", {
      method: "POST",
      headers: { "content-type": "application/json", origin: "http://localhost:5173" },
      body: JSON.stringify({ email: ada.email, password: "tortoise velvet 41 orchards" }),
    });
    const answer = await local.app.fetch(request);
    expect(answer.headers.getSetCookie()).toEqual([
      expect.stringMatching(
        /^better-auth\.session_token=[^;]+; Max-Age=604800; Path=\/; HttpOnly; SameSite=Lax$/,
      ),
      expect.stringMatching(
        /^better-auth\.known_device=[^;]+; Max-Age=15552000; Path=\/; HttpOnly; SameSite=Lax$/,
      ),
    ]);
  });
});

describe("other origins", () => {
  it.each([
    ["https://console.app.default.k3m9p2xw7q.nno.app", true],
    ["https://shop.app.default.k3m9p2xw7q.nno.app", true],
    ["https://k3m9p2xw7q.nno.app", false],
    ["http://console.app.default.k3m9p2xw7q.nno.app", false],
    ["https://console.app.default.aaaaaaaaaa.nno.app", false],
    ["https://console.app.default.k3m9p2xw7q.nno.app.evil.example", false],
    ["https://evil.example/.k3m9p2xw7q.nno.app", false],
    ["https://console.app.default.k3m9p2xw7q.nno.app:8443", false],
    ["null", false],
  ])("%s may call with credentials: %s", async (origin, allowed) => {
    const answer = await opened.app.fetch(
      new Request(`${authUrl}/api/auth/session`, {
        method: "OPTIONS",
        headers: { origin, "access-control-request-method": "GET" },
      }),
    );
    expect(answer.headers.get("access-control-allow-origin")).toBe(allowed ? origin : null);
    expect(answer.headers.get("vary")).toMatch(/origin/i);
    const plain = await opened.app.fetch(
      new Request(`${authUrl}/api/auth/session`, { headers: { origin } }),
    );
    expect(plain.headers.get("access-control-allow-origin")).toBe(allowed ? origin : null);
    expect(plain.headers.get("access-control-allow-credentials")).toBe("true");
  });

  it("cannot change anything with a visitor's cookie", async () => {
    const ada = await enter(opened);
    for (const origin of ["https://console.app.default.aaaaaaaaaa.nno.app", "null"]) {
      const answer = await ada.browser.post("/api/auth/sign-out", {}, { origin });
      expect(answer.status).toBe(403);
    }
    expect((await ada.browser.session()).user.email).toBe(ada.email);
  });
});

describe("answers", () => {
  it("carry security headers", async () => {
    const answer = await opened.app.fetch(new Request(`${authUrl}/api/auth/session`));
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      "strict-transport-security": expect.stringContaining("max-age="),
      "x-content-type-options": "nosniff",
      "x-frame-options": "DENY",
      "referrer-policy": "no-referrer",
    });
  });

  it("are problem+json outside Better Auth's routes", async () => {
    const answer = await opened.app.fetch(new Request(`${authUrl}/nowhere`));
    expect(answer.status).toBe(404);
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    expect(await answer.json()).toMatchObject({ status: 404, code: "NOT_FOUND" });
  });

  it("of a body over 64 KiB is 413, also without a Content-Length", async () => {
    const body = JSON.stringify({ name: "x".repeat(70_000) });
    const headers = { "content-type": "application/json", origin: consoleUrl };
    const url = `${authUrl}/api/auth/sign-up/email`;
    const sized = await opened.app.fetch(new Request(url, { method: "POST", headers, body }));
    expect(sized.status).toBe(413);
    expect(await sized.json()).toMatchObject({ code: "BODY_TOO_LARGE" });
    const stream = new Blob([body]).stream();
    const streamed = await opened.app.fetch(
      new Request(url, { method: "POST", headers, body: stream }),
    );
    expect(streamed.status).toBe(413);
  });

  it("of a route of the owner's are the owner's", async () => {
    const { app } = openApp({ routes: (router) => router.get("/hello", (c) => c.text("hi")) });
    expect(await (await app.fetch(new Request(`${authUrl}/hello`))).text()).toBe("hi");
  });
});

describe("routes of the owner's", () => {
  const { app } = openApp({
    routes: (router) => {
      router.get("/bindings", (c) => c.json(c.env));
      router.get("/later", (c) => {
        c.executionCtx.waitUntil(Promise.resolve());
        return c.text("ok");
      });
      router.get("/forbidden", () => {
        throw new HTTPException(403, { message: "no" });
      });
      router.get("/broken", () => {
        throw new Error("planted-secret");
      });
    },
  });

  it("have the Worker's bindings and context", async () => {
    const context = createExecutionContext();
    const bindings = await app.fetch(new Request(`${authUrl}/bindings`), { A: "b" }, context);
    expect(await bindings.json()).toEqual({ A: "b" });
    const later = await app.fetch(new Request(`${authUrl}/later`), {}, context);
    expect(later.status).toBe(200);
  });

  it("answer what they throw, and hide what breaks", async () => {
    const forbidden = await app.fetch(new Request(`${authUrl}/forbidden`));
    expect(forbidden.status).toBe(403);
    const error = vi.spyOn(console, "error").mockReturnValue();
    const broken = await app.fetch(new Request(`${authUrl}/broken`));
    expect(broken.status).toBe(500);
    expect((await broken.text()) + error.mock.calls.join()).not.toContain("planted-secret");
    error.mockRestore();
  });

  it("refuse large bodies with problem+json", async () => {
    const body = "x".repeat(70_000);
    const answer = await app.fetch(new Request(`${authUrl}/bindings`, { method: "POST", body }));
    expect(answer.status).toBe(413);
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
  });
});

describe("GET /healthz", () => {
  it("says what runs, and which providers are off for want of credentials", async () => {
    const { app } = openApp(
      { socialProviders: ["google", "github"] },
      { RELEASE: "1.2.3", GOOGLE_CLIENT_ID: "id", GOOGLE_CLIENT_SECRET: "s3cret" },
    );
    const answer = await app.fetch(new Request(`${authUrl}/healthz`));
    const last = expectedMigrations.at(-1);
    expect(answer.status).toBe(200);
    const text = await answer.text();
    expect(JSON.parse(text)).toMatchObject({
      status: "ok",
      platformId: "k3m9p2xw7q",
      release: "1.2.3",
      schema: { applied: last, expected: last },
      socialProviders: {
        google: "on",
        github: "off: set GITHUB_CLIENT_ID and GITHUB_CLIENT_SECRET",
      },
    });
    expect(text).not.toContain("s3cret");
  });

  it("is not disturbed by a migration of a plugin that the owner has removed", async () => {
    const removed = "own/0000_removed.sql";
    await env.DB.prepare("INSERT INTO d1_migrations (name) VALUES (?)").bind(removed).run();
    const answer = await opened.app.fetch(new Request(`${authUrl}/healthz`));
    await env.DB.prepare("DELETE FROM d1_migrations WHERE name = ?").bind(removed).run();
    const last = expectedMigrations.at(-1);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ schema: { applied: last, expected: last } });
  });

  it("fails while a migration is missing", async () => {
    const last = expectedMigrations.at(-1);
    await env.DB.prepare("DELETE FROM d1_migrations WHERE name = ?").bind(last).run();
    const answer = await opened.app.fetch(new Request(`${authUrl}/healthz`));
    await env.DB.prepare("INSERT INTO d1_migrations (name) VALUES (?)").bind(last).run();
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({
      status: "failing",
      schema: { problem: `not applied: ${last}` },
    });
  });
});

describe("a provider", () => {
  it("that is listed without credentials is off, said in the log, and the rest works", async () => {
    const warn = vi.spyOn(console, "warn").mockReturnValue();
    const { open } = openApp({ socialProviders: ["github"] });
    expect(warn.mock.calls.flat().join()).toContain("github is off");
    warn.mockRestore();
    const answer = await open().post("/api/auth/sign-in/social", { provider: "github" });
    expect(answer.status).toBe(404);
    expect(await open().session()).toEqual({ session: null });
  });

  it("that Better Auth does not have is a mistake of the owner's", () => {
    expect(() => openApp({ socialProviders: ["gogle" as "google"] })).toThrow(/gogle/);
  });

  it("that needs more than credentials is off, and breaks nothing else", async () => {
    const warn = vi.spyOn(console, "warn").mockReturnValue();
    const credentials = { COGNITO_CLIENT_ID: "id", COGNITO_CLIENT_SECRET: "secret" };
    const { app, open } = openApp({ socialProviders: ["cognito"] }, credentials);
    warn.mockRestore();
    expect(await open().session()).toEqual({ session: null });
    const health = await app.fetch(new Request(`${authUrl}/healthz`));
    const { socialProviders } = await health.json<{ socialProviders: { cognito: string } }>();
    expect(socialProviders.cognito).toMatch(/^off: .*DOMAIN/);
    const whole = {
      provider: "cognito",
      domain: "a.auth.eu-1.amazoncognito.com",
      region: "eu-1",
      userPoolId: "p",
    } as const;
    const configured = openApp({ socialProviders: [whole] }, credentials);
    const answer = await configured
      .open()
      .post("/api/auth/sign-in/social", { provider: "cognito" });
    expect(answer.body["url"]).toContain("amazoncognito.com");
  });

  it("with credentials redirects to its own page, back to this Worker", async () => {
    const { open } = openApp(
      { socialProviders: ["google"] },
      { GOOGLE_CLIENT_ID: "the-id", GOOGLE_CLIENT_SECRET: "the-secret" },
    );
    const answer = await open().post<{ url: string }>("/api/auth/sign-in/social", {
      provider: "google",
    });
    const url = new URL(answer.body.url);
    expect(url.hostname).toBe("accounts.google.com");
    expect(url.searchParams.get("client_id")).toBe("the-id");
    expect(url.searchParams.get("redirect_uri")).toBe(`${authUrl}/api/auth/callback/google`);
  });
});

it("has a page for a claim link, which runs its own script alone and is told no token", async () => {
  const answer = await opened.app.fetch(new Request(`${authUrl}/claim`));
  const policy = answer.headers.get("content-security-policy") ?? "";
  const [, nonce] = /script-src 'nonce-([\w-]+)'/.exec(policy) ?? [];
  expect(policy).toContain("default-src 'none'");
  expect(nonce).toBeDefined();
  expect(await answer.text()).toContain(`<script nonce="${nonce}">`);
});

describe("a wrong configuration", () => {
  it("answers every request 503, naming the variables and never their values", async () => {
    const error = vi.spyOn(console, "error").mockReturnValue();
    const app = createAuthApp(
      {},
      { PLATFORM_ID: "NOT-ONE", BETTER_AUTH_SECRET: "too-short", DB: env.DB },
    );
    error.mockRestore();
    for (const path of ["/", "/healthz", "/api/auth/session"]) {
      const answer = await app.fetch(new Request(authUrl + path));
      expect(answer.status).toBe(503);
      expect(answer.headers.get("content-type")).toBe("application/problem+json");
      const text = await answer.text();
      expect(JSON.parse(text)).toMatchObject({
        code: "CONFIGURATION_INVALID",
        problems: [{ variable: "PLATFORM_ID" }, { variable: "BETTER_AUTH_SECRET" }],
      });
      expect(text).not.toContain("too-short");
      expect(text).not.toContain("NOT-ONE");
    }
  });
});

it("describes every route, its own too, at /api/auth/openapi.json", async () => {
  const { body } = await opened
    .open()
    .get<{ openapi: string; paths: object }>("/api/auth/openapi.json");
  expect(body.openapi).toMatch(/^3\.1/);
  const described = Object.keys(body.paths);
  const routes = Object.values(auth.api as Record<string, { path?: string; options?: object }>)
    .filter(({ options }) => !JSON.stringify(options ?? {}).includes("hide"))
    .flatMap(({ path }) => path ?? [])
    .map((path) => path.replace(/:(\w+)/g, "{$1}"));
  expect(routes.length).toBeGreaterThan(80);
  expect(routes.filter((path) => !described.includes(path))).toEqual([]);
  expect(described).toEqual(expect.arrayContaining(["/session", "/openapi.json", "/healthz"]));
});

it("is what the owner's file exports", async () => {
  const answer = await exports.default.fetch(`${authUrl}/api/auth/session`);
  expect(await answer.text()).toBe('{"session":null}');
});
