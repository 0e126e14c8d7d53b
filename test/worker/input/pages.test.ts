/** Where the pages of a request lead that a plugin of the owner's takes. */
import { createAuthEndpoint } from "better-auth/api";
import { expect, it } from "vitest";
import { withRoutes } from "../../../src/worker/app.ts";
import { consoleUrl, openApp } from "../browser.ts";

const opened = openApp({
  plugins: [
    withRoutes(
      {
        id: "pages",
        endpoints: {
          showPages: createAuthEndpoint("/pages", { method: ["GET", "POST"] }, async (ctx) =>
            ctx.json({ query: ctx.query ?? null, body: ctx.body ?? null }),
          ),
        },
      },
      { "GET /pages": { who: "anyone" }, "POST /pages": { who: "anyone" } },
    ),
  ],
});

const fields = ["callbackURL", "errorCallbackURL", "newUserCallbackURL", "redirectTo"];

it.each(fields)("a path in %s is a page of the console", async (field) => {
  for (const path of ["/", "/a?b=c#d", "/a/../b", "/a%20b"]) {
    const page = new URL(path, consoleUrl).href;
    expect(new URL(page).origin).toBe(consoleUrl);
    const posted = await opened.open().post("/api/auth/pages", { [field]: path, other: path });
    expect(posted.body).toEqual({ query: {}, body: { [field]: page, other: path } });
    const query = new URLSearchParams({ [field]: path, other: path });
    const got = await opened.open().get(`/api/auth/pages?${query.toString()}`);
    expect(got.body).toEqual({ query: { [field]: page, other: path }, body: null });
  }
});

it.each(fields)("a URL in %s stays as it is", async (field) => {
  const page = "https://shop.k3m9p2xw7q.nno.app/cart?a=1";
  const posted = await opened.open().post("/api/auth/pages", { [field]: page });
  expect(posted.body).toEqual({ query: {}, body: { [field]: page } });
});

it.each(["/\\evil.com", "/\t/evil.com", "//evil.com", "/.//evil.com", "/%2F/evil.com"])(
  "%j, which a browser would read as another host, is refused",
  async (page) => {
    const posted = await opened.open().post("/api/auth/pages", { callbackURL: page });
    expect(posted.status).toBe(403);
  },
);
