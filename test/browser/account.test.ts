/** What people change about their own account, in the profile. */
import type { Page } from "playwright-core";
import { beforeAll, expect, it } from "vitest";
import {
  arrive,
  enrol,
  password,
  signIn,
  signOut,
  startConsole,
  type Console,
  type Person,
} from "./browser.ts";

let site: Console;

beforeAll(async () => {
  site = await startConsole();
  return site.stop;
});

const home = async (page: Page, { name }: Person) =>
  page.getByRole("heading", { name: `Hello ${name}` }).waitFor();

it("changes the address after both addresses have agreed, and not before", async () => {
  const { page } = await site.open();
  const ada = { name: "Ada", email: "ada@example.com" };
  const newEmail = "ada.lovelace@example.com";
  await arrive(site, page, ada);
  await page.getByRole("link", { name: "Profile" }).click();
  await page.getByLabel("New email address").fill(newEmail);
  await page.getByRole("button", { name: "Change email" }).click();
  await page.getByText(`We sent a link to ${ada.email}.`).waitFor();

  await page.goto(await site.linkTo(ada.email, "Confirm your new email address"));
  await page.getByRole("heading", { name: "One more step" }).waitFor();
  await page.getByText(`We sent a second link to ${newEmail}.`).waitFor();
  await page.goto("/profile");
  await page.getByText(ada.email, { exact: true }).waitFor();

  const link = await site.linkTo(newEmail, "Confirm your email");
  await page.goto(link);
  await page.getByRole("heading", { name: "Your email was changed" }).waitFor();
  // Used: what becomes of a change of address is seen in the profile, where it can be asked for again.
  await page.goto(link);
  await page.getByRole("heading", { name: "This link no longer works" }).waitFor();
  await page.getByRole("link", { name: "Go to your profile" }).click();
  await page.getByRole("heading", { name: "Profile" }).waitFor();
  await page.goto("/profile");
  await page.getByText(newEmail, { exact: true }).waitFor();

  await signOut(page);
  await signIn(page, ada.email);
  await page.getByRole("alert").getByText("Wrong email or password.").waitFor();
  await signIn(page, newEmail);
  await home(page, ada);
});

it("changes the password, and ends the other sessions at once", async () => {
  const { page } = await site.open();
  const bob = { name: "Bob", email: "bob@example.com" };
  await arrive(site, page, bob);
  const { page: phone } = await site.open();
  await phone.goto("/sign-in");
  await signIn(phone, bob.email);
  await home(phone, bob);

  await page.getByRole("link", { name: "Profile" }).click();
  const section = page.getByRole("region", { name: "Password" });
  await section.getByLabel("Current password", { exact: true }).fill("not the password");
  await section.getByLabel("New password", { exact: true }).fill("violet harbour 27 lanterns");
  await section.getByRole("button", { name: "Change password" }).click();
  await section.getByText("Wrong password.").waitFor();
  await section.getByLabel("Current password", { exact: true }).fill(password);
  await section.getByRole("button", { name: "Change password" }).click();
  await section.getByText("Your password was changed.").waitFor();

  await phone.reload();
  await phone.getByRole("heading", { name: "Sign in" }).waitFor();
  await page.reload();
  await page.getByRole("heading", { name: "Profile" }).waitFor();
  await signIn(phone, bob.email);
  await phone.getByRole("alert").getByText("Wrong email or password.").waitFor();
  await signIn(phone, bob.email, "violet harbour 27 lanterns");
  await home(phone, bob);
});

it("turns two-factor authentication off with the password and a code, and then asks for no code", async () => {
  const { page } = await site.open();
  const cleo = { name: "Cleo", email: "cleo@example.com" };
  await arrive(site, page, cleo);
  const { code } = await enrol(page);
  await page.getByRole("button", { name: "Turn off" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Password", { exact: true }).fill("not the password");
  await dialog.getByLabel("Code").fill(await code(1));
  await dialog.getByRole("button", { name: "Turn off" }).click();
  await dialog.getByText("Wrong password.").waitFor();
  await dialog.getByLabel("Password", { exact: true }).fill(password);
  await dialog.getByRole("button", { name: "Turn off" }).click();
  await page.getByText("Off. You sign in with your password alone.").waitFor();
  await signOut(page);
  await signIn(page, cleo.email);
  await home(page, cleo);
});

it("asks a trusted device for no code again, and any other device for one", async () => {
  const { page } = await site.open();
  const dora = { name: "Dora", email: "dora@example.com" };
  await arrive(site, page, dora);
  const { code } = await enrol(page);
  await signOut(page);
  await signIn(page, dora.email);
  await page.getByRole("heading", { name: "Two-factor authentication" }).waitFor();
  // Before the field: the code is sent with its last digit.
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Space");
  expect(await page.getByLabel("Trust this device for 30 days").isChecked()).toBe(true);
  await page.getByLabel("Code").fill(await code(1));
  await home(page, dora);

  await signOut(page);
  await signIn(page, dora.email);
  await home(page, dora);

  const { page: another } = await site.open();
  await another.goto("/sign-in");
  await signIn(another, dora.email);
  await another.getByRole("heading", { name: "Two-factor authentication" }).waitFor();
  expect(new URL(another.url()).pathname).toBe("/two-factor");
});

it("lets its owner in on a new device, with a code beside the password, while strangers use up the tries", async () => {
  const { page } = await site.open();
  const erin = { name: "Erin", email: "erin@example.com" };
  await arrive(site, page, erin);
  const { code } = await enrol(page);
  for (const count of [3, 3, 3, 1]) {
    const { page: stranger } = await site.open();
    await stranger.goto("/sign-in");
    for (let index = 0; index < count; index += 1) {
      await signIn(stranger, erin.email, `a guess of a stranger, ${index}`);
      await stranger.getByRole("alert").getByText("Wrong email or password").waitFor();
    }
  }

  const { page: another } = await site.open();
  await another.goto("/sign-in");
  await signIn(another, erin.email);
  await another.getByRole("alert").getByText("enter a code as well").waitFor();
  const field = another.getByLabel("Code from your authenticator app");
  await field.fill("000000");
  await another.getByRole("button", { name: "Sign in" }).click();
  await another.getByRole("alert").getByText("Wrong email, password or code").waitFor();
  await field.fill(await code(1));
  await another.getByRole("button", { name: "Sign in" }).click();
  await home(another, erin);
});
