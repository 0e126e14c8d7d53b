/** What HTTP itself promises of every route: bodies that are empty, methods that a route does not have, HEAD, and CORS. */
import { createAuthEndpoint } from "better-auth/api";
import { describe, expect, it } from "vitest";
import { withRoutes } from "../../../src/worker/app.ts";
import { authUrl, consoleUrl, createTenant, enter, enterAdmin, openApp } from "../browser.ts";

const echo = withRoutes(
  {
    id: "echo",
    endpoints: {
      readEcho: createAuthEndpoint("/echo/read", { method: "GET" }, async (ctx) => {
        ctx.setHeader("X-Echo", "1");
        ctx.setHeader("Access-Control-Expose-Headers", "X-Echo, retry-after");
        ctx.setHeader("Vary", "Accept-Language");
        return ctx.json({ echo: true });
      }),
      changeEcho: createAuthEndpoint("/echo/:id", { method: ["PUT", "DELETE"] }, async (ctx) =>
        ctx.json({ id: ctx.params.id }),
      ),
    },
  },
  {
    "GET /echo/read": { who: "anyone" },
    "PUT /echo/:id": { who: "anyone" },
    "DELETE /echo/:id": { who: "anyone" },
  },
);
const opened = openApp({ plugins: [echo], routes: (app) => app.get("/own", (c) => c.text("own")) });
const request = (path: string, init: RequestInit = {}) =>
  new Request(`${authUrl}${path}`, { redirect: "manual", ...init });

describe("a POST without a body", () => {
  // On the wire it has `Content-Length: 0`, which reaches a Worker as an empty stream.
  const empty = { method: "POST", body: new Uint8Array(0) };

  it.each([{}, { "content-type": "application/json" }, { "content-type": "text/plain" }])(
    "signs out, with %j",
    async (headers) => {
      const ada = await enter(opened);
      const cookie = [...ada.browser.cookies].map((pair) => pair.join("=")).join("; ");
      const answer = await opened.app.fetch(
        request("/api/auth/sign-out", {
          ...empty,
          headers: { origin: consoleUrl, cookie, ...headers },
        }),
      );
      expect(await answer.json()).toEqual({ success: true });
      expect(answer.status).toBe(200);
      expect((await ada.browser.session()).session).toBeNull();
    },
  );

  it("is a refusal where fields are needed", async () => {
    const answer = await opened.app.fetch(request("/api/auth/sign-in/email", empty));
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ code: "VALIDATION_ERROR" });
  });

  it("signs nobody out for another site", async () => {
    const ada = await enter(opened);
    const cookie = [...ada.browser.cookies].map((pair) => pair.join("=")).join("; ");
    for (const origin of ["https://evil.example", "null"]) {
      const answer = await opened.app.fetch(
        request("/api/auth/sign-out", { ...empty, headers: { origin, cookie } }),
      );
      expect(answer.status).toBe(403);
    }
    const withoutOrigin = await opened.app.fetch(
      request("/api/auth/sign-out", { ...empty, headers: { cookie } }),
    );
    expect(withoutOrigin.status).toBe(403);
    expect((await ada.browser.session()).user.email).toBe(ada.email);
  });
});

describe("HEAD", () => {
  it.each([
    "/healthz",
    "/claim",
    "/own",
    "/api/auth/session",
    "/api/auth/get-session",
    "/api/auth/openapi.json",
    "/api/auth/jwks",
    "/api/auth/echo/read",
    "/api/auth/platform/sign-in-options",
    "/api/auth/organization/list",
    "/api/auth/verify-email?token=a",
    "/api/auth/nowhere",
    "/nowhere",
  ])("of %s is answered as GET, without a body", async (path) => {
    const headers = { origin: consoleUrl, "cf-connecting-ip": "203.0.113.7" };
    const get = await opened.app.fetch(request(path, { headers }));
    const head = await opened.app.fetch(request(path, { method: "HEAD", headers }));
    expect(head.status).toBe(get.status);
    expect(await head.text()).toBe("");
    const told = (response: Response) =>
      [...response.headers].filter(
        ([name]) => !["content-length", "content-security-policy"].includes(name),
      );
    expect(told(head)).toEqual(told(get));
  });
});

describe("the base path itself", () => {
  it.each(["GET", "POST", "HEAD"])("answers %s with a code", async (method) => {
    for (const path of ["/api/auth", "/api/auth/"]) {
      const answer = await opened.app.fetch(request(path, { method }));
      expect([path, answer.status]).toEqual([path, 404]);
      expect(answer.headers.get("cache-control")).toBe("no-store");
      if (method !== "HEAD") expect(await answer.json()).toMatchObject({ code: "NOT_FOUND" });
    }
  });
});

