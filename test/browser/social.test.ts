/** Signing in with a provider of the platform's owner, and connecting one: a real OpenID Connect server on loopback. */
import { createHash } from "node:crypto";
import { decodeJwt } from "jose";
import type { Page } from "playwright-core";
import { beforeAll, expect, it } from "vitest";
import {
  arrive,
  authenticator,
  enrol,
  password,
  plant,
  signIn,
  signOut,
  startConsoleWithProvider,
  type Person,
} from "./browser.ts";
import type { Device } from "./device.ts";

let site: Awaited<ReturnType<typeof startConsoleWithProvider>>;

beforeAll(async () => {
  site = await startConsoleWithProvider();
  return site.stop;
});

const withAcme = (page: Page) => page.getByRole("button", { name: "Continue with Acme Staff" });
const failed = (page: Page) => page.getByRole("heading", { name: "Sign-in failed" });
const callback = (query: Record<string, string>) =>
  `${site.authUrl}/api/auth/callback/acme?${new URLSearchParams(query).toString()}`;

/** At the provider: types who one is, and allows it or not. */
async function answerProvider(page: Page, login: string, answer = "Allow"): Promise<void> {
  await page.getByRole("heading", { name: "Acme Staff" }).waitFor();
  await page.getByLabel("Login").fill(login);
  await page.getByRole("button", { name: answer }).click();
}

function knows(login: string, { name, email }: Person, verified = true): void {
  site.provider.people.set(login, { name, email, email_verified: verified });
}

/** What the provider was asked last. */
const lastAsked = (route: string) =>
  site.provider.asked.findLast((asked) => asked.route === route)?.parameters ?? {};

interface Answer {
  user?: { email: string; emailVerified: boolean };
}

/** Who the Worker says is there, asked from the console's page. */
async function sessionOf(page: Page): Promise<Answer> {
  const url = JSON.stringify(`${site.authUrl}/api/auth/session`);
  return page.evaluate<Answer>(
    `fetch(${url}, { credentials: "include" }).then((answer) => answer.json())`,
  );
}

/** Where the way on leads. */
async function goBack(page: Page): Promise<void> {
  await page.getByRole("link", { name: "Back to sign in" }).click();
  await withAcme(page).waitFor();
  expect(await sessionOf(page)).toEqual({ session: null });
}

it("signs up with state, PKCE and a nonce, and goes where somebody was going", async () => {
  const { page } = await site.open();
  knows("ada", { name: "Ada Lovelace", email: "ada@example.com" });
  await page.goto("/profile");
  await withAcme(page).click();
  await page.waitForURL((url) => url.origin === site.provider.issuer);
  await answerProvider(page, "ada");
  await page.waitForURL(`${site.origin}/profile`);
  await page.getByRole("button", { name: "Disconnect Acme Staff" }).waitFor();
  expect((await sessionOf(page)).user).toMatchObject({
    email: "ada@example.com",
    emailVerified: true,
  });

  const asked = lastAsked("authorization");
  const exchanged = site.provider.asked.findLast(({ route }) => route === "token");
  expect(String(asked["state"]).length).toBeGreaterThanOrEqual(32);
  expect(String(asked["nonce"]).length).toBeGreaterThanOrEqual(32);
  expect(asked["scope"]).toBe("openid profile email");
  expect(asked["code_challenge_method"]).toBe("S256");
  expect(asked["code_challenge"]).toBe(
    createHash("sha256").update(String(exchanged?.parameters["code_verifier"])).digest("base64url"),
  );
  expect(decodeJwt(String(exchanged?.answer["id_token"]))["nonce"]).toBe(asked["nonce"]);
});

it("asks for the second factor after it, and then goes where somebody was going", async () => {
  const { page } = await site.open();
  const bob = { name: "Bob Boole", email: "bob@example.com" };
  await arrive(site, page, bob);
  knows("bob", bob);
  await page.goto("/profile");
  await page.getByRole("button", { name: "Connect Acme Staff" }).click();
  await answerProvider(page, "bob");
  await page.getByRole("button", { name: "Disconnect Acme Staff" }).waitFor();
  const { code } = await enrol(page);
  await signOut(page);

  await page.goto("/profile");
  await withAcme(page).click();
  await answerProvider(page, "bob");
  await page.getByRole("heading", { name: "Two-factor authentication" }).waitFor();
  expect(new URL(page.url()).pathname).toBe("/two-factor");
  expect(await sessionOf(page)).toEqual({ session: null });
  await page.getByLabel("Code").fill(await code(1));
  await page.waitForURL(`${site.origin}/profile`);
  expect((await sessionOf(page)).user?.email).toBe(bob.email);
});

