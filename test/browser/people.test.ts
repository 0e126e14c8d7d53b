/** A platform's first admin, its tenants and their people, in the console. */
import { text } from "node:stream/consumers";
import { beforeAll, expect, it } from "vitest";
import {
  arrive,
  password,
  plant,
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

it("lets an owner invite somebody who has no account yet, and ends a session from another", async () => {
  const { page: adas } = await site.open();
  const ada = { name: "Ada Lovelace", email: "ada@example.com" };
  await signUp(site, adas, ada);
  await adas.getByRole("link", { name: "Sign in" }).click();
  await signIn(adas, ada.email);
  await adas.getByRole("heading", { name: /Ada Lovelace/ }).waitFor();

  await adas.getByRole("link", { name: "Members", exact: true }).click();
  await adas.getByRole("button", { name: "New tenant" }).click();
  await adas.getByLabel("Name", { exact: true }).fill("Analytical Engines");
  expect(await adas.getByLabel("Short name").inputValue()).toBe("analytical-engines");
  await adas.getByRole("button", { name: "Create tenant" }).click();
  await adas.getByRole("heading", { name: "Analytical Engines" }).waitFor();
  await adas.getByRole("button", { name: "Invite", exact: true }).click();
  const dialog = adas.getByRole("dialog");
  await dialog.getByLabel("Email").fill("bob@example.com");
  await dialog.getByLabel("Role").selectOption("admin");
  await dialog.getByRole("button", { name: "Invite", exact: true }).click();
  await adas.getByText("Invitation sent to bob@example.com.").waitFor();

  const { page: bobs } = await site.open();
  await bobs.goto(await site.linkTo("bob@example.com", "Invitation to"));
  await bobs.getByRole("link", { name: "Create account" }).click();
  await bobs.getByLabel("Name").fill("Bob Boole");
  await bobs.getByLabel("Email").fill("bob@example.com");
  await bobs.getByLabel("Password", { exact: true }).fill(password);
  await bobs.getByRole("button", { name: "Create account" }).click();
  await bobs.getByRole("heading", { name: "Check your inbox" }).waitFor();
  await bobs.goto(await site.linkTo("bob@example.com", "Confirm your email"));
  await bobs.getByRole("link", { name: "Sign in" }).click();
  await signIn(bobs, "bob@example.com");
  await bobs.getByRole("heading", { name: "Join Analytical Engines" }).waitFor();
  await bobs.getByText("ada@example.com invited you to join as Admin.").waitFor();
  await bobs.getByRole("button", { name: "Accept" }).click();
  await bobs.getByRole("heading", { name: "You are now a member of Analytical Engines" }).waitFor();
  await bobs.getByRole("link", { name: "Continue" }).click();
  await bobs.getByRole("button", { name: "Tenant: Analytical Engines" }).waitFor();

  await bobs.getByRole("button", { name: "Tenant: Analytical Engines" }).click();
  await bobs.getByRole("menuitem", { name: "New tenant" }).click();
  await bobs.getByLabel("Name", { exact: true }).fill("Boole Logic");
  await bobs.getByRole("button", { name: "Create tenant" }).click();
  await bobs.getByRole("button", { name: "Tenant: Boole Logic" }).click();
  await bobs.getByRole("menuitemradio", { name: "Analytical Engines" }).click();
  await bobs.getByRole("button", { name: "Tenant: Analytical Engines" }).waitFor();

  const { page: phone } = await site.open({ userAgent: "Mozilla/5.0 (iPhone) Safari/605.1" });
  await phone.goto("/sign-in");
  await signIn(phone, "bob@example.com");
  await phone.getByRole("heading", { name: /Bob Boole/ }).waitFor();
  await bobs.getByRole("link", { name: "Profile" }).click();
  await bobs.getByRole("button", { name: "Sign out Safari on iOS" }).click();
  await bobs.getByText("Signed out.").waitFor();
  await phone.reload();
  await phone.getByRole("heading", { name: "Sign in" }).waitFor();

  await bobs.getByRole("button", { name: "Delete account" }).click();
  await bobs.getByRole("dialog").getByLabel("Password", { exact: true }).fill(password);
  await bobs.getByRole("dialog").getByRole("button", { name: "Delete account" }).click();
  await bobs.getByRole("alert").getByText("A tenant needs an owner").waitFor();
  await bobs.keyboard.press("Escape");

  // The way on that the refusal names.
  await bobs.getByRole("button", { name: "Tenant: Analytical Engines" }).click();
  await bobs.getByRole("menuitemradio", { name: "Boole Logic" }).click();
  await bobs.getByRole("button", { name: "Tenant: Boole Logic" }).waitFor();
  await bobs.getByRole("link", { name: "Members", exact: true }).click();
  const naming = bobs.getByRole("region", { name: "Tenant name" });
  await naming.getByLabel("Name").fill("Boole and Sons");
  await naming.getByRole("button", { name: "Rename" }).click();
  await bobs.getByRole("heading", { name: "Boole and Sons", level: 1 }).waitFor();
  await bobs.getByRole("button", { name: "Delete tenant" }).click();
  await bobs.getByRole("alertdialog").getByRole("button", { name: "Delete tenant" }).click();
  await bobs.getByRole("heading", { name: "Hello Bob Boole" }).waitFor();
  await bobs.getByRole("link", { name: "Profile" }).click();
  await bobs.getByRole("button", { name: "Delete account" }).click();
  await bobs.getByRole("dialog").getByLabel("Password", { exact: true }).fill(password);
  await bobs.getByRole("dialog").getByRole("button", { name: "Delete account" }).click();
  await bobs.getByRole("heading", { name: "Sign in" }).waitFor();
});

it("changes what a member may do, and shuts a removed member out at once", async () => {
  const { page: owners } = await site.open();
  const gil = { name: "Gil", email: "gil@example.com" };
  const hana = { name: "Hana", email: "hana@example.com" };
  await arrive(site, owners, gil);
  await owners.getByRole("link", { name: "Members", exact: true }).click();
  await owners.getByRole("button", { name: "New tenant" }).click();
  await owners.getByLabel("Name", { exact: true }).fill("Looms");
  await owners.getByRole("button", { name: "Create tenant" }).click();
  await owners.getByRole("button", { name: "Invite", exact: true }).click();
  await owners.getByRole("dialog").getByLabel("Email").fill(hana.email);
  await owners.getByRole("dialog").getByRole("button", { name: "Invite", exact: true }).click();
  await owners.getByText(`Invitation sent to ${hana.email}.`).waitFor();

  const { page: members } = await site.open();
  await plant(site, hana);
  await members.goto(await site.linkTo(hana.email, "Invitation to"));
  await members.getByRole("link", { name: "Sign in" }).click();
  await signIn(members, hana.email);
  await members.getByRole("button", { name: "Accept" }).click();
  await members.getByRole("heading", { name: "You are now a member of Looms" }).waitFor();
  await members.goto("/tenant");
  await members.getByText("gil@example.com").waitFor();
  expect(await members.getByRole("button", { name: "Invite", exact: true }).count()).toBe(0);

  await owners.reload();
  // What the arrow keys choose on their way changes nothing yet.
  await owners.getByLabel("Role of Hana", { exact: true }).selectOption("owner");
  await owners.getByRole("button", { name: "Change role of Hana to Owner" }).click();
  const question = owners.getByRole("alertdialog", { name: "Make Hana an owner?" });
  await question.getByRole("button", { name: "Cancel" }).click();
  await owners.getByLabel("Role of Hana", { exact: true }).selectOption("admin");
  await owners.getByRole("button", { name: "Change role of Hana to Admin" }).click();
  await owners.getByText("The role of Hana was changed.").waitFor();
  await members.reload();
  await members.getByRole("button", { name: "Invite", exact: true }).waitFor();

  await owners.getByRole("button", { name: "Remove Hana" }).click();
  await owners.getByRole("alertdialog").getByRole("button", { name: "Remove" }).click();
  await owners.getByText("1 member", { exact: true }).waitFor();
  // With the page still open, as it was before.
  await members.getByRole("button", { name: "Invite", exact: true }).click();
  await members.getByRole("dialog").getByLabel("Email").fill("ines@example.com");
  await members.getByRole("dialog").getByRole("button", { name: "Invite", exact: true }).click();
  await members.getByRole("dialog").getByRole("alert").waitFor();
  await members.reload();
  await members.getByRole("heading", { name: "Choose a tenant" }).waitFor();
  expect(await members.getByText("gil@example.com").count()).toBe(0);
});

it("makes the first admin, who acts as somebody and stops", async () => {
  const { page: carols } = await site.open();
  await plant(site, { name: "Carol", email: "carol@example.com" });
  const { page } = await site.open();
  await page.goto(site.claimUrl);
  await page.getByLabel("Name").fill("Grace Hopper");
  await page.getByLabel("Email").fill("grace@example.com");
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Claim" }).click();
  await page.getByRole("heading", { name: "The platform is yours" }).waitFor();
  await page.getByRole("link", { name: "Sign in" }).click();
  await signIn(page, "grace@example.com");
  await page.getByRole("heading", { name: "Profile" }).waitFor();

  await page.getByRole("link", { name: "Users" }).click();
  await page.getByLabel("Search users by start of name or email").fill("carol");
  await page.getByText("grace@example.com").waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Actions for Carol" }).click();
  await page.getByRole("menuitem", { name: "Impersonate" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Impersonate" }).click();
  const banner = page.getByRole("region", { name: "Impersonation" });
  await banner.getByText("You are impersonating Carol (carol@example.com)").waitFor();
  expect(await page.getByRole("link", { name: "Users" }).count()).toBe(0);
  await banner.getByRole("button", { name: "Stop" }).click();
  await page.getByRole("heading", { name: /Grace Hopper/ }).waitFor();
  await banner.waitFor({ state: "detached" });

  await page.getByRole("link", { name: "Users" }).click();
  await page.getByRole("button", { name: "Actions for Carol" }).click();
  await page.getByRole("menuitem", { name: "Ban" }).click();
  await page.getByRole("dialog").getByLabel("Reason").fill("Spam");
  await page.getByRole("dialog").getByRole("button", { name: "Ban" }).click();
  await page.getByText("Banned").waitFor();
  await carols.goto("/sign-in");
  await signIn(carols, "carol@example.com");
  await carols.getByRole("alert").getByText("This account is banned").waitFor();

  await page.getByRole("link", { name: "Audit log" }).click();
  await page
    .getByRole("row", { name: /User banned/ })
    .getByText("user.banned")
    .waitFor();
  await page
    .getByRole("row", { name: /Impersonation ended/ })
    .first()
    .waitFor();
});

it("shows more of a long list on demand, and keeps its length when somebody in it changes", async () => {
  const { page } = await site.open();
  await page.goto("/sign-in");
  await signIn(page, "grace@example.com");
  await page.getByRole("link", { name: "Users" }).click();
  const statuses = await page.evaluate(async (authUrl) => {
    const answers: number[] = [];
    for (let count = 1; count <= 30; count += 1) {
      const { status } = await fetch(`${authUrl}/api/auth/admin/create-user`, {
        method: "POST",
        credentials: "include",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ name: `Extra ${count}`, email: `extra-${count}@example.com` }),
      });
      answers.push(status);
    }
    return answers;
  }, site.authUrl);
  expect(new Set(statuses)).toEqual(new Set([200]));
  await page.reload();
  await page.getByText("extra-30@example.com").waitFor();
  expect(await page.getByText("extra-1@example.com").count()).toBe(0);
  // Two quick presses read one page.
  await page.getByRole("button", { name: "Load more" }).dblclick();
  await page.getByText("extra-1@example.com").waitFor();
  expect(await page.getByText("extra-1@example.com").count()).toBe(1);
  await page.getByText("carol@example.com").waitFor();
  expect(await page.getByRole("button", { name: "Load more" }).count()).toBe(0);

  await page.getByRole("button", { name: "Actions for Extra 1", exact: true }).click();
  await page.getByRole("menuitem", { name: "Make platform admin" }).click();
  const question = page.getByRole("alertdialog", { name: "Make Extra 1 a platform admin?" });
  await question.getByRole("button", { name: "Make platform admin" }).click();
  await page.getByText("Done: Extra 1.").waitFor();
  const changed = page.getByRole("listitem").filter({ hasText: "extra-1@example.com" });
  await changed.getByText("Platform admin").waitFor();
});

it("deletes an account", async () => {
  const { page } = await site.open();
  const dora = { name: "Dora", email: "dora@example.com" };
  await arrive(site, page, dora);
  await page.getByRole("link", { name: "Members", exact: true }).click();
  await page.getByRole("button", { name: "New tenant" }).click();
  await page.getByLabel("Name", { exact: true }).fill("Weavers");
  await page.getByRole("button", { name: "Create tenant" }).click();
  await page.getByRole("heading", { name: "Weavers" }).waitFor();
  await page.getByRole("link", { name: "Profile" }).click();
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download my data" }).click();
  const file = await download;
  expect(file.suggestedFilename()).toBe("my-data.json");
  const exported = await text(await file.createReadStream());
  expect(JSON.parse(exported)).toEqual({
    exportedAt: expect.any(String),
    account: {
      session: expect.objectContaining({ activeOrganizationId: expect.any(String) }),
      user: expect.objectContaining({ name: dora.name, email: dora.email }),
    },
    sessions: [expect.objectContaining({ userAgent: expect.any(String) })],
    signInMethods: [expect.objectContaining({ providerId: "credential" })],
    tenants: [expect.objectContaining({ name: "Weavers", role: "owner" })],
    invitations: [],
    events: [
      expect.objectContaining({ event: "tenant.created" }),
      expect.objectContaining({ event: "session.created" }),
    ],
  });
  // Nothing that signs in, and nothing that a password could be guessed from.
  expect(exported).not.toMatch(/"(token|password|accessToken|refreshToken|idToken)"/);
  await page.getByRole("link", { name: "Members", exact: true }).click();
  await page.getByRole("button", { name: "Delete tenant" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Delete tenant" }).click();
  await page.getByRole("heading", { name: "Hello Dora" }).waitFor();
  await page.getByRole("link", { name: "Profile" }).click();
  await page.getByRole("button", { name: "Delete account" }).click();
  await page.getByRole("dialog").getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("dialog").getByRole("button", { name: "Delete account" }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await signIn(page, dora.email);
  await page.getByRole("alert").getByText("Wrong email or password").waitFor();
});

it("tells what to do about a link that was used, and sets a new password by mail", async () => {
  const { page } = await site.open();
  const eve = { name: "Eve", email: "eve@example.com" };
  await plant(site, eve);
  // On the way somewhere, which a forgotten password does not lose.
  await page.goto("/sign-in?callbackURL=%2Ftenant");
  await page.getByRole("link", { name: "Forgot password?" }).click();
  await page.getByRole("heading", { name: "Reset your password" }).waitFor();
  await page.getByLabel("Email").fill(eve.email);
  await page.getByRole("button", { name: "Send link" }).click();
  await page.getByRole("heading", { name: "Check your inbox" }).waitFor();
  const link = await site.linkTo(eve.email, "Reset your password");
  await page.goto(link);
  await page.getByLabel("New password", { exact: true }).fill("violet harbour 27 lanterns");
  await page.getByRole("button", { name: "Set password" }).click();
  await page.getByRole("link", { name: "Sign in" }).click();
  await signIn(page, eve.email, "violet harbour 27 lanterns");
  await page.getByRole("heading", { name: "Members" }).waitFor();
  await signOut(page);
  await page.goto(link);
  await page.getByRole("heading", { name: "This link no longer works" }).waitFor();
  await page.getByRole("link", { name: "Request a new link" }).click();
  await page.getByRole("heading", { name: "Reset your password" }).waitFor();
});

it("signs out every tab, and keeps somebody signed in while the server is away", async () => {
  const { context, page } = await site.open();
  const finn = { name: "Finn", email: "finn@example.com" };
  await arrive(site, page, finn);

  await context.route("**/api/auth/**", (route) => route.fulfill({ status: 503 }));
  const refused = page.waitForResponse((response) => response.status() === 503);
  await page.reload();
  await refused;
  await page.getByRole("heading", { name: "Hello Finn" }).waitFor();
  expect(await page.getByLabel("Password", { exact: true }).count()).toBe(0);
  // A tab that knows nobody yet says why, and no more.
  const second = await context.newPage();
  await second.goto("/");
  await second.getByRole("heading", { name: "The service cannot be reached" }).waitFor();
  // While the server is away: once it is back, the page finds out by itself, and may be quicker than a click.
  const asked = second.waitForRequest("**/api/auth/**");
  await second.getByRole("button", { name: "Try again" }).click();
  await asked;
  await context.unroute("**/api/auth/**");
  await second.evaluate("window.dispatchEvent(new Event('online'))");
  await second.getByRole("heading", { name: "Hello Finn" }).waitFor();

  await signOut(page);
  await second.getByRole("heading", { name: "Sign in" }).waitFor();
});
