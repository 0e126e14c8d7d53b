/** Requests to the routes of an owner's plugins, which are what Better Auth's documentation says of them. */
import { createAuthEndpoint } from "better-auth/api";
import { openAPI } from "better-auth/plugins/open-api";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { withRoutes } from "../../../src/worker/app.ts";
import { authUrl, consoleUrl, enter, openApp } from "../browser.ts";

const form = "application/x-www-form-urlencoded";
/** What the policy of the route and the route itself are given. */
let seenByHook: unknown;

const contact = withRoutes(
  {
    id: "contact",
    hooks: {
      before: [
        {
          matcher: ({ path }) => path?.startsWith("/contact/") === true,
          handler: async ({ body }) => {
            seenByHook = body;
          },
        },
      ],
    },
    endpoints: {
      sendForm: createAuthEndpoint(
        "/contact/form/:topic",
        {
          method: "POST",
          body: z.object({ email: z.string().trim().toLowerCase(), name: z.string() }),
          metadata: { allowedMediaTypes: [form, "application/json"] },
        },
        async (ctx) => ctx.json({ body: ctx.body, topic: ctx.params.topic }),
      ),
      sendNote: createAuthEndpoint(
        "/contact/note",
        {
          method: "POST",
          body: z.object({
            slug: z.string().trim().toLowerCase(),
            due: z.coerce.date().optional(),
            size: z.string().transform(Number).optional(),
            lines: z.array(z.string().trim()).default([]),
          }),
        },
        async (ctx) => ctx.json({ body: ctx.body }),
      ),
      sendList: createAuthEndpoint(
        "/contact/list",
        { method: "POST", body: z.array(z.object({ id: z.number() })) },
        async (ctx) => ctx.json({ body: ctx.body }),
      ),
      sendPatch: createAuthEndpoint(
        "/contact/patch",
        { method: "POST", metadata: { allowedMediaTypes: ["application/scim+json"] } },
        async (ctx) => ctx.json({ body: ctx.body as unknown }),
      ),
      sendText: createAuthEndpoint(
        "/contact/text",
        { method: "POST", metadata: { allowedMediaTypes: ["text/plain"] } },
        async (ctx) => ctx.json({ body: ctx.body as unknown }),
      ),
      receiveHook: createAuthEndpoint(
        "/contact/hook",
        { method: "POST", disableBody: true },
        async (ctx) => ctx.json({ body: await ctx.request?.text() }),
      ),
    },
  },
  {
    "POST /contact/form/:topic": { who: "anyone" },
    "POST /contact/note": { who: "anyone" },
    "POST /contact/list": { who: "anyone" },
    "POST /contact/patch": { who: "anyone" },
    "POST /contact/text": { who: "anyone" },
    "POST /contact/hook": { who: "anyone" },
  },
);
const opened = openApp({ plugins: [contact, openAPI()] });
const send = async (route: string, body: unknown, type?: string) =>
  opened
    .open()
    .post<{ body: unknown; code?: string }>(
      `/api/auth/contact/${route}`,
      body,
      type === undefined ? {} : { "content-type": type },
    );

describe("an owner's route that takes forms", () => {
  it.each([form, `${form}; charset=UTF-8`])("is sent %s", async (type) => {
    const answer = await send("form/help", "email=+Ada%40Example.com&name=Ada", type);
    expect(answer.body).toEqual({ body: { email: "ada@example.com", name: "Ada" }, topic: "help" });
    expect(seenByHook).toEqual({ email: "ada@example.com", name: "Ada" });
  });

  it("is sent JSON as well", async () => {
    const answer = await send("form/help", { email: "Ada@example.com", name: "Ada" });
    expect(answer.body.body).toEqual({ email: "ada@example.com", name: "Ada" });
  });

  it.each(["text/plain", "multipart/form-data; boundary=x", `${form}; charset=utf-7`])(
    "is not sent %s",
    async (type) => {
      expect((await send("form/help", "email=a&name=b", type)).status).toBe(415);
    },
  );

  it("is refused to another site that has a visitor's cookie", async () => {
    const ada = await enter(opened);
    const cookie = [...ada.browser.cookies].map((pair) => pair.join("=")).join("; ");
    for (const origin of ["https://evil.example", "null"]) {
      const answer = await opened.app.fetch(
        new Request(`${authUrl}/api/auth/contact/form/help`, {
          method: "POST",
          headers: { origin, cookie, "content-type": form },
          body: "email=a&name=b",
        }),
      );
      expect(answer.status).toBe(403);
    }
  });

  it("gets no NUL and no broken text", async () => {
    expect((await send("form/help", "email=a%00&name=b", form)).body.code).toBe("NUL_CHARACTER");
    expect((await send("form/help", "name=b", form)).body.code).toBe("VALIDATION_ERROR");
  });
});

