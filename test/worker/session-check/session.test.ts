import { env } from "cloudflare:workers";
import { createAuthMiddleware } from "better-auth/api";
import type { BetterAuthPlugin } from "better-auth";
import { eq } from "drizzle-orm";
import { describe, expect, it, vi } from "vitest";
import { session, user } from "../../../src/worker/db/schema.ts";
import { authUrl, consoleUrl, database, openApp, password, enter, enterAdmin } from "../browser.ts";
import { countQueries } from "./count-queries.ts";

const opened = openApp();
const routes = ["/api/auth/session", "/api/auth/get-session"];
const nobody = [{ session: null }, null];

describe("a session that is over is over for the very next check", () => {
  const ways = {
    "its owner signed out": async ({ browser }: Visitor) => {
      await browser.post("/api/auth/sign-out");
    },
    "its owner revoked it elsewhere": async ({ email }: Visitor) => {
      const other = opened.open();
      await other.post("/api/auth/sign-in/email", { email, password });
      await other.post("/api/auth/revoke-other-sessions");
    },
    "an admin banned its user": async ({ id }: Visitor) => {
      const admin = await enterAdmin(opened);
      const banned = await admin.browser.post("/api/auth/admin/ban-user", { userId: id });
      expect(banned.status).toBe(200);
    },
    "its time ran out": async ({ id }: Visitor) => {
      const expiresAt = new Date(Date.now() - 1);
      await database.update(session).set({ expiresAt }).where(eq(session.userId, id));
    },
    "its user was deleted": async ({ id }: Visitor) => {
      await database.delete(user).where(eq(user.id, id));
    },
  };
  type Visitor = Awaited<ReturnType<typeof enter>>;

  it.each(Object.keys(ways) as (keyof typeof ways)[])("%s", async (way) => {
    const ada = await enter(opened);
    const cookie = [...ada.browser.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const ask = async () =>
      Promise.all(
        routes.map(async (route) => {
          const request = new Request(authUrl + route, { headers: { cookie } });
          return (await opened.app.fetch(request)).json();
        }),
      );
    expect(await ask()).toEqual(
      routes.map(() => expect.objectContaining({ user: expect.anything() })),
    );
    await ways[way](ada);
    expect(await ask()).toEqual(nobody);
  });
});

it.each([undefined, consoleUrl, "https://evil.example"])(
  "gives origin %s the headers that Better Auth's answer has",
  async (origin) => {
    for (const route of routes) {
      const [own, betterAuth] = await Promise.all(
        ["", "?disableRefresh=true"].map(async (query) => {
          const headers = origin === undefined ? {} : { origin };
          return opened.app.fetch(new Request(authUrl + route + query, { headers }));
        }),
      );
      const shown = [...(own?.headers ?? [])];
      expect(shown).toEqual([...(betterAuth?.headers ?? [])]);
      const allowed = shown.find(([name]) => name === "access-control-allow-origin")?.[1];
      expect(allowed).toBe(origin === consoleUrl ? consoleUrl : undefined);
    }
  },
);

it("drops a neighbour's cookie with a bad signature from a browser, as it drops one with a good one", async () => {
  const token = `${"x".repeat(32)}-s-${"y".repeat(16)}`;
  const cookie = `__Secure-better-auth.session_token=${token}.${"A".repeat(43)}%3D`;
  for (const route of routes) {
    const headers = { cookie, "sec-fetch-site": "same-site" };
    const answer = await opened.app.fetch(new Request(authUrl + route, { headers }));
    expect(answer.headers.getSetCookie().join()).toContain("Domain=.nno.app");
  }
});

it("takes nothing from an address's allowance", async () => {
  const ada = await enter(opened);
  const address = { "cf-connecting-ip": "198.51.100.77" };
  for (let checks = 0; checks < 150; checks += 1) {
    const { status } = await ada.browser.get("/api/auth/get-session", address);
    expect(status).toBe(200);
  }
  const unrelated = await ada.browser.get("/api/auth/get-session?disableRefresh=true", address);
  expect(unrelated.status).toBe(200);
});

describe("leaves the check to Better Auth", () => {
  const hook = (
    matcher: (context: { path?: string; headers?: Headers | undefined }) => boolean,
  ) => ({
    id: "owners",
    hooks: {
      after: [
        {
          matcher,
          handler: createAuthMiddleware(async (ctx) => {
            ctx.setHeader("x-owners-hook", "ran");
          }),
        },
      ],
    },
  });

  it.each<[string, BetterAuthPlugin, routes: number]>([
    ["for a plugin that hooks the route", hook(({ path }) => path === "/get-session"), 2],
    [
      "for a plugin whose hook asks for a header",
      hook(({ headers }) => headers?.has("x-a") === true),
      2,
    ],
    [
      "on its own route, for a plugin that sees every request",
      { id: "owners", onRequest: async () => undefined },
      1,
    ],
    [
      "on its own route, for a plugin that sees every answer",
      { id: "owners", onResponse: async () => undefined },
      1,
    ],
    [
      "for a field that is transformed",
      {
        id: "owners",
        schema: {
          user: {
            fields: {
              image: {
                type: "string",
                transform: { output: () => "https://images.example/64" },
              },
            },
          },
        },
      },
      2,
    ],
    [
      "for a field that has no column",
      { id: "owners", schema: { user: { fields: { nickname: { type: "string" } } } } },
      2,
    ],
  ])("%s", async (_name, plugin, left) => {
    const { ran, answers } = await checkWith(plugin);
    expect(ran).toBe(routes.length - left);
    const [plain] = answers;
    expect(plain?.user.email).toMatch(/@/);
  });

  it("for a plugin that does not start, which is answered as an error", async () => {
    const failing = {
      id: "owners",
      init: () => {
        throw new Error("this plugin does not start");
      },
    };
    const logged = vi.spyOn(console, "error").mockReturnValue();
    const answer = await openApp({ plugins: [failing] })
      .open()
      .get("/api/auth/session");
    expect(answer.status).toBe(500);
    expect(answer.body).toMatchObject({ code: "INTERNAL_ERROR" });
    expect(logged).toHaveBeenCalledWith(expect.stringContaining("session check: Error"));
    logged.mockRestore();
  });

  it("but not for a plugin that hooks another route", async () => {
    expect((await checkWith(hook(({ path }) => path === "/sign-out"))).ran).toBe(routes.length);
  });

  it("but not for a field that is not returned, which it does not show", async () => {
    const { ran, answers } = await checkWith({
      id: "owners",
      schema: { session: { fields: { ipAddress: { type: "string", returned: false } } } },
    });
    expect(ran).toBe(routes.length);
    for (const { session } of answers) expect(Object.keys(session)).not.toContain("ipAddress");
  });
});

interface Shown {
  session: Record<string, unknown>;
  user: { email: string };
}

/** How many checks of a Worker with `plugin` its own statement answered, and what was answered. */
async function checkWith(plugin: BetterAuthPlugin): Promise<{ ran: number; answers: Shown[] }> {
  const { binding, counted } = countQueries(env.DB);
  const ada = await enter(opened);
  const visitor = openApp({ plugins: [plugin] }, { DB: binding }).open();
  for (const [name, value] of ada.browser.cookies) visitor.cookies.set(name, value);
  counted.session = 0;
  const answers: Shown[] = [];
  for (const route of routes) answers.push((await visitor.get<Shown>(route)).body);
  return { ran: counted.session, answers };
}