describe("a method that the route does not have", () => {
  it.each([
    ["POST", "/api/auth/session", "GET, HEAD"],
    ["POST", "/api/auth/openapi.json", "GET, HEAD"],
    ["GET", "/api/auth/sign-out", "POST"],
    ["HEAD", "/api/auth/sign-out", "POST"],
    ["DELETE", "/api/auth/callback/google", "GET, HEAD, POST"],
    ["GET", "/api/auth/echo/1", "DELETE, PUT"],
    ["PATCH", "/api/auth/echo/read", "DELETE, GET, HEAD, PUT"],
    ["POST", "/healthz", "GET, HEAD"],
    ["DELETE", "/claim", "GET, HEAD"],
  ])("%s %s is answered 405, which allows %s", async (method, path, allowed) => {
    const answer = await opened.app.fetch(request(path, { method }));
    expect(answer.status).toBe(405);
    expect(answer.headers.get("allow")).toBe(allowed);
    if (method !== "HEAD")
      expect(await answer.json()).toMatchObject({ code: "METHOD_NOT_ALLOWED" });
  });

  it("may belong to a route with parameters at the same path", async () => {
    const answer = await opened.app.fetch(request("/api/auth/echo/read", { method: "PUT" }));
    expect(answer.status).toBe(200);
  });

  it("is not told of a route that is not served", async () => {
    // It has a record, for owners who add the plugin.
    const answer = await opened.app.fetch(request("/api/auth/sign-in/magic-link"));
    expect(answer.status).toBe(404);
  });
});

describe("a header that a plugin sets", () => {
  it("is exposed to pages beside this Worker's own", async () => {
    const { headers } = await opened.open().get("/api/auth/echo/read");
    const names = (headers.get("access-control-expose-headers") ?? "").split(", ");
    expect(names.map((name) => name.toLowerCase()).toSorted()).toEqual(["retry-after", "x-echo"]);
    expect(headers.get("vary")?.toLowerCase().split(", ").toSorted()).toEqual([
      "accept-language",
      "origin",
    ]);
    expect(headers.get("access-control-allow-origin")).toBe(consoleUrl);
  });
});

describe("a filter as Better Auth's client sends it", () => {
  it("of one value in a list", async () => {
    const ada = await enter(opened);
    await createTenant(ada.browser, `filter-${ada.id.toLowerCase()}`);
    const list = async (query: string) =>
      ada.browser.get<{ total: number }>(`/api/auth/organization/list-members?${query}`);
    const field = "filterField=role";
    for (const [operator, values, total] of [
      ["not_in", ["owner"], 0],
      ["in", ["owner"], 1],
      ["not_in", ["admin"], 1],
      ["in", ["owner", "admin"], 1],
    ] as const) {
      const query = values.map((value) => `filterValue=${value}`).join("&");
      const answer = await list(`${field}&filterOperator=${operator}&${query}`);
      expect([operator, values, answer.status, answer.body.total]).toEqual([
        operator,
        values,
        200,
        total,
      ]);
    }
  });

  it("of a time", async () => {
    const [admin, ada] = [await enterAdmin(opened), await enter(opened)];
    const minute = 60_000;
    const at = (offset: number) => new Date(Date.now() + offset).toISOString();
    const banned = await admin.browser.post("/api/auth/admin/ban-user", {
      userId: ada.id,
      banExpiresIn: 3600,
    });
    expect(banned.status).toBe(200);
    const count = async (field: string, operator: string, value: string) => {
      const query = new URLSearchParams({
        searchValue: ada.email,
        filterField: field,
        filterOperator: operator,
        filterValue: value,
      });
      const answer = await admin.browser.get<{ total: number }>(
        `/api/auth/admin/list-users?${query.toString()}`,
      );
      expect(answer.status).toBe(200);
      return answer.body.total;
    };
    for (const [field, ahead] of [
      ["createdAt", 0],
      ["updatedAt", 0],
      ["banExpires", 60 * minute],
    ] as const) {
      expect([field, await count(field, "gt", at(ahead - 5 * minute))]).toEqual([field, 1]);
      expect([field, await count(field, "lte", at(ahead + 5 * minute))]).toEqual([field, 1]);
      expect([field, await count(field, "lt", at(ahead - 5 * minute))]).toEqual([field, 0]);
      // A time as a number of milliseconds, which is what a client makes of `Date.now()`.
      expect(await count(field, "lt", String(Date.now() + ahead + 5 * minute))).toBe(1);
    }
  });
});
