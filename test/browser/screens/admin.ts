/** What is shown to a platform's first admin, who has a tenant. In this order: each screen may need the one before. */
import type { Page } from "playwright-core";
import { password, signIn } from "../browser.ts";
import type { Screen } from "./screen.ts";

const who = "admin";
const press = async (page: Page, name: string) =>
  page.getByRole("button", { name, exact: true }).first().click();
const choose = async (page: Page, of: string, name: string) => {
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: `Actions for ${of}` }).click();
  await page.getByRole("menuitem", { name, exact: true }).click();
  await page.locator("[role=dialog], [role=alertdialog]").waitFor();
};

/** Before there is anybody else in the tenant. */
export const adminAlone: Screen[] = [
  {
    name: "claim-done",
    who,
    path: ({ site }) => site.claimUrl,
    ready: "Claim this platform",
    arrange: async (page) => {
      await page.getByLabel("Name").fill("Grace Hopper");
      await page.getByLabel("Email").fill("grace@example.com");
      await page.getByLabel("Password", { exact: true }).fill(password);
      await page.getByRole("button", { name: "Claim" }).click();
      await page.getByRole("heading", { name: "The platform is yours" }).waitFor();
    },
  },
  {
    name: "profile",
    who,
    arrange: async (page) => {
      await page.getByRole("link", { name: "Sign in" }).click();
      await signIn(page, "grace@example.com");
      await page.getByRole("heading", { name: "Profile" }).waitFor();
      await page.getByText("This device").waitFor();
    },
  },
  {
    name: "enrolment",
    who,
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
    who,
    arrange: async (page) => {
      await page.keyboard.press("Escape");
      await press(page, "Delete account");
    },
  },
  { name: "home", who, path: "/", ready: /Grace Hopper/ },
  {
    name: "new-tenant",
    who,
    path: "/tenant",
    ready: "Members",
    arrange: async (page) => {
      await press(page, "New tenant");
      await page.getByLabel("Name", { exact: true }).fill("Analytical Engines");
    },
  },
  {
    name: "invite",
    who,
    arrange: async (page) => {
      await press(page, "Create tenant");
      await page.getByRole("heading", { name: "Analytical Engines", level: 1 }).waitFor();
      await press(page, "Invite");
      await page.getByRole("dialog").waitFor();
    },
  },
  {
    name: "members",
    who,
    arrange: async (page) => {
      for (const email of ["charles@example.com", "bob@example.com", "nora@example.com"]) {
        if ((await page.getByRole("dialog").count()) === 0) await press(page, "Invite");
        const dialog = page.getByRole("dialog");
        await dialog.getByLabel("Email").fill(email);
        await dialog.getByRole("button", { name: "Invite", exact: true }).click();
        await page.getByText(`Invitation sent to ${email}.`).waitFor();
      }
    },
  },
  {
    name: "tenant-menu",
    who,
    arrange: async (page) => press(page, "Tenant: Analytical Engines"),
  },
  {
    name: "delete-tenant",
    who,
    arrange: async (page) => {
      await page.keyboard.press("Escape");
      await press(page, "Delete tenant");
      await page.getByRole("alertdialog").waitFor();
    },
  },
  {
    name: "tenant-roles-none",
    who,
    path: "/tenant/roles",
    ready: "Analytical Engines",
    arrange: async (page) => page.getByText("has no custom roles yet").waitFor(),
  },
  {
    name: "new-role",
    who,
    arrange: async (page) => {
      await press(page, "New role");
      await page.getByRole("dialog").getByLabel("Name").fill("recruiter");
      const invitations = page.getByRole("dialog").getByRole("group", { name: "Invitations" });
      await invitations.getByLabel("Add").check();
    },
  },
  {
    name: "tenant-roles",
    who,
    arrange: async (page) => {
      await press(page, "Save");
      await page.getByText("recruiter was saved.").waitFor();
      await page.getByText("Invitations: Add").waitFor();
    },
  },
  {
    name: "delete-role",
    who,
    arrange: async (page) => page.getByRole("button", { name: "Delete recruiter" }).click(),
  },
  {
    name: "accept-invitation-closed",
    who,
    path: "/accept-invitation?id=x",
    ready: "This invitation is no longer open",
  },
];

/** With somebody in the tenant; and over the platform. */
export const adminAmongOthers: Screen[] = [
  {
    name: "members-others",
    who,
    path: "/tenant",
    ready: "Analytical Engines",
    arrange: async (page) =>
      page.getByLabel("Role of Bob Boole", { exact: true }).selectOption("owner"),
  },
  {
    name: "make-owner",
    who,
    arrange: async (page) =>
      page.getByRole("button", { name: "Change role of Bob Boole to Owner" }).click(),
  },
  {
    name: "remove-member",
    who,
    arrange: async (page) => {
      await page.keyboard.press("Escape");
      await press(page, "Remove Bob Boole");
    },
  },
  {
    name: "tenant-audit",
    who,
    path: "/tenant/audit",
    ready: "Audit log of Analytical Engines",
    arrange: async (page) => page.getByText("tenant.created").waitFor(),
  },
  {
    name: "users",
    who,
    path: "/admin/users",
    ready: "Users",
    arrange: async (page) => page.getByText("boole@example.com").waitFor(),
  },
  {
    name: "users-menu",
    who,
    arrange: async (page) => page.getByRole("button", { name: "Actions for Bob Boole" }).click(),
  },
  { name: "user-ban", who, arrange: async (page) => choose(page, "Mallory", "Ban") },
  {
    name: "user-banned",
    who,
    arrange: async (page) => {
      await page.getByRole("dialog").getByLabel("Reason").fill("Spam");
      await page.getByRole("dialog").getByRole("button", { name: "Ban" }).click();
      await page.getByText("Banned").waitFor();
    },
  },
  {
    name: "user-make-admin",
    who,
    arrange: async (page) => choose(page, "Bob Boole", "Make platform admin"),
  },
  {
    name: "tenants",
    who,
    path: "/admin/tenants",
    ready: "Tenants",
    arrange: async (page) => page.getByText("analytical-engines").waitFor(),
  },
  {
    name: "tenant-members",
    who,
    arrange: async (page) => {
      await choose(page, "Analytical Engines", "Members");
      await page.getByRole("dialog").getByText("boole@example.com").waitFor();
    },
  },
  {
    name: "tenant-delete",
    who,
    arrange: async (page) => choose(page, "Analytical Engines", "Delete"),
  },
  {
    name: "tenant-rename",
    who,
    arrange: async (page) => choose(page, "Analytical Engines", "Rename"),
  },
  {
    name: "tenant-renamed",
    who,
    arrange: async (page) => {
      await page.getByRole("dialog").getByLabel("Name").fill("Difference Engines");
      await press(page, "Save");
      await page.getByText("Done: Difference Engines.").waitFor();
    },
  },
  {
    name: "audit",
    who,
    path: "/admin/audit",
    ready: "Audit log",
    arrange: async (page) => page.getByText("platform.claimed").waitFor(),
  },
];

/** The last ones: they sign the admin in as somebody else. */
export const actingAsSomebody: Screen[] = [
  {
    name: "impersonate",
    who,
    path: "/admin/users",
    ready: "Users",
    arrange: async (page) => choose(page, "Bob Boole", "Impersonate"),
  },
  {
    name: "impersonating",
    who,
    arrange: async (page) => {
      await page.getByRole("alertdialog").getByRole("button", { name: "Impersonate" }).click();
      await page.getByRole("region", { name: "Impersonation" }).waitFor();
    },
  },
];
