/** The console's own frame: from a claim into it, what it exchanges, and what it shows when something fails. */
import { join } from "node:path";
import { decodeJwt } from "jose";
import type { BrowserContext, Page } from "playwright-core";
import { beforeAll, expect, it } from "vitest";
import { violationsOf } from "./accessibility.ts";
import { password, signIn, startConsole, type Console } from "./browser.ts";

const consoleFolder = join(import.meta.dirname, "../../src/console/dist");

let site: Console;
let context: BrowserContext;
/** The first platform admin's. */
let page: Page;

beforeAll(async () => {
  site = await startConsole();
  ({ context, page } = await site.open());
  return site.stop;
});

const home = (shown: Page) => shown.getByRole("heading", { name: "Hello Grace Hopper" });

it("is where the link of a claim at the auth host leads in the end", async () => {
  const onWorker = (hash: string) => `${site.authUrl}/claim${hash}`;
  await page.goto(onWorker(""));
  await page.getByText("This link is incomplete.").waitFor();
  await page.goto("about:blank");
  await page.goto(onWorker(new URL(site.claimUrl).hash));
  await page.getByLabel("Name").fill("Grace Hopper");
  await page.getByLabel("Email").fill("grace@example.com");
  await page.getByLabel("Password", { exact: true }).fill(password);
  expect(await violationsOf(page, "worker-claim")).toEqual([]);
  await page.getByRole("button", { name: "Claim" }).click();
  await page.getByText("grace@example.com is now the platform admin.").waitFor();
  expect(await violationsOf(page, "worker-claimed")).toEqual([]);
  await page.getByRole("link", { name: "Sign in at the console" }).click();
  await page.waitForURL(`${site.origin}/sign-in`);
  await signIn(page, "grace@example.com");
  await home(page).waitFor();
});

it("exchanges the session for a token of the platform, and shows what it says", async () => {
  await page.getByRole("button", { name: "Get a token" }).click();
  const card = page.getByRole("region", { name: "Access token" });
  await card.getByText(site.authUrl).waitFor();
  await card.getByText("platform-admin").waitFor();
  expect(await violationsOf(page, "access-token")).toEqual([]);
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await card.getByRole("button", { name: "Copy the token" }).click();
  await card.getByText("Copied.").waitFor();
  const copied = decodeJwt(await page.evaluate<string>("navigator.clipboard.readText()"));
  expect(copied).toMatchObject({ iss: site.authUrl, role: "platform-admin" });
});

it("has a screen and a way on where a part of it does not load", async () => {
  await context.route("**/assets/administration*", (route) => route.abort());
  const failure = page.getByRole("alert").getByText("This page did not load");
  await page.getByRole("link", { name: "Users" }).click();
  await failure.waitFor();
  expect(await violationsOf(page, "not-loaded")).toEqual([]);
  await page.getByRole("link", { name: "Home" }).click();
  await home(page).waitFor();
  await page.getByRole("link", { name: "Users" }).click();
  await failure.waitFor();
  await context.unroute("**/assets/administration*");
  await page.getByRole("button", { name: "Reload" }).click();
  await page.getByRole("heading", { name: "Users", exact: true }).waitFor();
});

it("says that the server is away above what was known, and no more once it is back", async () => {
  await context.route("**/api/auth/**", (route) => route.fulfill({ status: 503 }));
  await page.evaluate("window.dispatchEvent(new Event('online'))");
  const bar = page.getByRole("status").filter({ hasText: "The service cannot be reached." });
  await bar.getByText("This page may be out of date.").waitFor();
  await page.getByRole("heading", { name: "Users", exact: true }).waitFor();
  expect(await violationsOf(page, "outage")).toEqual([]);
  // While the server is away: once it is back, the page finds out by itself, and may be quicker than a click.
  const asked = page.waitForRequest("**/api/auth/**");
  await bar.getByRole("button", { name: "Try again" }).click();
  await asked;
  await context.unroute("**/api/auth/**");
  await page.evaluate("window.dispatchEvent(new Event('online'))");
  await bar.waitFor({ state: "detached" });
});

it("says on every page that an admin acts as somebody", async () => {
  await page.evaluate(async (authUrl) => {
    const post = async (path: string, body: object) => {
      const answer = await fetch(`${authUrl}/api/auth${path}`, {
        method: "POST",
        credentials: "include",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(body),
      });
      return (await answer.json()) as { user: { id: string } };
    };
    const { user } = await post("/admin/create-user", { name: "Bob", email: "bob@example.com" });
    await post("/admin/impersonate-user", { userId: user.id });
  }, site.authUrl);
  await page.goto("/auth-error");
  const banner = page.getByRole("region", { name: "Impersonation" });
  await banner.getByText("You are impersonating Bob").waitFor();
  expect(await violationsOf(page, "impersonating-outside")).toEqual([]);
  await banner.getByRole("button", { name: "Stop" }).click();
  await home(page).waitFor();
});

it("asks nobody to sign in who is signed in, and goes where they were going on this origin alone", async () => {
  await page.goto("/sign-in?callbackURL=%2Fprofile");
  await page.getByRole("heading", { name: "Profile" }).waitFor();
  await page.goto("/sign-up?callbackURL=https%3A%2F%2Fexample.com%2F");
  await home(page).waitFor();
  expect(page.url()).toBe(`${site.origin}/`);

  // Two tabs of one browser, and one of them signs in.
  const { context: another, page: first } = await site.open();
  const second = await another.newPage();
  await first.goto("/sign-in");
  await second.goto("/sign-in?callbackURL=%2Fprofile");
  await signIn(first, "grace@example.com");
  await home(first).waitFor();
  await second.getByRole("heading", { name: "Profile" }).waitFor();
});

it("opens in a browser that keeps nothing for it, and says what to set where it is not set up", async () => {
  const { context: another, page: shown } = await site.open();
  await another.addInitScript(() => {
    for (const name of ["localStorage", "sessionStorage"]) {
      Object.defineProperty(globalThis, name, {
        get() {
          throw new Error("The operation is insecure.");
        },
      });
    }
  });
  await shown.goto("/sign-in");
  await shown.getByRole("heading", { name: "Sign in" }).waitFor();

  // The same build at a host that names no platform.
  await another.route("http://console.localhost/**", async (route) => {
    const { pathname } = new URL(route.request().url());
    await route.fulfill({ path: join(consoleFolder, pathname === "/" ? "index.html" : pathname) });
  });
  await shown.goto("http://console.localhost/");
  await shown.getByRole("heading", { name: "This console is not set up" }).waitFor();
  await shown.getByText("Set VITE_AUTH_URL=").waitFor();
  expect(await violationsOf(shown, "not-set-up")).toEqual([]);
});