it("says to sign in first, and then to connect the provider, where the address has an account", async () => {
  const { page } = await site.open();
  const cleo = { name: "Cleo Bay", email: "cleo@example.com" };
  await arrive(site, page, cleo);
  await signOut(page);
  knows("cleo", cleo);
  await page.goto("/sign-in");
  await withAcme(page).click();
  await answerProvider(page, "cleo");
  await failed(page).waitFor();
  await page.getByText("Sign in the way you did before, then connect the provider").waitFor();
  await goBack(page);
});

/** Signs in at the provider, whose answer does not arrive: the link that it is, with a good code and a good state in it. */
async function loseAnswer(page: Page, device: Device, login: string): Promise<URL> {
  device.losing = callback({});
  const lost = page.waitForResponse((answer) => answer.url().startsWith(callback({})));
  await answerProvider(page, login);
  const link = new URL((await lost).url());
  device.losing = undefined;
  return link;
}

/** Opens an answer of the provider's that has to be refused for its state alone: the provider is asked nothing. */
async function refuses(page: Page, link: URL): Promise<void> {
  const exchanges = () => site.provider.asked.filter(({ route }) => route === "token").length;
  const before = exchanges();
  await page.goto(link.href);
  await failed(page).waitFor();
  expect(new URL(page.url()).searchParams.get("error")).toMatch(/^state_/);
  expect(exchanges()).toBe(before);
  await goBack(page);
}

it("refuses an answer begun in another browser, one with a state that was made up or left out, and one used before", async () => {
  const { page, device } = await site.open();
  knows("eve", { name: "Eve", email: "eve@example.com" });
  await page.goto("/sign-in");
  await withAcme(page).click();
  const answer = await loseAnswer(page, device, "eve");
  // Eve's good answer signs nobody else in as her: login CSRF, RFC 6749 section 10.12.
  const { page: another } = await site.open();
  await refuses(another, answer);
  await page.goto("/sign-in");
  await withAcme(page).click();
  const own = await loseAnswer(page, device, "eve");
  const state = own.searchParams.get("state") ?? "";
  for (const changed of [`${state.slice(0, -1)}${state.endsWith("a") ? "b" : "a"}`, undefined]) {
    const link = new URL(own);
    if (changed === undefined) link.searchParams.delete("state");
    else link.searchParams.set("state", changed);
    await refuses(page, link);
  }
  // Nothing was wrong with it but that.
  await page.goto(own.href);
  await page.getByRole("heading", { name: /Eve/ }).waitFor();
  await signOut(page);
  await refuses(page, own);
});

it("refuses a code that was used before, in a sign-in of its own", async () => {
  const { page } = await site.open();
  knows("finn", { name: "Finn", email: "finn@example.com" });
  await page.goto("/sign-in");
  await withAcme(page).click();
  await answerProvider(page, "finn");
  await page.getByRole("heading", { name: /Finn/ }).waitFor();
  const { code } = lastAsked("token");
  await signOut(page);

  await withAcme(page).click();
  await page.getByRole("heading", { name: "Acme Staff" }).waitFor();
  const state = String(lastAsked("authorization")["state"]);
  await page.goto(callback({ code: String(code), state, iss: site.provider.issuer }));
  await failed(page).waitFor();
  await goBack(page);
});

it("has an address confirmed by mail that the provider does not vouch for", async () => {
  const { page } = await site.open();
  const gil = { name: "Gil", email: "gil@example.com" };
  knows("gil", gil, false);
  await page.goto("/sign-in");
  await withAcme(page).click();
  await answerProvider(page, "gil");
  await page.getByText("Your provider has not confirmed your email.").waitFor();
  await goBack(page);
  await page.goto(await site.linkTo(gil.email, "Confirm your email"));
  await page.getByRole("heading", { name: "Sign in to finish" }).waitFor();
  await page.goto("/sign-in");
  await withAcme(page).click();
  await answerProvider(page, "gil");
  await page.getByRole("heading", { name: /Gil/ }).waitFor();
});

