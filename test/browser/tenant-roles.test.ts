/** A tenant's own roles, its sign-in policy and its audit log, as its owner and its people see them. */
import type { Page } from "playwright-core";
import { beforeAll, expect, it } from "vitest";
import { arrive, enrol, plant, signIn, startConsole, type Console } from "./browser.ts";

/** As long as the browser waits. */
const patience = { timeout: 15_000 };
let site: Console;
let owners: Page;
let members: Page;

beforeAll(async () => {
  site = await startConsole();
  ({ page: owners } = await site.open());
  ({ page: members } = await site.open());
  await plant(site, { name: "Bob Boole", email: "bob@example.com" });
  await arrive(site, owners, { name: "Ada Lovelace", email: "ada@example.com" });
  await owners.goto("/tenant");
  await owners.getByRole("button", { name: "New tenant" }).click();
  await owners.getByLabel("Name", { exact: true }).fill("Analytical Engines");
  await owners.getByRole("button", { name: "Create tenant" }).click();
  await owners.getByRole("heading", { name: "Analytical Engines" }).waitFor();
  return site.stop;
});

const tenantHeading = (page: Page) =>
  page.getByRole("heading", { name: "Analytical Engines", level: 1 });

it("makes a role, gives it to somebody who is invited, and keeps it while somebody has it", async () => {
  await owners.getByRole("link", { name: "Roles" }).click();
  await owners.getByText("This tenant has no custom roles yet.").waitFor();
  await owners.getByRole("button", { name: "New role" }).click();
  const dialog = owners.getByRole("dialog");
  await dialog.getByLabel("Name").fill("recruiter");
  await dialog.getByRole("group", { name: "Invitations" }).getByLabel("Add").check();
  await dialog.getByRole("button", { name: "Save" }).click();
  await owners.getByText("recruiter was saved.").waitFor();
  await owners.getByText("Invitations: Add").waitFor();

  await owners.goto("/tenant");
  await owners.getByRole("button", { name: "Invite", exact: true }).click();
  await owners.getByRole("dialog").getByLabel("Email").fill("bob@example.com");
  await owners.getByRole("dialog").getByLabel("Role").selectOption("recruiter");
  await owners.getByRole("dialog").getByRole("button", { name: "Invite", exact: true }).click();
  await owners.getByText("Invitation sent to bob@example.com.").waitFor();
  await members.goto(await site.linkTo("bob@example.com", "Invitation to"));
  await members.getByRole("link", { name: "Sign in" }).click();
  await signIn(members, "bob@example.com");
  await members.getByRole("button", { name: "Accept" }).click();
  await members.getByRole("heading", { name: /You are now a member/ }).waitFor();
  await members.goto("/tenant");
  await members.getByText("ada@example.com").waitFor();
  await members.getByRole("button", { name: "Invite", exact: true }).click();
  const invite = members.getByRole("dialog");
  await invite.getByLabel("Email").fill("cleo@example.com");
  expect(await invite.getByLabel("Role").locator("option").allInnerTexts()).not.toContain("Owner");
  await invite.getByRole("button", { name: "Invite", exact: true }).click();
  await members.getByText("Invitation sent to cleo@example.com.").waitFor();
  // And no more than that.
  for (const name of ["Withdraw the invitation to cleo@example.com", "Remove Ada Lovelace"]) {
    expect(await members.getByRole("button", { name }).count(), name).toBe(0);
  }
  expect(await members.getByLabel("Role of Ada Lovelace", { exact: true }).count()).toBe(0);
  expect(await members.getByRole("button", { name: "Delete tenant" }).count()).toBe(0);

  await owners.reload();
  expect(await owners.getByLabel("Role of Bob Boole", { exact: true }).inputValue()).toBe(
    "recruiter",
  );
  await owners.getByRole("link", { name: "Roles" }).click();
  await owners.getByRole("button", { name: "Delete recruiter" }).click();
  const question = owners.getByRole("alertdialog");
  await question.getByRole("button", { name: "Delete" }).click();
  await question.getByText("Some members have this role.").waitFor();
  await question.getByRole("button", { name: "Cancel" }).click();
});

it("changes what a role may do, its name too, and deletes it once nobody has it", async () => {
  await owners.goto("/tenant");
  await owners.getByLabel("Role of Bob Boole", { exact: true }).selectOption("member");
  await owners.getByRole("button", { name: "Change role of Bob Boole to Member" }).click();
  await owners.getByText("The role of Bob Boole was changed.").waitFor();
  await owners.getByRole("link", { name: "Roles" }).click();
  await owners.getByRole("button", { name: "Edit recruiter" }).click();
  const dialog = owners.getByRole("dialog");
  expect(
    await dialog.getByRole("group", { name: "Invitations" }).getByLabel("Add").isChecked(),
  ).toBe(true);
  await dialog.getByLabel("Name").fill("host");
  await dialog.getByRole("group", { name: "Invitations" }).getByLabel("Withdraw").check();
  await dialog.getByRole("button", { name: "Save" }).click();
  await owners.getByText("Invitations: Add, Withdraw").waitFor();
  await owners.getByRole("button", { name: "Delete host" }).click();
  await owners.getByRole("alertdialog").getByRole("button", { name: "Delete" }).click();
  await owners.getByText("host was deleted.").waitFor();
  await owners.getByText("This tenant has no custom roles yet.").waitFor();
});

