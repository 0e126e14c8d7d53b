/**
 * A script on any page of the platform reads every answer that its user may have. None may hold a session token: neither
 * the caller's nor another's, whichever route is asked.
 */
import { createAuthClient } from "better-auth/client";
import { adminClient } from "better-auth/client/plugins";
import { beforeAll, describe, expect, it } from "vitest";
import {
  Browser,
  enrol,
  newEmail,
  password,
  signUpWith,
  type App,
  type Person,
} from "../people.ts";
import { startTarget, type Target } from "./target.ts";

let target: Target;
/** Every answer of this file, with its route: headers and body, but for Set-Cookie. */
const answers: { route: string; text: string }[] = [];

/** The target, as all browsers of this file see it. */
let watched: App;

beforeAll(async () => {
  target = await startTarget({ cheapHashes: true });
  watched = {
    authUrl: target.authUrl,
    consoleUrl: target.consoleUrl,
    fetch: async (request) => {
      const answer = await target.fetch(request);
      const headers = [...answer.headers].filter(([name]) => name !== "set-cookie");
      const text = `${JSON.stringify(headers)} ${await answer.clone().text()}`;
      answers.push({ route: `${request.method} ${new URL(request.url).pathname}`, text });
      return answer;
    },
  };
  return target.stop;
});

const open = () => new Browser(watched);

/** Somebody who has signed in already: how that is answered is looked at once, below. */
async function signUp(): Promise<Person> {
  const person = await target.signUp();
  const browser = open();
  for (const pair of person.browser.cookies) browser.cookies.set(...pair);
  return { ...person, browser };
}

async function signUpAdmin(): Promise<Person> {
  const person = await signUp();
  await target.database
    .prepare("UPDATE user SET role = 'platform-admin' WHERE id = ?")
    .bind(person.id)
    .run();
  return person;
}

/** Every token that a session has or had: rows are gone once they end, cookies are not. */
const tokens = new Set<string>();

async function noteTokens(...browsers: Browser[]): Promise<void> {
  const { results } = await target.database.prepare("SELECT token FROM session").all();
  for (const { token } of results) tokens.add(String(token));
  for (const browser of browsers) {
    for (const line of browser.setCookies) {
      const [, value = ""] = /session_token=([^;]+)/.exec(line) ?? [];
      if (value !== "") tokens.add(decodeURIComponent(value).split(".")[0] ?? "");
    }
  }
}

function leaks(): string[] {
  return answers
    .filter(({ text }) => [...tokens].some((token) => text.includes(token)))
    .map(({ route }) => route);
}

