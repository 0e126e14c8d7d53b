/** Every screen, light and dark, on a phone and on a desk: axe-core finds nothing, and nothing is wider than the screen. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { password, screenshotPath, signIn, signUp, startConsole, type Console } from "./browser.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const widths = [360, 1280];
const themes = ["light", "dark"] as const;

let site: Console;
let signedOut: Page;
let admin: Page;

beforeAll(async () => {
  site = await startConsole();
  ({ page: signedOut } = await site.open());
  const { page: member } = await site.open();
  await signUp(site, member, { name: "Bob Boole", email: "bob@example.com" });
  ({ page: admin } = await site.open());
  await admin.goto(site.claimUrl);
  await admin.getByLabel("Name").fill("Grace Hopper");
  await admin.getByLabel("Email").fill("grace@example.com");
  await admin.getByLabel("Password", { exact: true }).fill(password);
  await admin.getByRole("button", { name: "Claim" }).click();
  await admin.getByRole("link", { name: "Sign in" }).click();
  await signIn(admin, "grace@example.com");
  await admin.getByRole("heading", { name: "Profile" }).waitFor();
  await admin.goto("/tenant");
  await admin.getByRole("button", { name: "New tenant" }).click();
  await admin.getByLabel("Name", { exact: true }).fill("Analytical Engines");
  await admin.getByRole("button", { name: "Create tenant" }).click();
  await admin.getByRole("button", { name: "Invite", exact: true }).click();
  await admin.getByRole("dialog").getByLabel("Email").fill("charles@example.com");
  await admin.getByRole("dialog").getByRole("button", { name: "Invite", exact: true }).click();
  await admin.getByText("charles@example.com was invited.").waitFor();
});

afterAll(async () => site.stop());

interface Screen {
  name: string;
  who: () => Page;
  path: string;
  ready: string | RegExp;
  arrange?: (page: Page) => Promise<void>;
}

const outside = () => signedOut;
const inside = () => admin;

const screens: Screen[] = [
  { name: "sign-in", who: outside, path: "/sign-in", ready: "Sign in" },
  {
    name: "sign-in-errors",
    who: outside,
    path: "/sign-in",
    ready: "Sign in",
    arrange: async (page) => page.getByRole("button", { name: "Sign in", exact: true }).click(),
  },
  { name: "sign-up", who: outside, path: "/sign-up", ready: "Create your account" },
  { name: "forgot-password", who: outside, path: "/forgot-password", ready: "Reset your password" },
  {
    name: "reset-password",
    who: outside,
    path: "/reset-password?token=x",
    ready: "Choose a new password",
  },
  {
    name: "verify-email-failed",
    who: outside,
    path: "/verify-email?token=x",
    ready: "This link does not work any more",
  },
  { name: "two-factor", who: outside, path: "/two-factor", ready: "Two-factor authentication" },
  {
    name: "two-factor-backup",
    who: outside,
    path: "/two-factor",
    ready: "Two-factor authentication",
    arrange: async (page) =>
      page.getByRole("button", { name: "Use a backup code instead" }).click(),
  },
  {
    name: "accept-invitation-guest",
    who: outside,
    path: "/accept-invitation?id=x",
    ready: "You are invited",
  },
  {
    name: "accept-invitation-closed",
    who: inside,
    path: "/accept-invitation?id=x",
    ready: "This invitation is not open",
  },
  { name: "claim", who: outside, path: "/claim#token=x", ready: "Claim this platform" },
  { name: "auth-error", who: outside, path: "/auth-error", ready: "Sign-in failed" },
  { name: "not-found", who: outside, path: "/nowhere", ready: "There is nothing here" },
  { name: "home", who: inside, path: "/", ready: /Grace Hopper/ },
  { name: "profile", who: inside, path: "/profile", ready: "Profile" },
  {
    name: "enrolment",
    who: inside,
    path: "/profile",
    ready: "Profile",
    arrange: async (page) => {
      await page.getByRole("button", { name: "Turn on" }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByLabel("Password", { exact: true }).fill(password);
      await dialog.getByRole("button", { name: "Continue" }).click();
      await dialog.getByRole("img", { name: /QR code/ }).waitFor();
    },
  },
  {
    name: "delete-account",
    who: inside,
    path: "/profile",
    ready: "Profile",
    arrange: async (page) => page.getByRole("button", { name: "Delete account" }).click(),
  },
  { name: "members", who: inside, path: "/tenant", ready: "Analytical Engines" },
  {
    name: "tenant-menu",
    who: inside,
    path: "/tenant",
    ready: "Analytical Engines",
    arrange: async (page) =>
      page.getByRole("button", { name: "Tenant: Analytical Engines" }).click(),
  },
  {
    name: "users",
    who: inside,
    path: "/admin/users",
    ready: "Users",
    arrange: async (page) => page.getByText("bob@example.com").waitFor(),
  },
  {
    name: "user-ban",
    who: inside,
    path: "/admin/users",
    ready: "Users",
    arrange: async (page) => {
      await page.getByRole("button", { name: "Actions for Bob Boole" }).click();
      await page.getByRole("menuitem", { name: "Ban" }).click();
      await page.getByRole("dialog").waitFor();
    },
  },
  {
    name: "tenants",
    who: inside,
    path: "/admin/tenants",
    ready: "Tenants",
    arrange: async (page) => page.getByText("analytical-engines").waitFor(),
  },
  {
    name: "audit",
    who: inside,
    path: "/admin/audit",
    ready: "Audit log",
    arrange: async (page) => page.getByText("platform.claimed").waitFor(),
  },
  {
    // The last one: it signs the admin in as somebody else.
    name: "impersonating",
    who: inside,
    path: "/admin/users",
    ready: "Users",
    arrange: async (page) => {
      await page.getByRole("button", { name: "Actions for Bob Boole" }).click();
      await page.getByRole("menuitem", { name: "Act as this user" }).click();
      await page.getByRole("alertdialog").getByRole("button", { name: "Act as" }).click();
      await page.getByRole("region", { name: "Impersonation" }).waitFor();
    },
  },
];

describe.each(screens)("the screen $name", ({ name, who, path, ready, arrange }) => {
  it("is accessible and fits, light and dark, narrow and wide", async () => {
    const page = who();
    await page.setViewportSize({ width: 1280, height: 900 });
    // Only a new document forgets what the last screen left open.
    await page.goto("about:blank");
    await page.goto(path);
    await page.getByRole("heading", { name: ready, level: 1 }).waitFor();
    await arrange?.(page);
    await page.evaluate(axe);
    for (const width of widths) {
      await page.setViewportSize({ width, height: width === 360 ? 740 : 900 });
      for (const theme of themes) {
        await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
        await page.waitForTimeout(200);
        const path = screenshotPath(`${name}-${width}-${theme}`);
        if (path !== undefined) await page.screenshot({ path, fullPage: true });
        expect(await findings(page), `${name} at ${width}, ${theme}`).toEqual([]);
      }
      expect(await page.evaluate(overflow), `${name} at ${width}`).toBe(0);
    }
  });
});

const overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth";

async function findings(page: Page): Promise<string[]> {
  const { violations } = await page.evaluate<AxeResults>("axe.run()");
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 160)} ${failureSummary ?? ""}`),
  );
}
