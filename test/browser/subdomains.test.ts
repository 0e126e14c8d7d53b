/**
 * One sign-in for all apps of a platform, and for none of another: Chromium at the hosts of platforms that the job
 * provisioned on the local Cloudflare. What a browser really holds and sends decides.
 */
import type { Browser, BrowserContext, Page } from "playwright-core";
import { beforeAll, expect, it } from "vitest";
import { platform } from "../../src/platform.ts";
import { newPlatformId, rootDomain, run, startWorld, type World } from "../provisioning/world.ts";
import { launchBrowser, openContext, password } from "./browser.ts";

let world: World;
let browser: Browser;
/** One visitor's browser, from test to test. */
let context: BrowserContext;
let page: Page;
let one: string;
let other: string;
let claim: string;

/** An app of a platform: a page that says who its auth Worker thinks is there. */
const shop = (
  authUrl: string,
) => `export default { fetch: () => new Response(\`<!doctype html><title>Shop</title><p role="status">...</p>
<script>
  fetch("${authUrl}/api/auth/session", { credentials: "include" })
    .then((answer) => answer.json())
    .then(({ user }) => { document.querySelector("p").textContent = user ? user.email : "nobody"; })
    .catch((error) => { document.querySelector("p").textContent = "refused: " + error.message; });
</script>\`, { headers: { "Content-Type": "text/html" } }) };`;

const contractOf = (platformId: string) =>
  platform(platformId, { rootDomain, port: world.local.port });
const shopHost = (platformId: string) => `shop.app.default.${platformId}.${rootDomain}`;

async function deployShop(platformId: string, authUrl: string): Promise<void> {
  const workerName = `${platformId}-default-shop`;
  const module = {
    name: "index.js",
    content: shop(authUrl),
    contentType: "application/javascript+module",
  };
  const release = { ...world.release, modules: [module] };
  await world.cloudflare.uploadWorker({ workerName, release, bindings: [], tags: [] });
  await world.cloudflare.attachDomain({ hostname: shopHost(platformId), service: workerName });
}

beforeAll(async () => {
  world = await startWorld({ console: true });
  browser = await launchBrowser();
  ({ context, page } = await openContext(browser, {}));
  [one, other] = [newPlatformId(), newPlatformId()];
  claim = (await run(world, one)).result.claim?.url ?? "";
  await run(world, other);
  await deployShop(one, contractOf(one).authUrl);
  await deployShop(other, contractOf(other).authUrl);
  return async () => {
    await browser.close();
    await world.stop();
  };
});

async function visitor(platformId: string): Promise<string> {
  await page.goto(`http://${shopHost(platformId)}:${world.local.port}/`);
  const status = page.getByRole("status");
  await expect.poll(async () => status.textContent(), { timeout: 15_000 }).not.toBe("...");
  return (await status.textContent()) ?? "";
}

it("signs in at the console, and is signed in at the platform's shop without a further step, and at no other platform's", async () => {
  expect(await visitor(one)).toBe("nobody");

  const { consoleUrl, cookieDomain, authHost } = contractOf(one);
  await page.goto(`${consoleUrl}/claim${new URL(claim).hash}`);
  await page.getByLabel("Name").fill("Grace Hopper");
  await page.getByLabel("Email").fill("grace@example.com");
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.locator("form button").last().click();
  await page.getByText("The platform is yours").waitFor();
  await page.goto(`${consoleUrl}/sign-in`);
  await page.getByLabel("Email").fill("grace@example.com");
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.getByRole("heading", { name: "Hello Grace Hopper" }).waitFor();

  const cookies = await context.cookies();
  expect(cookies.map(({ name, domain, httpOnly }) => ({ name, domain, httpOnly }))).toEqual([
    { name: "better-auth.session_token", domain: cookieDomain, httpOnly: true },
    { name: "__Host-better-auth.known_device", domain: authHost, httpOnly: true },
    { name: "__Host-better-auth.session_binding", domain: authHost, httpOnly: true },
  ]);
  expect(await context.cookies(`http://${shopHost(one)}/`)).toHaveLength(1);
  expect(await context.cookies(`http://${shopHost(other)}/`)).toEqual([]);

  expect(await visitor(one)).toBe("grace@example.com");
  expect(await visitor(other)).toBe("nobody");
});

it("gives another platform's page nothing of a visitor who is signed in here", async () => {
  const url = `${contractOf(one).authUrl}/api/auth/session`;
  const ask = async () =>
    page.evaluate(
      async (address) =>
        fetch(address, { credentials: "include" })
          .then((answer) => answer.text())
          .catch((error: Error) => error.message),
      url,
    );
  expect(await visitor(one)).toBe("grace@example.com");
  expect(await ask()).toContain("grace@example.com");
  expect(await visitor(other)).toBe("nobody");
  expect(await ask()).toBe("Failed to fetch");
});