it("gives nobody the account of an address that the provider does not vouch for", async () => {
  const { page } = await site.open();
  const hana = { name: "Hana", email: "hana@example.com" };
  await plant(site, hana);
  knows("mallory", hana, false);
  await page.goto("/sign-in");
  await withAcme(page).click();
  await answerProvider(page, "mallory");
  // As for an address without an account: Hana is told by mail.
  await page.getByText("Your provider has not confirmed your email.").waitFor();
  await goBack(page);
});

it("tells somebody who refuses at the provider what to do", async () => {
  const { page } = await site.open();
  await page.goto("/sign-in");
  await withAcme(page).click();
  await answerProvider(page, "nobody", "Refuse");
  await page.getByText("You cancelled at the provider.").waitFor();
  await goBack(page);
});

it("connects a provider from the profile, signs in with it, and disconnects it", async () => {
  const { page } = await site.open();
  const ines = { name: "Ines", email: "ines@example.com" };
  await arrive(site, page, ines);
  await page.getByRole("link", { name: "Profile" }).click();

  knows("another", { name: "Ines", email: "another@example.com" });
  await page.getByRole("button", { name: "Connect Acme Staff" }).click();
  await answerProvider(page, "another");
  await page.getByRole("heading", { name: "The account was not connected" }).waitFor();
  await page.getByText("has a different email from yours").waitFor();
  await page.getByRole("link", { name: "Back to your profile" }).click();

  knows("ines", ines);
  await page.getByRole("button", { name: "Connect Acme Staff" }).click();
  await answerProvider(page, "ines");
  await page.waitForURL(`${site.origin}/profile`);
  await page.getByRole("button", { name: "Disconnect Acme Staff" }).waitFor();
  await signOut(page);
  await withAcme(page).click();
  await answerProvider(page, "ines");
  await page.getByRole("heading", { name: /Ines/ }).waitFor();

  await page.getByRole("link", { name: "Profile" }).click();
  await page.getByRole("button", { name: "Disconnect Acme Staff" }).click();
  await page.getByRole("button", { name: "Connect Acme Staff" }).waitFor();
});

it("enrols and sets a first password for somebody who has no password", async () => {
  const { page } = await site.open();
  const dora = { name: "Dora", email: "dora@example.com" };
  knows("dora", dora);
  await page.goto("/profile");
  await withAcme(page).click();
  await answerProvider(page, "dora");
  await page.getByRole("button", { name: "Disconnect Acme Staff" }).waitFor();

  await page.getByRole("button", { name: "Turn on" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("img", { name: /QR code/ }).waitFor();
  expect(await dialog.getByLabel("Password", { exact: true }).count()).toBe(0);
  const code = authenticator(await dialog.locator(".nno-key code").innerText());
  await dialog.getByLabel("Code").fill(await code(0));
  await dialog.getByRole("button", { name: "I have saved them" }).click();
  await page.getByRole("button", { name: "Turn off" }).click();
  await dialog.getByLabel("Code").fill(await code(1));
  await dialog.getByRole("button", { name: "Turn off" }).click();
  await page.getByRole("button", { name: "Turn on" }).waitFor();

  await page
    .getByRole("button", { name: /password/i })
    .first()
    .click();
  await page.goto(await site.linkTo(dora.email, "password"));
  await page.getByLabel("New password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Set password" }).click();
  await page.getByRole("link", { name: "Sign in" }).click();
  await signIn(page, dora.email);
  await page.getByRole("heading", { name: /Dora/ }).waitFor();
});

it("deletes the account of somebody who has no password, once they type its address", async () => {
  const { page } = await site.open();
  const finn = { name: "Finn", email: "finn@example.com" };
  knows("finn", finn);
  await page.goto("/profile");
  await withAcme(page).click();
  await answerProvider(page, "finn");
  await page.getByRole("button", { name: "Delete account" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox").fill("somebody@example.com");
  await dialog.getByRole("button", { name: "Delete account" }).click();
  await dialog.getByText("This does not have the expected format.").waitFor();
  await dialog.getByRole("textbox").fill(finn.email);
  await dialog.getByRole("button", { name: "Delete account" }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  expect(await sessionOf(page)).toEqual({ session: null });
});
