/** Every screen, light and dark, on a phone and on a desk: axe-core finds nothing, and nothing is wider than the screen. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  authenticator,
  password,
  screenshotPath,
  signIn,
  signUp,
  startConsoleWithProvider,
} from "./browser.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const widths = [360, 1280];
const themes = ["light", "dark"] as const;

let site: Awaited<ReturnType<typeof startConsoleWithProvider>>;
let signedOut: Page;
let member: Page;
let admin: Page;

beforeAll(async () => {
  site = await startConsoleWithProvider();
  ({ page: signedOut } = await site.open());
  ({ page: member } = await site.open());
  const bob = { name: "Bob Boole", email: "bob@example.com" };
  await signUp(site, member, bob);
  await signUp(site, member, { name: "Mallory", email: "mallory@example.com" });
  site.provider.people.set("bob", { ...bob, email_verified: true });
  await member.goto("/sign-in");
  await member.getByRole("button", { name: "Continue with Acme Staff" }).click();
  await member.getByLabel("Login").fill("bob");
  await member.getByRole("button", { name: "Allow" }).click();
  await member.getByRole("heading", { name: "Hello Bob Boole" }).waitFor();

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
  await admin.goto("/admin/users");
  await admin.getByRole("button", { name: "Actions for Mallory" }).click();
  await admin.getByRole("menuitem", { name: "Ban" }).click();
  await admin.getByRole("dialog").getByLabel("Reason").fill("Spam");
  await admin.getByRole("dialog").getByRole("button", { name: "Ban" }).click();
  await admin.getByText("Banned").waitFor();
});

afterAll(async () => site.stop());

interface Screen {
  name: string;
  who: () => Page;
  path: string | (() => Promise<string>);
  ready: string | RegExp;
  /** Before the page is opened. */
  prepare?: (page: Page) => Promise<void>;
  arrange?: (page: Page) => Promise<void>;
}

const outside = () => signedOut;
const inside = () => admin;
const membersOwn = () => member;
const api = "**/api/auth/**";

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
  {
    name: "sign-in-banned",
    who: outside,
    path: "/sign-in",
    ready: "Sign in",
    arrange: async (page) => {
      await signIn(page, "mallory@example.com");
      await page.getByRole("alert").getByText("This account is banned").waitFor();
    },
  },
  {
    name: "reset-done",
    who: outside,
    path: "/forgot-password",
    ready: "Reset your password",
    arrange: async (page) => {
      await page.getByLabel("Email").fill("mallory@example.com");
      await page.getByRole("button", { name: "Send link" }).click();
      await page.getByRole("heading", { name: "Check your inbox" }).waitFor();
      await page.goto(await site.linkTo("mallory@example.com", "Reset your password"));
      await page.getByLabel("New password", { exact: true }).fill(password);
      await page.getByRole("button", { name: "Set password" }).click();
      await page.getByRole("heading", { name: "Your password was changed" }).waitFor();
    },
  },
  {
    name: "sign-up-sent",
    who: outside,
    path: "/sign-up",
    ready: "Create your account",
    arrange: async (page) => {
      await page.getByLabel("Name").fill("Ada");
      await page.getByLabel("Email").fill("ada@example.com");
      await page.getByLabel("Password", { exact: true }).fill(password);
      await page.getByRole("button", { name: "Create account" }).click();
      await page.getByRole("heading", { name: "Check your inbox" }).waitFor();
    },
  },
  {
    name: "verify-email-done",
    who: outside,
    path: async () => site.linkTo("ada@example.com", "Confirm your email"),
    ready: "Your address is confirmed",
  },
  {
    name: "unreachable",
    who: outside,
    path: "/",
    ready: "The service cannot be reached",
    prepare: async (page) => page.route(api, async (route) => route.abort()).then(() => undefined),
    arrange: async (page) => page.unroute(api),
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
  {
    name: "accept-invitation-another-address",
    who: membersOwn,
    path: async () => site.linkTo("charles@example.com", "Invitation to Analytical Engines"),
    ready: "This invitation is for another address",
  },
  {
    name: "auth-error-connecting",
    who: membersOwn,
    path: "/auth-error?error=email_does_not_match",
    ready: "The account was not connected",
  },
  { name: "members-none", who: membersOwn, path: "/tenant", ready: "Members" },
  {
    name: "connected-accounts",
    who: membersOwn,
    path: "/profile",
    ready: "Profile",
    arrange: async (page) =>
      page.getByRole("button", { name: "Disconnect Acme Staff" }).scrollIntoViewIfNeeded(),
  },
  {
    name: "backup-codes",
    who: membersOwn,
    path: "/profile",
    ready: "Profile",
    arrange: async (page) => {
      await page.getByRole("button", { name: "Turn on" }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByLabel("Password", { exact: true }).fill(password);
      await dialog.getByRole("button", { name: "Continue" }).click();
      const code = authenticator(await dialog.locator(".nno-key code").innerText());
      await dialog.getByLabel("Code").fill(await code(0));
      await dialog.getByRole("heading", { name: "Keep your backup codes" }).waitFor();
    },
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

it("shows on a phone which page it is, among more links than fit", async () => {
  await admin.setViewportSize({ width: 360, height: 740 });
  await admin.goto("/admin/audit");
  const link = admin.getByRole("link", { name: "Audit log" });
  await expect.poll(async () => (await link.boundingBox())?.x).toBeLessThan(300);
});

describe.each(screens)("the screen $name", ({ name, who, path, ready, prepare, arrange }) => {
  it("is accessible and fits, light and dark, narrow and wide", async () => {
    const page = who();
    await page.setViewportSize({ width: 1280, height: 900 });
    // Only a new document forgets what the last screen left open.
    await page.goto("about:blank");
    await prepare?.(page);
    await page.goto(typeof path === "string" ? path : await path());
    await page.getByRole("heading", { name: ready, level: 1 }).waitFor();
    await arrange?.(page);
    await page.evaluate(axe);
    for (const width of widths) {
      await page.setViewportSize({ width, height: width === 360 ? 740 : 900 });
      for (const theme of themes) {
        await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
        await page.evaluate(settled);
        await photograph(page, `${name}-${width}-${theme}`);
        expect(await findings(page), `${name} at ${width}, ${theme}`).toEqual([]);
      }
      expect(await page.evaluate(overflow), `${name} at ${width}`).toBe(0);
    }
  });
});

/** What moves has arrived; a spinner never does. */
const settled = `new Promise((resolve) => {
  requestAnimationFrame(() => requestAnimationFrame(resolve));
}).then(() => Promise.all(
  document.getAnimations()
    .filter(({ effect }) => effect.getComputedTiming().endTime < Infinity)
    .map(({ finished }) => finished.catch(() => {})),
))`;
const overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth";

async function findings(page: Page): Promise<string[]> {
  const { violations } = await page.evaluate<AxeResults>("axe.run()");
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 160)} ${failureSummary ?? ""}`),
  );
}

/** If anybody asked for pictures. A dialog belongs to what the window shows, so the page is not unrolled behind one. */
async function photograph(page: Page, name: string): Promise<void> {
  const path = screenshotPath(name);
  if (path === undefined) return;
  const fullPage =
    (await page.locator("dialog[open], [role=dialog], [role=alertdialog]").count()) === 0;
  await page.screenshot({ path, fullPage });
}