describe("an owner's route whose schema changes what it is sent", () => {
  it("is given what the schema makes of it, and so are the hooks before it", async () => {
    const lines = [" a ", "b"];
    const answer = await send("note", { slug: "  My Note ", lines, unknown: 1 });
    const read = { slug: "my note", lines: ["a", "b"] };
    expect(answer).toMatchObject({ status: 200, body: { body: read } });
    expect(seenByHook).toEqual(read);
  });

  it("is given values of other types", async () => {
    const answer = await send("note", { slug: "a", due: "2026-01-31", size: "12" });
    expect(answer.body.body).toEqual({
      slug: "a",
      due: "2026-01-31T00:00:00.000Z",
      size: 12,
      lines: [],
    });
  });

  it("is not reached by what the schema refuses", async () => {
    seenByHook = "nothing";
    const answer = await send("note", { slug: 5 });
    expect(answer).toMatchObject({ status: 400, body: { code: "VALIDATION_ERROR" } });
    expect(seenByHook).toBe("nothing");
  });

  it("may have fields called as those of the template, with other rules", async () => {
    const answer = await send(
      "patch",
      { slug: "../ä", role: "a", name: "", text: "x".repeat(20_000) },
      "application/scim+json",
    );
    expect(answer.status).toBe(200);
  });
});

describe("an owner's route that takes another body", () => {
  it.each([
    ["list", [{ id: 1 }], "application/json"],
    ["patch", { op: "add" }, "application/scim+json"],
    ["text", "hello", "text/plain"],
    ["hook", '{"type":"paid"} ', "application/json"],
    ["hook", "not json", "text/plain"],
  ])("%s is sent %j", async (route, body, type) => {
    const answer = await send(route, body, type);
    expect(answer.body).toEqual({ body });
  });
});

describe("a route of the template", () => {
  it("takes no form, even where Better Auth does", async () => {
    const answer = await opened
      .open()
      .post("/api/auth/sign-in/email", "email=a%40example.com&password=b", {
        "content-type": form,
      });
    expect(answer.status).toBe(415);
  });
});

describe("the page of Better Auth's openAPI()", () => {
  it("has a policy under which its scripts run, and no others", async () => {
    const { status, headers, body } = await opened.open().get<string>("/api/auth/reference");
    expect(status).toBe(200);
    const policy = headers.get("content-security-policy") ?? "";
    const scripts = [...body.matchAll(/<script\s*([^>]*)>([\s\S]*?)<\/script>/g)];
    const inline = scripts.filter(([, attributes = ""]) => !/src=|json/.test(attributes));
    expect(inline).toHaveLength(1);
    for (const [, , text = ""] of inline) {
      const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
      const base64 = btoa(String.fromCharCode(...new Uint8Array(hash)));
      expect(policy).toContain(`'sha256-${base64}'`);
    }
    expect(policy).toContain("https://cdn.jsdelivr.net/npm/@scalar/api-reference");
    expect(policy).toMatch(/script-src [^;]*'sha256-/);
    expect(policy).not.toMatch(/script-src [^;]*'unsafe-inline'/);
    expect(policy).toContain("frame-ancestors 'none'");
  });

  it("does not change the policy of other answers", async () => {
    const { headers } = await opened.open().get("/api/auth/open-api/generate-schema");
    expect(headers.get("content-security-policy")).toMatch(/^default-src 'none'; base-uri 'none'/);
    const page = await opened.app.fetch(
      new Request(`${authUrl}/api/auth/session`, { headers: { origin: consoleUrl } }),
    );
    expect(page.headers.get("content-security-policy")).not.toContain("cdn.jsdelivr.net");
  });
});