describe("no session token", () => {
  it("is in an answer to those who sign in, look around, and change things", async () => {
    const ada = await signUpWith(open(), target.mailTo);
    const admin = await signUpAdmin();
    await noteTokens(ada.browser, admin.browser);
    const steps: [Browser, string, string, unknown?][] = [
      [ada.browser, "POST", "/sign-up/email", { name: "Eve", email: newEmail(), password }],
      [ada.browser, "POST", "/sign-in/email", { email: ada.email, password }],
      [ada.browser, "GET", "/session"],
      [ada.browser, "GET", "/get-session"],
      [ada.browser, "GET", "/list-sessions"],
      [ada.browser, "GET", "/token"],
      [ada.browser, "POST", "/organization/create", { name: "Tenant", slug: "leaks" }],
      [ada.browser, "POST", "/organization/set-active", { organizationSlug: "leaks" }],
      [
        ada.browser,
        "POST",
        "/change-password",
        { currentPassword: password, newPassword: password },
      ],
      [admin.browser, "POST", "/admin/list-user-sessions", { userId: ada.id }],
      [admin.browser, "POST", "/admin/impersonate-user", { userId: ada.id }],
      [admin.browser, "GET", "/get-session"],
      [admin.browser, "POST", "/admin/stop-impersonating", {}],
    ];
    const statuses: number[] = [];
    for (const [browser, method, path, body] of steps) {
      statuses.push((await browser.send(method, `/api/auth${path}`, body)).status);
      await noteTokens(browser);
    }
    expect(statuses).toEqual(steps.map(() => 200));
    const { code } = await enrol(ada.browser);
    await noteTokens(ada.browser);
    const elsewhere = open();
    await elsewhere.post("/api/auth/sign-in/email", { email: ada.email, password });
    await elsewhere.post("/api/auth/two-factor/verify-totp", { code: await code(1) });
    expect((await elsewhere.session()).user.id).toBe(ada.id);
    await noteTokens(elsewhere);
    expect(tokens.size).toBeGreaterThan(6);
    expect(answers.length).toBeGreaterThan(steps.length);
    expect(leaks()).toEqual([]);
  });

  it("is in an answer of any route of the OpenAPI document, to its user, an admin, and a refreshed session", async () => {
    const [ada, admin] = [await signUp(), await signUpAdmin()];
    const { body: document } = await ada.browser.get<{ paths: Record<string, object> }>(
      "/api/auth/openapi.json",
    );
    const routes = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => ({ method: method.toUpperCase(), path })),
    );
    expect(routes.length).toBeGreaterThan(80);
    const before = answers.length;
    for (const { browser } of [ada, admin]) {
      const kept = new Map(browser.cookies);
      for (const { method, path } of routes) {
        // These would end what the others are asked with.
        if (/sign-out|revoke|delete-user|stop-impersonating/.test(path)) continue;
        const { results } = await target.database.prepare("SELECT id FROM session").all();
        const filled = path.replaceAll(/\{\w+\}/g, String(results[0]?.["id"]));
        const body = { userId: ada.id, email: ada.email, password, name: "Ada", role: "user" };
        for (const [name, value] of kept) browser.cookies.set(name, value);
        // A refresh that is due sends the cookie, and with it what sends the token.
        await target.database
          .prepare("UPDATE session SET expires_at = expires_at - 172800000 WHERE expires_at > ?")
          .bind(Date.now() + 518_400_000)
          .run();
        await noteTokens();
        await browser.send(
          method,
          path === "/healthz" ? path : `/api/auth${filled}`,
          method === "GET" ? undefined : body,
        );
        await noteTokens(browser);
      }
    }
    expect(answers.length - before).toBeGreaterThan(140);
    expect(leaks()).toEqual([]);
  });

  it("of an older release, which cannot be told by its looks, is in a list or a session", async () => {
    const ada = await signUp();
    const old = "olderReleaseToken000000000000000";
    const other = open();
    await other.post("/api/auth/sign-in/email", { email: ada.email, password });
    await target.database
      .prepare(
        "UPDATE session SET token = ? WHERE id = (SELECT id FROM session WHERE user_id = ? ORDER BY created_at LIMIT 1)",
      )
      .bind(old, ada.id)
      .run();
    const { body } = await other.get<{ id: string; token: string }[]>("/api/auth/list-sessions");
    expect(body).toHaveLength(2);
    for (const { id, token } of body) expect(token).toBe(id);
    expect(JSON.stringify(body)).not.toContain(old);
  });

  it("is sent in a header to a browser; a program that keeps no cookies gets it, and signs in with it", async () => {
    const { email, id } = await signUp();
    const signIn = async (headers: Record<string, string>) =>
      watched.fetch(
        new Request(`${target.authUrl}/api/auth/sign-in/email`, {
          method: "POST",
          headers: { "content-type": "application/json", ...headers },
          body: JSON.stringify({ email, password }),
        }),
      );
    const toPage = await signIn({ origin: target.consoleUrl, "sec-fetch-site": "same-site" });
    expect(toPage.status).toBe(200);
    expect(toPage.headers.get("set-auth-token")).toBeNull();
    const toProgram = await signIn({});
    const bearer = toProgram.headers.get("set-auth-token") ?? "";
    const session = await target.fetch(
      new Request(`${target.authUrl}/api/auth/get-session`, {
        headers: { authorization: `Bearer ${bearer}` },
      }),
    );
    expect(await session.json()).toMatchObject({ user: { id } });
  });
});

describe("Better Auth's own client, unchanged,", () => {
  function clientOf(browser: Browser) {
    return createAuthClient({
      baseURL: `${target.authUrl}/api/auth`,
      plugins: [adminClient()],
      fetchOptions: {
        customFetchImpl: async (input, init) => {
          const request = new Request(input, init);
          request.headers.set("origin", target.consoleUrl);
          request.headers.set(
            "cookie",
            [...browser.cookies].map(([name, value]) => `${name}=${value}`).join("; "),
          );
          return watched.fetch(request);
        },
      },
    });
  }

  it("lists sessions, knows its own among them, and ends another", async () => {
    const ada = await signUp();
    const other = open();
    await other.post("/api/auth/sign-in/email", { email: ada.email, password });
    const client = clientOf(ada.browser);
    const { data: current } = await client.getSession();
    const { data: sessions } = await client.listSessions();
    expect(sessions).toHaveLength(2);
    const others = (sessions ?? []).filter(({ token }) => token !== current?.session.token);
    expect(others).toHaveLength(1);
    const { error } = await client.revokeSession({ token: others[0]?.token ?? "" });
    expect(error).toBeNull();
    expect((await other.get("/api/auth/session")).body).toEqual({ session: null });
    expect((await ada.browser.session()).user.id).toBe(ada.id);
  });

  it("ends a user's session as a platform admin", async () => {
    const [ada, admin] = [await signUp(), await signUpAdmin()];
    const client = clientOf(admin.browser);
    const { data } = await client.admin.listUserSessions({ userId: ada.id });
    const sessionToken = data?.sessions[0]?.token ?? "";
    const { error } = await client.admin.revokeUserSession({ sessionToken });
    expect(error).toBeNull();
    expect((await ada.browser.get("/api/auth/session")).body).toEqual({ session: null });
  });

  it("does not end a session of somebody else by its id", async () => {
    const [ada, mallory] = [await signUp(), await signUp()];
    const { session } = await ada.browser.session();
    await clientOf(mallory.browser).revokeSession({ token: session.id });
    expect((await ada.browser.session()).user.id).toBe(ada.id);
  });
});
