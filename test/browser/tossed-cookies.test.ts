/**
 * A neighbour's page sets cookies for every platform, in Chromium: another platform's app at the same root domain, as it
 * would be under `nno.app`. What the browser then holds, sends and gives up decides.
 */
import type { Browser, BrowserContext, Page } from "playwright-core";
import { beforeAll, expect, it } from "vitest";
import { localFetch } from "../../src/cli/local-fetch.ts";
import { platform } from "../../src/platform.ts";
import {
  newPlatformId,
  rootDomain,
  run,
  select,
  startWorld,
  type World,
} from "../provisioning/world.ts";
import { launchBrowser, password } from "./browser.ts";

let world: World;
let browser: Browser;
let victims: string;
let neighbours: string;
/** Mallory's session at the victim's platform: a valid one. */
let attackers: string;
/** The binding of that session, which her own browser holds. */
let attackersBinding: string;
/** The cookies of Ada's browser after she has signed in. */
let signedIn: Awaited<ReturnType<BrowserContext["storageState"]>>;

const sessionCookie = "better-auth.session_token";
const bindingCookie = "__Host-better-auth.session_binding";
const ada = "ada@example.com";
const contractOf = (platformId: string) =>
  platform(platformId, { rootDomain, port: world.local.port });
const pageOf = (platformId: string) =>
  `http://shop.app.default.${platformId}.${rootDomain}:${world.local.port}/`;

async function post(path: string, body: object): Promise<Response> {
  const { authUrl } = contractOf(victims);
  return localFetch(`${authUrl}/api/auth${path}`, {
    method: "POST",
    // Attempts are counted by address: Mallory's is not the browser's.
    headers: { "content-type": "application/json", "cf-connecting-ip": "198.51.100.7" },
    body: JSON.stringify(body),
  });
}

async function signUp(email: string): Promise<void> {
  expect((await post("/sign-up/email", { name: "Ada", email, password })).status).toBe(200);
  await select(world, victims, "UPDATE user SET email_verified = 1");
}

beforeAll(async () => {
  world = await startWorld();
  browser = await launchBrowser();
  [victims, neighbours] = [newPlatformId(), newPlatformId()];
  await run(world, victims);
  for (const platformId of [victims, neighbours]) {
    const workerName = `${platformId}-default-shop`;
    const content = `export default { fetch: () => new Response("<!doctype html><title>Shop</title>",
      { headers: { "Content-Type": "text/html" } }) };`;
    const contentType = "application/javascript+module";
    const modules = [{ name: "index.js", content, contentType }];
    const release = { ...world.release, modules };
    await world.cloudflare.uploadWorker({ workerName, release, bindings: [], tags: [] });
    const { hostname } = new URL(pageOf(platformId));
    await world.cloudflare.attachDomain({ hostname, service: workerName });
  }
  await signUp(ada);
  await signUp("mallory@example.com");
  const answer = await post("/sign-in/email", { email: "mallory@example.com", password });
  const read = (name: string) => {
    const line = answer.headers.getSetCookie().find((cookie) => cookie.startsWith(`${name}=`));
    return line?.slice(name.length + 1, line.indexOf(";")) ?? "";
  };
  [attackers, attackersBinding] = [read(sessionCookie), read(bindingCookie)];
  expect(attackers.length).toBeGreaterThan(40);
  expect(attackersBinding).toHaveLength(43);
  const context = await browser.newContext();
  await ask(await context.newPage(), "/sign-in/email", { email: ada, password });
  signedIn = await context.storageState();
  return async () => {
    await browser.close();
    await world.stop();
  };
});

/** A cookie of the neighbour's own host, the last that its page sets. */
const markCookie = "mark";

/** The neighbour's page, which sets cookies for all of the root domain. */
async function toss(page: Page, value: string, paths: string[], name = sessionCookie) {
  await page.goto(pageOf(neighbours));
  const context = page.context();
  await page.evaluate(
    (cookies) => {
      const { document } = globalThis as unknown as { document: { cookie: string } };
      for (const cookie of cookies) document.cookie = cookie;
    },
    [
      ...paths.map((path) => `${name}=${value}; Domain=.${rootDomain}; Path=${path}; Secure`),
      `${markCookie}=1`,
    ],
  );
  // Chromium takes in what a page sets a moment after the page has gone on, one after the other.
  const held = async () => (await context.cookies()).map((cookie) => cookie.name);
  await expect.poll(held, { timeout: 15_000 }).toContain(markCookie);
  await context.clearCookies({ name: markCookie });
}

