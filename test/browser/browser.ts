/**
 * A person at the console: Chromium against the built console, which talks to the server that `npm run dev` runs. Owns
 * starting and stopping all three; each person has a browser context, and so cookies, of their own.
 */
import { existsSync, mkdirSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { once } from "node:events";
import { base32 } from "@better-auth/utils/base32";
import { createOTP } from "@better-auth/utils/otp";
import {
  chromium,
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type Page,
} from "playwright-core";
import { preview } from "vite";
import { inject } from "vitest";
import { startDevelopmentServer, type DevelopmentServer } from "../system/development-server.ts";

export const password = "tortoise velvet 41 orchards";
const configFile = join(import.meta.dirname, "../../src/console/vite.config.ts");
const builtConsole = join(import.meta.dirname, "../../src/console/dist");

export interface Console {
  origin: string;
  worker: DevelopmentServer;
  /** A new browser context: another person, or another device. */
  open: (options?: BrowserContextOptions) => Promise<{ context: BrowserContext; page: Page }>;
  /** The page that the newest mail with this subject links to. */
  linkTo: (email: string, subject: string) => Promise<string>;
  stop: () => Promise<void>;
}

export async function startConsole(): Promise<Console> {
  const port = await freePort();
  const origin = `http://localhost:${port}`;
  const [worker, browser] = await Promise.all([
    startDevelopmentServer(["--console", origin]),
    launchBrowser(),
  ]);
  const site = await preview({
    configFile,
    logLevel: "error",
    build: { outDir: builtConsole },
    preview: { port, strictPort: true, proxy: { "/api/auth": { target: worker.origin } } },
  });
  let people = 0;
  return {
    origin,
    worker,
    async open(options) {
      people += 1;
      const context = await browser.newContext({
        baseURL: origin,
        // Attempts are counted by address: each person has one.
        extraHTTPHeaders: { "cf-connecting-ip": `198.51.100.${people}` },
        ...options,
      });
      context.setDefaultTimeout(15_000);
      return { context, page: await context.newPage() };
    },
    async linkTo(email, subject) {
      const { text } = await worker.mailTo(email, subject);
      const [link] = /http\S+/.exec(text) ?? [];
      if (link === undefined) throw new Error(`no link in "${subject}"`);
      return link;
    },
    async stop() {
      await browser.close();
      await site.close();
      await worker.stop();
    },
  };
}

export async function launchBrowser(): Promise<Browser> {
  const { executablePath, args, libraryPath } = inject("chromium");
  return chromium.launch({
    executablePath,
    args,
    headless: true,
    ...(libraryPath === undefined
      ? {}
      : { env: { ...definedEnvironment(), LD_LIBRARY_PATH: libraryPath } }),
  });
}

function definedEnvironment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value]],
    ),
  );
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  if (address === null || typeof address === "string") throw new Error("no port was given");
  return address.port;
}

export interface Person {
  name: string;
  email: string;
}

export async function signUp(site: Console, page: Page, { name, email }: Person): Promise<void> {
  await page.goto("/sign-up");
  await page.getByLabel("Name").fill(name);
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Create account" }).click();
  await page.getByRole("heading", { name: "Check your inbox" }).waitFor();
  await page.goto(await site.linkTo(email, "Confirm your email"));
  await page.getByRole("heading", { name: "Your address is confirmed" }).waitFor();
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

/** An authenticator with a key typed in by hand; `offset` counts time steps from then. */
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
