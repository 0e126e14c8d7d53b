/** Every screen, light and dark, on a phone and on a desk: axe-core finds nothing, and nothing is wider than the screen. */
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { arrive, password, signIn, signOut, startConsoleWithProvider } from "./browser.ts";
import { actingAsSomebody, adminAlone, adminAmongOthers } from "./screens/admin.ts";
import { outside } from "./screens/outside.ts";
import { people } from "./screens/people.ts";
import { inspect, show, type Stage } from "./screens/screen.ts";

/** As long as the browser waits. */
const patience = { timeout: 15_000 };
let stage: Stage;

beforeAll(async () => {
  const site = await startConsoleWithProvider();
  const pages = [];
  for (let count = 0; count < 4; count += 1) pages.push((await site.open()).page);
  const [nobody, member, staff, admin] = pages as [Page, Page, Page, Page];
  stage = { site, outside: nobody, member, staff, admin };
  const bob = { name: "Bob Boole", email: "bob@example.com" };
  for (const person of [bob, { name: "Mallory", email: "mallory@example.com" }]) {
    await arrive(site, member, person);
    await signOut(member);
  }
  site.provider.people.set("bob", { ...bob, email_verified: true });
  site.provider.people.set("nora", {
    name: "Nora Noether",
    email: "nora@example.com",
    email_verified: true,
  });
  const allow = async (page: Page, login: string) => {
    await page.getByLabel("Login").fill(login);
    await page.getByRole("button", { name: "Allow" }).click();
  };
  // Nora's account is made by the provider. Bob has one with a password, to which he connects it.
  await staff.goto("/sign-in");
  await staff.getByRole("button", { name: "Continue with Acme Staff" }).click();
  await allow(staff, "nora");
  await staff.getByRole("heading", { name: "Hello Nora Noether" }).waitFor();
  await member.goto("/sign-in");
  await signIn(member, bob.email);
  await member.getByRole("heading", { name: "Hello Bob Boole" }).waitFor();
  await member.getByRole("link", { name: "Profile" }).click();
  await member.getByRole("button", { name: "Connect Acme Staff" }).click();
  await allow(member, "bob");
  await member.getByRole("button", { name: "Disconnect Acme Staff" }).waitFor();
});

afterAll(async () => stage.site.stop());

const screens = [
  ...adminAlone,
  ...people,
  ...adminAmongOthers,
  // After somebody was banned.
  ...outside,
];

describe.each(screens)("the screen $name", (screen) => {
  it("is accessible and fits, light and dark, narrow and wide, from either side", async () => {
    await inspect(await show(screen, stage), screen.name);
  });
});

it("shows on a phone which page it is, among more links than fit", async () => {
  const { admin } = stage;
  await admin.setViewportSize({ width: 360, height: 740 });
  await admin.goto("/admin/audit");
  const link = admin.getByRole("link", { name: "Audit log" });
  await expect.poll(async () => (await link.boundingBox())?.x, patience).toBeLessThan(300);
});

it("makes a provider's button usable again after somebody comes back from the provider", async () => {
  const page = stage.outside;
  await page.goto("/sign-in");
  const provider = "**/sign-in/social";
  await page.route(provider, async () => new Promise(() => {}), { times: 1 });
  const button = page.getByRole("button", { name: "Continue with Acme Staff" });
  await button.click();
  await expect.poll(async () => button.getAttribute("aria-disabled"), patience).toBe("true");
  // What Chromium says when it shows a page as it was left; it keeps none under a debugger.
  await page.evaluate(
    "dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })) && undefined",
  );
  await expect.poll(async () => button.getAttribute("aria-disabled"), patience).toBeNull();
  // Ends the request that waits, which would lead away.
  await page.goto("about:blank");
});

it("is used with the keyboard alone: a sign-in, and a menu that leads to a dialog and back", async () => {
  const page = stage.outside;
  await page.goto("/sign-in");
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await tabTo(page, "Email");
  await page.keyboard.type("grace@example.com");
  await tabTo(page, "Password");
  await page.keyboard.type(password);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: /Grace Hopper/ }).waitFor();
  await tabTo(page, /^Tenant: /);
  await page.keyboard.press("Enter");
  await page.getByRole("menu").waitFor();
  const pressEnd = async () => page.keyboard.press("End").then(async () => focused(page));
  await expect.poll(pressEnd, patience).toBe("New tenant");
  await page.keyboard.press("Enter");
  await page.getByRole("dialog", { name: "New tenant" }).waitFor();
  await tabTo(page, "Short name");
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await expect.poll(async () => focused(page), patience).toMatch(/^Tenant: /);
});

describe.each(actingAsSomebody)("the screen $name", (screen) => {
  it("is accessible and fits, light and dark, narrow and wide, from either side", async () => {
    await inspect(await show(screen, stage), screen.name);
  });
});

const focused = async (page: Page): Promise<string> =>
  page.evaluate<string>(
    "(({ ariaLabel, labels, textContent }) => ariaLabel ?? labels?.[0]?.textContent ?? textContent)(document.activeElement)",
  );

async function tabTo(page: Page, name: string | RegExp): Promise<void> {
  for (let presses = 0; presses < 40; presses += 1) {
    const label = await focused(page);
    if (typeof name === "string" ? label === name : name.test(label)) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`the keyboard does not reach ${String(name)}`);
}