/** Cookies of the root domain itself: nobody but a neighbour has set them. */
async function tossed(context: BrowserContext): Promise<string[]> {
  const cookies = await context.cookies();
  return cookies.filter(({ domain }) => domain === `.${rootDomain}`).map(({ path }) => path);
}

/** Asks the auth host from a page of the victim's platform. */
async function ask(page: Page, path: string, body?: object): Promise<{ user?: { email: string } }> {
  await page.goto(pageOf(victims));
  return page.evaluate(
    async ([url, json]) => {
      const init: RequestInit = { credentials: "include" };
      if (json !== undefined) {
        Object.assign(init, {
          method: "POST",
          headers: { "Content-Type": "application/json" },
          body: json,
        });
      }
      const answer = await fetch(url ?? "", init);
      return (await answer.json()) as { user?: { email: string } };
    },
    [`${contractOf(victims).authUrl}/api/auth${path}`, body && JSON.stringify(body)],
  );
}

it("a visitor with a tossed session is nobody, signs in as herself, and the copies are gone", async () => {
  const context = await browser.newContext();
  const page = await context.newPage();
  await toss(page, attackers, ["/", "/api", "/api/auth/"]);
  expect(await tossed(context)).toHaveLength(3);
  expect(await ask(page, "/session")).toEqual({ session: null });
  expect(await tossed(context)).toEqual([]);

  await toss(page, attackers, ["/", "/api"]);
  const { user } = await ask(page, "/sign-in/email", { email: ada, password });
  expect(user?.email).toBe(ada);
  expect((await ask(page, "/session")).user?.email).toBe(ada);
});

it.each([
  ["the attacker's session", () => attackers],
  ["garbage", () => "garbage"],
])("a user who is signed in stays herself beside %s, sent before her own", async (_name, value) => {
  const context = await browser.newContext({ storageState: signedIn });
  const page = await context.newPage();
  await toss(page, value(), ["/", "/api", "/api/auth/session"]);
  expect(await tossed(context)).toHaveLength(3);
  for (let visit = 0; visit < 2; visit += 1) {
    expect((await ask(page, "/session")).user?.email).toBe(ada);
    expect(await tossed(context)).toEqual([]);
  }
});

it("a session in quotes is nobody's", async () => {
  const context = await browser.newContext();
  const page = await context.newPage();
  for (const value of [`"${attackers}"`, `"${attackers}x`]) {
    await toss(page, value, ["/"]);
    expect(await tossed(context)).toHaveLength(1);
    expect(await ask(page, "/session")).toEqual({ session: null });
    expect(await tossed(context)).toEqual([]);
  }
});

// Chromium keeps and sends these names; JavaScript trims them to that of the auth host's own cookie.
it.each(["\u2000", "\u00a0", "\u3000", "\ufeff"])(
  "a binding whose name begins with %j binds nobody",
  async (space) => {
    for (const storageState of [undefined, signedIn]) {
      const context = await browser.newContext(storageState && { storageState });
      const page = await context.newPage();
      await toss(page, attackersBinding, ["/api/auth"], `${space}${bindingCookie}`);
      await toss(page, attackers, ["/api/auth"]);
      expect(await tossed(context)).toHaveLength(2);
      const { user } = await ask(page, "/session");
      expect(user?.email).toBe(storageState && ada);
    }
  },
);

it("a neighbour's page cannot set the binding, nor any other cookie of the auth host", async () => {
  const context = await browser.newContext();
  const page = await context.newPage();
  for (const name of ["session_binding", "two_factor", "oauth_state", "admin_session"]) {
    for (const prefix of ["__Host-", "__host-", "=__Host-"]) {
      await toss(page, "tossed", ["/"], `${prefix}better-auth.${name}`);
    }
  }
  expect(await context.cookies()).toEqual([]);
  expect(signedIn.cookies.map(({ name, domain }) => ({ name, domain }))).toEqual(
    expect.arrayContaining([
      { name: sessionCookie, domain: contractOf(victims).cookieDomain },
      { name: bindingCookie, domain: contractOf(victims).authHost },
    ]),
  );
});
