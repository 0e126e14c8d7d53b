/** The template's door: the console on localhost, in front of the Worker that `npm run dev` runs. */
import { join } from "node:path";
import { preview } from "vite";
import { beforeAll, expect, it } from "vitest";
import { freePort } from "../free-port.ts";
import { startDevelopmentServer, type DevelopmentServer } from "../system/development-server.ts";
import {
  launchBrowser,
  linkIn,
  openContext,
  password,
  signIn,
  signOut,
  signUp,
} from "./browser.ts";

const consoleFolder = join(import.meta.dirname, "../../src/console");

let worker: DevelopmentServer;
let open: () => ReturnType<typeof openContext>;

beforeAll(async () => {
  const port = await freePort();
  const baseURL = `http://localhost:${port}`;
  const browser = await launchBrowser();
  worker = await startDevelopmentServer(["--console", baseURL]);
  const site = await preview({
    configFile: join(consoleFolder, "vite.config.ts"),
    logLevel: "error",
    build: { outDir: join(consoleFolder, "dist") },
    preview: { port, strictPort: true, proxy: { "/api/auth": { target: worker.origin } } },
  });
  open = async () => openContext(browser, { baseURL });
  return async () => {
    await browser.close();
    await site.close();
    await worker.stop();
  };
});

it("claims, signs up by the mailbox's link, and signs in and out with a cookie of this host alone", async () => {
  const { context, page } = await open();
  // Printed once the Worker answers.
  const printed = () => /claim#token=(\S+)/.exec(worker.output())?.[1];
  await expect.poll(printed, { timeout: 15_000 }).toBeDefined();
  const token = printed();
  await page.goto(`/claim#token=${token}`);
  await page.getByLabel("Name").fill("Grace Hopper");
  await page.getByLabel("Email").fill("grace@example.com");
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Claim" }).click();
  await page.getByRole("link", { name: "Sign in" }).click();
  await signIn(page, "grace@example.com");
  await page.getByRole("link", { name: "Users" }).waitFor();
  await signOut(page);

  const ada = { name: "Ada Lovelace", email: "ada@example.com" };
  const linkTo = async (email: string, subject: string) =>
    linkIn((await worker.mailTo(email, subject)).text);
  await signUp({ linkTo }, page, ada);
  await page.getByRole("link", { name: "Sign in" }).click();
  await signIn(page, ada.email);
  await page.getByRole("heading", { name: "Hello Ada Lovelace" }).waitFor();
  const cookies = await context.cookies();
  expect(cookies.map(({ name, domain, httpOnly }) => ({ name, domain, httpOnly }))).toEqual([
    { name: "better-auth.session_token", domain: "localhost", httpOnly: true },
    { name: "better-auth.known_device", domain: "localhost", httpOnly: true },
  ]);
});
