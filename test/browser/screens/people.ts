/** What is shown to people who are invited to a tenant: Bob, who has a password, and Nora, who has none. */
import { authenticator, password } from "../browser.ts";
import type { Screen } from "./screen.ts";

export const people: Screen[] = [
  {
    name: "accept-invitation-another-address",
    who: "member",
    path: async ({ site }) => site.linkTo("charles@example.com", "Invitation to"),
    ready: "This invitation is for another email address",
  },
  {
    name: "accept-invitation",
    who: "member",
    path: async ({ site }) => site.linkTo("bob@example.com", "Invitation to"),
    ready: "Join Analytical Engines",
  },
  {
    name: "accept-invitation-accepted",
    who: "member",
    arrange: async (page) => {
      await page.getByRole("button", { name: "Accept" }).click();
      await page.getByRole("heading", { name: "You are now a member" }).waitFor();
    },
  },
  {
    name: "accept-invitation-declined",
    who: "staff",
    path: async ({ site }) => site.linkTo("nora@example.com", "Invitation to"),
    ready: "Join Analytical Engines",
    arrange: async (page) => {
      await page.getByRole("button", { name: "Decline" }).click();
      await page.getByRole("heading", { name: "Invitation declined" }).waitFor();
    },
  },
  { name: "members-none", who: "staff", path: "/tenant", ready: "Members" },
  {
    name: "profile-without-password",
    who: "staff",
    path: "/profile",
    ready: "Profile",
    arrange: async (page) => {
      await page.getByRole("button", { name: "Send a link to set a password" }).click();
      await page.getByText("We sent a link to nora@example.com.").waitFor();
    },
  },
  {
    name: "delete-account-without-password",
    who: "staff",
    arrange: async (page) => page.getByRole("button", { name: "Delete account" }).click(),
  },
  { name: "admins-only", who: "staff", path: "/admin/users", ready: "For platform admins" },
  {
    name: "auth-error-connecting",
    who: "staff",
    path: "/auth-error?error=email_does_not_match",
    ready: "The account was not connected",
  },
  {
    name: "backup-codes",
    who: "member",
    path: "/profile",
    ready: "Profile",
    arrange: async (page) => {
      await page.getByRole("button", { name: "Turn on" }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByLabel("Password", { exact: true }).fill(password);
      await dialog.getByRole("button", { name: "Continue" }).click();
      const code = authenticator(await dialog.locator(".nno-key code").innerText());
      await dialog.getByLabel("Code").fill(await code(0));
      await dialog.getByRole("heading", { name: "Save your backup codes" }).waitFor();
      // Shown once: nothing closes it but the button that says they are kept.
      await page.keyboard.press("Escape");
      await page.mouse.click(5, 5);
      await dialog.getByRole("button", { name: "I have saved them" }).waitFor();
    },
  },
  {
    name: "new-backup-codes",
    who: "member",
    arrange: async (page) => {
      await page.getByRole("button", { name: "I have saved them" }).click();
      await page.getByRole("button", { name: "New backup codes" }).click();
      await page.getByRole("dialog").waitFor();
    },
  },
  {
    name: "turn-off-two-factor",
    who: "member",
    arrange: async (page) => {
      await page.keyboard.press("Escape");
      await page.getByRole("button", { name: "Turn off" }).click();
      await page.getByRole("dialog").waitFor();
    },
  },
  // A second factor that is turned on would end it.
  {
    name: "change-email-sent",
    who: "member",
    path: "/profile",
    ready: "Profile",
    arrange: async (page) => {
      await page.getByRole("button", { name: "Disconnect Acme Staff" }).waitFor();
      await page.getByLabel("New email address").fill("boole@example.com");
      await page.getByRole("button", { name: "Change email" }).click();
      await page.getByText("We sent a link to bob@example.com.").waitFor();
    },
  },
  {
    name: "change-email-next",
    who: "member",
    path: async ({ site }) => site.linkTo("bob@example.com", "Confirm your new email address"),
    ready: "One more step",
  },
  {
    name: "change-email-done",
    who: "member",
    path: async ({ site }) => site.linkTo("boole@example.com", "Confirm your email"),
    ready: "Your email was changed",
  },
  {
    name: "change-email-failed",
    who: "member",
    path: async ({ site }) => site.linkTo("boole@example.com", "Confirm your email"),
    ready: "This link no longer works",
  },
];
