/** What is shown to somebody who is not signed in. */
import { password, signIn } from "../browser.ts";
import type { Screen } from "./screen.ts";

const who = "outside";
const api = "**/api/auth/**";

export const outside: Screen[] = [
  { name: "sign-in", who, path: "/sign-in", ready: "Sign in" },
  {
    name: "sign-in-errors",
    who,
    arrange: async (page) => page.getByRole("button", { name: "Sign in", exact: true }).click(),
  },
  {
    name: "sign-in-banned",
    who,
    arrange: async (page) => {
      await signIn(page, "mallory@example.com");
      await page.getByRole("alert").getByText("This account is banned").waitFor();
    },
  },
  { name: "sign-up", who, path: "/sign-up", ready: "Create your account" },
  {
    name: "sign-up-sent",
    who,
    arrange: async (page) => {
      await page.getByLabel("Name").fill("Ada");
      await page.getByLabel("Email").fill("ada@example.com");
      await page.getByLabel("Password", { exact: true }).fill(password);
      await page.getByRole("button", { name: "Create account" }).click();
      await page.getByRole("heading", { name: "Check your inbox" }).waitFor();
      await page.getByRole("button", { name: "Send the email again" }).click();
      await page.getByText("Check your spam folder too").waitFor();
    },
  },
  {
    name: "verify-email-retry",
    who,
    path: "/verify-email?token=y",
    ready: "Confirming your email",
    prepare: async (page) =>
      page
        .route("**/verify-email?token=*", async (route) =>
          route.request().resourceType() === "document"
            ? route.fallback()
            : route.fulfill({ status: 503 }),
        )
        .then(() => undefined),
    arrange: async (page) => {
      await page.getByRole("button", { name: "Try again" }).waitFor();
      await page.unroute("**/verify-email?token=*");
    },
  },
  {
    name: "verify-email-failed",
    who,
    arrange: async (page) => {
      await page.getByRole("button", { name: "Try again" }).click();
      await page.getByRole("heading", { name: "This link no longer works" }).waitFor();
    },
  },
  {
    name: "verify-email-done",
    who,
    path: async ({ site }) => site.linkTo("ada@example.com", "Confirm your email"),
    ready: "Sign in to finish",
  },
  {
    name: "verify-email-missing",
    who,
    path: "/verify-email",
    ready: "This link no longer works",
  },
  { name: "forgot-password", who, path: "/forgot-password", ready: "Reset your password" },
  {
    name: "forgot-password-sent",
    who,
    arrange: async (page) => {
      await page.getByLabel("Email").fill("mallory@example.com");
      await page.getByRole("button", { name: "Send link" }).click();
      await page.getByRole("heading", { name: "Check your inbox" }).waitFor();
    },
  },
  {
    name: "reset-password",
    who,
    path: async ({ site }) => site.linkTo("mallory@example.com", "Reset your password"),
    ready: "Choose a new password",
  },
  {
    name: "reset-password-done",
    who,
    arrange: async (page) => {
      await page.getByLabel("New password", { exact: true }).fill(password);
      await page.getByRole("button", { name: "Set password" }).click();
      await page.getByRole("heading", { name: "Your password was changed" }).waitFor();
    },
  },
  {
    name: "reset-password-failed",
    who,
    path: "/reset-password?error=INVALID_TOKEN",
    ready: "This link no longer works",
  },
  { name: "two-factor", who, path: "/two-factor", ready: "Two-factor authentication" },
  {
    name: "two-factor-expired",
    who,
    arrange: async (page) => {
      await page.getByLabel("Code").fill("123456");
      await page.getByRole("alert").getByText("Sign in again with your password").waitFor();
    },
  },
  {
    name: "two-factor-backup",
    who,
    arrange: async (page) =>
      page.getByRole("button", { name: "Use a backup code instead" }).click(),
  },
  {
    name: "accept-invitation-guest",
    who,
    path: "/accept-invitation?id=x",
    ready: "You have been invited",
  },
  { name: "claim", who, path: `/claim#token=${"x".repeat(43)}`, ready: "Claim this platform" },
  {
    name: "claim-refused",
    who,
    arrange: async (page) => {
      await page.getByLabel("Name").fill("Mallory");
      await page.getByLabel("Email").fill("mallory@example.com");
      await page.getByLabel("Password", { exact: true }).fill(password);
      await page.getByRole("button", { name: "Claim" }).click();
      await page.getByRole("alert").getByText("This link is invalid").waitFor();
    },
  },
  { name: "claim-missing", who, path: "/claim", ready: "Claim this platform" },
  // The pages that the auth host serves itself.
  {
    name: "worker-claim",
    who,
    path: async ({ site }) => `${site.authUrl}/claim#token=${"x".repeat(43)}`,
    ready: "Claim this platform",
  },
  {
    name: "sign-out-everywhere",
    who,
    path: async ({ site }) => `${site.authUrl}/sign-out-everywhere#token=${"x".repeat(43)}`,
    ready: "Sign out everywhere",
  },
  {
    name: "sign-out-everywhere-used",
    who,
    arrange: async (page) => {
      await page.getByRole("button", { name: "End all sessions" }).click();
      await page.getByText("This link was used before, or has expired.").waitFor();
    },
  },
  { name: "auth-error", who, path: "/auth-error", ready: "Sign-in failed" },
  { name: "not-found", who, path: "/nowhere", ready: "Page not found" },
  {
    name: "unreachable",
    who,
    path: "/",
    ready: "The service cannot be reached",
    prepare: async (page) => page.route(api, async (route) => route.abort()),
  },
  {
    name: "accept-invitation-unreachable",
    who,
    path: "/accept-invitation?id=x",
    ready: "Invitation",
    arrange: async (page) => {
      await page.getByRole("button", { name: "Try again" }).waitFor();
      await page.unroute(api);
    },
  },
];
