/** Signing up, confirming, signing in and two-factor authentication, as somebody does it in the console. */
import { beforeAll, expect, it } from "vitest";
import { enrol, password, signIn, signOut, signUp, startConsole, type Console } from "./browser.ts";

let site: Console;

beforeAll(async () => {
  site = await startConsole();
  return site.stop;
});

it("goes from sign-up to a session with a second factor", async () => {
  const { page } = await site.open();
  const ada = { name: "Ada Lovelace", email: "ada@example.com" };
  await signUp(site, page, ada);
  await page.getByRole("link", { name: "Sign in" }).click();
  await signIn(page, ada.email);
  await page.getByRole("heading", { name: /Ada Lovelace/ }).waitFor();

  const { code, backupCodes } = await enrol(page);
  expect(backupCodes).toHaveLength(10);
  await signOut(page);

  await signIn(page, ada.email);
  await page.getByRole("heading", { name: "Two-factor authentication" }).waitFor();
  await page.getByLabel("Code").fill(await code(0));
  await page.getByRole("alert").getByText("Wait for the next one").waitFor();
  await page.getByLabel("Code").fill(await code(1));
  await page.getByRole("heading", { name: /Ada Lovelace/ }).waitFor();
  await signOut(page);

  await signIn(page, ada.email);
  await page.getByRole("button", { name: "Use a backup code instead" }).click();
  await page.getByLabel("Backup code").fill(backupCodes[0] ?? "");
  await page.getByRole("button", { name: "Verify" }).click();
  await page.getByRole("heading", { name: /Ada Lovelace/ }).waitFor();
});

it("leaves the account as it was when a tab is closed in the middle of enrolment", async () => {
  const { context, page } = await site.open();
  const cleo = { name: "Cleo", email: "cleo@example.com" };
  await signUp(site, page, cleo);
  await page.getByRole("link", { name: "Sign in" }).click();
  await signIn(page, cleo.email);
  await page.getByRole("link", { name: "Profile" }).click();
  await page.getByRole("button", { name: "Turn on" }).click();
  await page.getByRole("dialog").getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("dialog").getByRole("button", { name: "Continue" }).click();
  await page
    .getByRole("dialog")
    .getByRole("img", { name: /QR code/ })
    .waitFor();
  const again = await context.newPage();
  await page.close();
  await again.goto("/profile");
  await again.getByRole("button", { name: "Turn on" }).waitFor();
  await signOut(again);
  await signIn(again, cleo.email);
  await again.getByRole("heading", { name: /Cleo/ }).waitFor();
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
