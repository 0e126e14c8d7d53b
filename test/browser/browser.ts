/**
 * A person at the console: Chromium at the console's host of a platform that the job provisioned on a local Cloudflare.
 * Owns starting and stopping all of it; each person has a browser context, and so cookies and an address, of their own.
 */
import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { base32 } from "@better-auth/utils/base32";
import { createOTP } from "@better-auth/utils/otp";
import {
  chromium,
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type Locator,
  type Page,
} from "playwright-core";
import { expect, inject } from "vitest";
import { platform } from "../../src/platform.ts";
import type { StoredMail } from "../../src/local/mailbox.ts";
import type { Release } from "../../src/provisioning/release.ts";
import { password, passwordHash } from "../people.ts";
import { releaseOf } from "../releases.ts";
import {
  newPlatformId,
  rootDomain,
  run,
  select,
  startWorld,
  type World,
} from "../provisioning/world.ts";
import { startDevice, type Device } from "./device.ts";
import { readQrCode } from "./qr-code.ts";
import { startOpenIdConnectServer, type OpenIdConnectServer } from "./openid-connect-server.ts";

export { password };

export interface Console {
  origin: string;
  authUrl: string;
  /** The console's page for the claim that the job issued. */
  claimUrl: string;
  /** A new browser context: another person, or another device. */
  open: (
    options?: BrowserContextOptions,
  ) => Promise<{ context: BrowserContext; page: Page; device: Device }>;
  /** The page that the newest mail with this subject links to. */
  linkTo: (email: string, subject: string) => Promise<string>;
  /** In the platform's database, past the Worker. */
  query: (statement: string) => Promise<unknown>;
  stop: () => Promise<void>;
}

export async function startConsole(): Promise<Console> {
  const [world, browser] = await Promise.all([startWorld({ console: true }), launchBrowser()]);
  return openConsole(world, browser, newPlatformId());
}

/** A platform whose owner lists a provider of their own beside Google and GitHub: Acme Staff. */
export async function startConsoleWithProvider(): Promise<
  Console & { provider: OpenIdConnectServer }
> {
  const [world, browser] = await Promise.all([startWorld({ console: true }), launchBrowser()]);
  const platformId = newPlatformId();
  const { authUrl } = platform(platformId, { rootDomain, port: world.local.port });
  const provider = await startOpenIdConnectServer(`${authUrl}/api/auth/callback/acme`);
  const site = await openConsole(world, browser, platformId, {
    release: await releaseOf("test/worker/provider-worker.ts"),
    secrets: {
      ACME_ISSUER: provider.issuer,
      ACME_CLIENT_ID: provider.clientId,
      ACME_CLIENT_SECRET: provider.clientSecret,
      GOOGLE_CLIENT_ID: "unused",
      GOOGLE_CLIENT_SECRET: "unused",
      GITHUB_CLIENT_ID: "unused",
      GITHUB_CLIENT_SECRET: "unused",
    },
  });
  return {
    ...site,
    provider,
    async stop() {
      await site.stop();
      await provider.stop();
    },
  };
}

