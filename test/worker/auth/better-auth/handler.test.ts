import { createAuthMiddleware } from "better-auth/api";
import { expect, it } from "vitest";
import { consoleUrl, openApp, enter } from "../../browser.ts";

it("keeps requests that run at once apart", async () => {
  const opened = openApp();
  const people = await Promise.all([enter(opened), enter(opened), enter(opened)]);
  const answers = await Promise.all(
    people.flatMap(({ browser }) =>
      Array.from({ length: 5 }, () => browser.get<{ userId: string }[]>("/api/auth/list-sessions")),
    ),
  );
  const expected = people.flatMap(({ id }) => Array.from({ length: 5 }, () => id));
  expect(answers.map(({ body }) => body[0]?.userId)).toEqual(expected);
});

it("leaves nothing of one request to the next", async () => {
  const seen: unknown[] = [];
  const remember = {
    id: "owners",
    hooks: {
      before: [
        {
          matcher: ({ path }: { path?: string }) => path === "/ok",
          handler: createAuthMiddleware(async ({ context }) => {
            seen.push([context.session, context.newSession, context.returned]);
          }),
        },
      ],
    },
  };
  const opened = openApp({ plugins: [remember] });
  const ada = await enter(opened);
  await ada.browser.get("/api/auth/list-sessions");
  await opened.open().get("/api/auth/ok");
  expect(seen).toEqual([[null, null, undefined]]);
});

it("trusts the origins that a plugin adds when it starts", async () => {
  const partner = "https://partner.example";
  const trusting = {
    id: "owners",
    init: () => ({ options: { trustedOrigins: [partner] } }),
  };
  const asked = { email: "nobody@example.com", password: "wrong password" };
  const statuses = await Promise.all(
    [openApp(), openApp({ plugins: [trusting] })].flatMap(({ open }) =>
      [consoleUrl, partner].map(async (origin) => {
        const browser = open();
        // Origins are checked of requests that bring a cookie.
        browser.cookies.set("theme", "dark");
        return (await browser.post("/api/auth/sign-in/email", asked, { origin })).status;
      }),
    ),
  );
  expect(statuses).toEqual([401, 403, 401, 401]);
});