it("refuses a name that is taken or no name, in words", async () => {
  await owners.getByRole("button", { name: "New role" }).click();
  const dialog = owners.getByRole("dialog");
  await dialog.getByLabel("Name").fill("owner");
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.getByText("A role with this name already exists.").waitFor();
  await dialog.getByLabel("Name").fill("Not A Name");
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.getByText("This does not have the expected format.").waitFor();
  await owners.keyboard.press("Escape");
});

it("shows the tenant's owner who did what, by name, and its members nothing", async () => {
  await owners.goto("/tenant");
  await owners.getByRole("link", { name: "Audit log" }).click();
  await owners.getByRole("heading", { name: "Audit log of Analytical Engines" }).waitFor();
  await owners.getByRole("row", { name: /tenant_role.created.*Ada Lovelace/ }).waitFor();
  await owners.getByRole("row", { name: /member.role_changed.*Ada Lovelace.*Bob Boole/ }).waitFor();
  await members.goto("/tenant/audit");
  await members.getByRole("alert").getByText("You are not allowed to do this.").waitFor();
});

it("asks an owner whose sign-in is long ago for another, before it has another owner or none", async () => {
  await site.query("UPDATE session SET created_at = created_at - 2 * 60 * 60 * 1000");
  await owners.goto("/tenant");
  await owners.getByLabel("Role of Bob Boole", { exact: true }).selectOption("owner");
  await owners.getByRole("button", { name: "Change role of Bob Boole to Owner" }).click();
  const question = owners.getByRole("alertdialog");
  await question.getByRole("button", { name: "Change role" }).click();
  const tooLongAgo = "You signed in too long ago to do this. Sign in again, then try again.";
  await owners.getByText(tooLongAgo).waitFor();
  await owners.getByRole("button", { name: "Delete tenant" }).click();
  await question.getByRole("button", { name: "Delete tenant" }).click();
  await question.getByText(tooLongAgo).waitFor();
  await owners.keyboard.press("Escape");

  const invite = async () => {
    await owners.getByRole("button", { name: "Invite", exact: true }).click();
    const dialog = owners.getByRole("dialog");
    await dialog.getByLabel("Email").fill("dora@example.com");
    await dialog.getByLabel("Role").selectOption("owner");
    await dialog.getByRole("button", { name: "Invite", exact: true }).click();
    return dialog;
  };
  const dialog = await invite();
  await dialog.getByText(tooLongAgo).waitFor();
  await dialog.getByRole("button", { name: "Sign in again" }).click();
  await owners.getByRole("heading", { name: "Sign in" }).waitFor();
  await signIn(owners, "ada@example.com");
  // A new session: none of its tenants is the active one.
  await owners.getByRole("button", { name: "Tenant: Choose a tenant" }).click();
  await owners.getByRole("menuitemradio", { name: "Analytical Engines" }).click();
  await tenantHeading(owners).waitFor();
  await invite();
  await owners.getByText("Invitation sent to dora@example.com.").waitFor();
});

it("demands two-factor authentication of its members, once its owner has it", async () => {
  await owners.goto("/tenant");
  const box = owners.getByLabel("Require two-factor authentication for members");
  await box.click();
  await owners.getByText("Turn on two-factor authentication in your profile first.").waitFor();
  await expect.poll(async () => box.isChecked(), patience).toBe(false);
  await enrol(owners);
  await owners.goto("/tenant");
  await box.check();
  await owners.getByText("Saved.").waitFor();
  await owners.reload();
  await tenantHeading(owners).waitFor();
  await expect.poll(async () => box.isChecked(), patience).toBe(true);

  await members.goto("/tenant");
  await members.getByRole("heading", { name: "Choose a tenant" }).waitFor();
  await members.getByRole("button", { name: "Tenant: Choose a tenant" }).click();
  await members.getByRole("menuitemradio", { name: "Analytical Engines" }).click();
  await members.getByText("Turn it on in your profile first.").waitFor();
  await members.getByRole("link", { name: "Turn it on" }).click();
  await enrol(members);
  await members.getByRole("button", { name: "Tenant: Choose a tenant" }).click();
  await members.getByRole("menuitemradio", { name: "Analytical Engines" }).click();
  await members.getByRole("button", { name: "Tenant: Analytical Engines" }).waitFor();
});
