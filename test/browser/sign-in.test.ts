/** Signing up, confirming, signing in and two-factor authentication, as somebody does it in the console. */
import type { Page } from "playwright-core";
import { beforeAll, expect, it } from "vitest";
import {
  arrive,
  beginEnrolment,
  keepBackupCodes,
  password,
  scan,
  signIn,
  signOut,
  signUp,
  startConsole,
  type Console,
} from "./browser.ts";

let site: Console;

beforeAll(async () => {
  site = await startConsole();
  return site.stop;
});

const wrong = "Wrong code, or the code was used before. Wait for the next one and enter it.";

async function isTold(page: Page, message: string): Promise<void> {
  await page.getByRole("alert").getByText(message, { exact: true }).waitFor();
}

const challenged = (page: Page) =>
  page.getByRole("heading", { name: "Two-factor authentication" }).waitFor();

it("goes from sign-up to a session with a second factor, and takes no code that is wrong or was used", async () => {
  const { page } = await site.open();
  const ada = { name: "Ada Lovelace", email: "ada@example.com" };
  const signedIn = page.getByRole("heading", { name: /Ada Lovelace/ });
  await signUp(site, page, ada);
  await page.getByRole("link", { name: "Sign in" }).click();
  await signIn(page, ada.email);
  await signedIn.waitFor();

  const dialog = await beginEnrolment(page);
  const code = await scan(dialog);
  // A code of another time.
  await dialog.getByLabel("Code").fill(await code(10));
  await isTold(page, wrong);
  await dialog.getByLabel("Code").fill(await code(0));
  const [first = "", second = "", ...others] = await keepBackupCodes(dialog);
  expect(others).toHaveLength(8);
  await page.getByText("On. You also need a code").waitFor();
  await signOut(page);

  await signIn(page, ada.email);
  await challenged(page);
  await page.getByLabel("Code").fill(await code(0));
  await isTold(page, wrong);
  await page.getByLabel("Code").fill(await code(1));
  await signedIn.waitFor();
  await signOut(page);

  await signIn(page, ada.email);
  await page.getByRole("button", { name: "Use a backup code instead" }).click();
  await page.getByLabel("Backup code").fill(first);
  await page.getByRole("button", { name: "Verify" }).click();
  await signedIn.waitFor();
  await signOut(page);

  await signIn(page, ada.email);
  await page.getByRole("button", { name: "Use a backup code instead" }).click();
  await page.getByLabel("Backup code").fill(first);
  await page.getByRole("button", { name: "Verify" }).click();
  await isTold(page, "Wrong backup code, or the code was used before. Try another one.");
  await page.getByLabel("Backup code").fill(second);
  await page.getByRole("button", { name: "Verify" }).click();
  await signedIn.waitFor();
});

it("goes on after a tab was closed in the middle of enrolment, before the first code and before the backup codes were kept", async () => {
  const { context, page } = await site.open();
  const cleo = { name: "Cleo", email: "cleo@example.com" };
  await arrive(site, page, cleo);
  const abandoned = await scan(await beginEnrolment(page));
  const second = await context.newPage();
  await page.close();
  await second.goto("/");
  await signOut(second);
  await signIn(second, cleo.email);
  await second.getByRole("heading", { name: /Cleo/ }).waitFor();

  const dialog = await beginEnrolment(second);
  const code = await scan(dialog);
  await dialog.getByLabel("Code").fill(await abandoned(0));
  await isTold(second, wrong);
  await dialog.getByLabel("Code").fill(await code(0));
  await dialog.getByRole("heading", { name: "Save your backup codes" }).waitFor();
  const third = await context.newPage();
  await second.close();
  await third.goto("/profile");
  await third.getByText("On. You also need a code").waitFor();
  await third.getByRole("button", { name: "New backup codes" }).click();
  const again = third.getByRole("dialog");
  await again.getByLabel("Password", { exact: true }).fill(password);
  await again.getByLabel("Code").fill(await code(1));
  await again.getByRole("button", { name: "New backup codes" }).click();
  const [backupCode = ""] = await keepBackupCodes(again);
  await signOut(third);
  await signIn(third, cleo.email);
  await challenged(third);
  await third.getByRole("button", { name: "Use a backup code instead" }).click();
  await third.getByLabel("Backup code").fill(backupCode);
  await third.getByRole("button", { name: "Verify" }).click();
  await third.getByRole("heading", { name: /Cleo/ }).waitFor();
});

it("reads from right to left where the page does", async () => {
  const { page } = await site.open();
  await page.setViewportSize({ width: 360, height: 740 });
  await page.goto("/sign-in");
  await page.evaluate("document.documentElement.dir = 'rtl'");
  const checkbox = await page.getByRole("checkbox").boundingBox();
  const show = await page.getByRole("button", { name: "Show password" }).boundingBox();
  expect(checkbox?.x).toBeGreaterThan(180);
  expect(show?.x).toBeLessThan(180);
  expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(360);
});