async function openConsole(
  world: World,
  browser: Browser,
  platformId: string,
  choices: { release?: Release; secrets?: Record<string, string> } = {},
): Promise<Console> {
  const { result } = await run(world, platformId, choices);
  const devices: Device[] = [];
  return {
    origin: result.consoleUrl,
    authUrl: result.authUrl,
    claimUrl: `${result.consoleUrl}/claim${new URL(result.claim?.url ?? "").hash}`,
    async open(options) {
      const device = await startDevice();
      devices.push(device);
      const opened = await openContext(browser, {
        baseURL: result.consoleUrl,
        proxy: { server: device.server },
        ...options,
      });
      return { ...opened, device };
    },
    async linkTo(email, subject) {
      const mailbox = `http://127.0.0.1:${world.local.port}/mailbox.json?platform=${platformId}`;
      const deadline = Date.now() + 15_000;
      while (Date.now() < deadline) {
        const mails = (await (await fetch(mailbox)).json()) as StoredMail[];
        const mail = mails.find(({ to, subject: said }) => to === email && said.includes(subject));
        if (mail !== undefined) return linkIn(mail.text);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      throw new Error(`waited in vain for mail "${subject}" to ${email}`);
    },
    query: async (statement) => select(world, platformId, statement),
    async stop() {
      await browser.close();
      for (const device of devices) await device.stop();
      await world.stop();
    },
  };
}

export async function openContext(
  browser: Browser,
  options: BrowserContextOptions,
): Promise<{ context: BrowserContext; page: Page }> {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(15_000);
  return { context, page: await context.newPage() };
}

export function linkIn(text: string): string {
  const [link] = /http\S+/.exec(text) ?? [];
  if (link === undefined) throw new Error("there is no link in the mail");
  return link;
}

/** A connection to the one Chromium of all test files; what is opened by it is closed with it. */
export async function launchBrowser(): Promise<Browser> {
  return chromium.connect(inject("chromium"));
}

export interface Person {
  name: string;
  email: string;
}

export async function signUp(
  site: Pick<Console, "linkTo">,
  page: Page,
  { name, email }: Person,
): Promise<void> {
  await page.goto("/sign-up");
  await page.getByLabel("Name").fill(name);
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Create account" }).click();
  await page.getByRole("heading", { name: "Check your inbox" }).waitFor();
  await page.goto(await site.linkTo(email, "Confirm your email"));
  await page.getByRole("heading", { name: "Sign in to finish" }).waitFor();
}

/** As a sign-up and its mailed link leave somebody: for tests that are about neither. */
export async function plant({ query }: Pick<Console, "query">, { name, email }: Person) {
  const id = randomUUID();
  const now = Date.now();
  await query(
    `INSERT INTO user (id, name, email, email_verified, created_at, updated_at)
     VALUES ('${id}', '${name}', '${email}', 1, ${now}, ${now})`,
  );
  await query(
    `INSERT INTO account (id, account_id, provider_id, user_id, password, created_at, updated_at)
     VALUES ('${randomUUID()}', '${id}', 'credential', '${id}', '${passwordHash}', ${now}, ${now})`,
  );
}

/** Somebody new, signed in and at home. */
export async function arrive(
  site: Pick<Console, "query">,
  page: Page,
  person: Person,
): Promise<void> {
  await plant(site, person);
  await page.goto("/sign-in");
  await signIn(page, person.email);
  await page.getByRole("heading", { name: `Hello ${person.name}` }).waitFor();
}

/** From wherever the sign-in form is shown. */
export async function signIn(page: Page, email: string, secret = password): Promise<void> {
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(secret);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
}

export async function signOut(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Sign out", exact: true }).first().click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
}

/** To the QR code, from wherever the profile can be reached. */
export async function beginEnrolment(page: Page): Promise<Locator> {
  await page.getByRole("link", { name: "Profile" }).click();
  await page.getByRole("button", { name: "Turn on" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Password", { exact: true }).fill(password);
  await dialog.getByRole("button", { name: "Continue" }).click();
  return dialog;
}

/** An authenticator that has read the QR code; the key beside it, for typing in by hand, is the same. */
export async function scan(dialog: Locator) {
  const uri = new URL(await readQrCode(dialog.getByRole("img", { name: /QR code/ })));
  expect(`${uri.protocol}//${uri.host}`).toBe("otpauth://totp");
  const key = uri.searchParams.get("secret") ?? "";
  expect(await dialog.locator(".nno-key code").innerText()).toBe(key);
  return authenticator(key);
}

/** Turns two-factor authentication on, from wherever the profile can be reached. */
export async function enrol(page: Page) {
  const dialog = await beginEnrolment(page);
  const code = await scan(dialog);
  await dialog.getByLabel("Code").fill(await code(0));
  const backupCodes = await keepBackupCodes(dialog);
  await page.getByText("On. You also need a code").waitFor();
  return { code, backupCodes };
}

export async function keepBackupCodes(dialog: Locator): Promise<string[]> {
  await dialog.getByRole("heading", { name: "Save your backup codes" }).waitFor();
  const backupCodes = await dialog.getByRole("listitem").allInnerTexts();
  await dialog.getByRole("button", { name: "I have saved them" }).click();
  return backupCodes;
}

/** An authenticator with a key; `offset` counts time steps from then. */
export function authenticator(key: string): (offset: number) => Promise<string> {
  const otp = createOTP(new TextDecoder().decode(base32.decode(key)), { digits: 6, period: 30 });
  const scanned = Math.floor(Date.now() / 30_000);
  return (offset) => otp.hotp(scanned + offset);
}

/** Where a screenshot goes, if anybody asked for them. */
export function screenshotPath(name: string): string | undefined {
  const { SCREENSHOTS: folder } = process.env;
  if (folder === undefined) return undefined;
  if (!existsSync(folder)) mkdirSync(folder, { recursive: true });
  return join(folder, `${name}.png`);
}
