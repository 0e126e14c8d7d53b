/** The template's door: `npm run dev`, the console on a port of localhost, and behind its proxy the Worker. */
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

let server: DevelopmentServer;
let open: () => ReturnType<typeof openContext>;
let baseURL: string;

beforeAll(async () => {
  const port = await freePort();
  baseURL = `http://localhost:${port}`;
  const browser = await launchBrowser();
  server = await startDevelopmentServer(["--console-port", String(port)]);
  open = async () => openContext(browser, { baseURL });
  return async () => {
    await browser.close();
    await server.stop();
  };
});

it("claims, signs up by the mailbox's link, and signs in and out with a cookie of localhost, through the proxy alone", async () => {
  const { context, page } = await open();
  const origins = new Set<string>();
  page.on("request", (request) => origins.add(new URL(request.url()).origin));
  // Printed once the Worker answers.
  const printed = () => /claim#token=(\S+)/.exec(server.output())?.[1];
  await expect.poll(printed, { timeout: 15_000 }).toBeDefined();
  expect(server.output()).toContain(`Console   ${baseURL}`);
  const token = printed();
  // The first visit has Vite prepare the console's dependencies.
  await page.goto(`/claim#token=${token}`, { timeout: 60_000 });
  await page.getByLabel("Name").fill("Grace Hopper", { timeout: 60_000 });
  await page.getByLabel("Email").fill("grace@example.com");
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Claim" }).click();
  await page.getByRole("link", { name: "Sign in" }).click();
  await signIn(page, "grace@example.com");
  await page.getByRole("link", { name: "Users" }).waitFor();
  await signOut(page);

  const ada = { name: "Ada Lovelace", email: "ada@example.com" };
  const linkTo = async (email: string, subject: string) =>
    linkIn((await server.mailTo(email, subject)).text);
  await signUp({ linkTo }, page, ada);
  await page.getByRole("link", { name: "Sign in" }).click();
  await signIn(page, ada.email);
  await page.getByRole("heading", { name: "Hello Ada Lovelace" }).waitFor();
  const cookies = await context.cookies();
  expect(cookies.map(({ name, domain, httpOnly }) => ({ name, domain, httpOnly }))).toEqual([
    { name: "better-auth.session_token", domain: "localhost", httpOnly: true },
    { name: "better-auth.known_device", domain: "localhost", httpOnly: true },
  ]);
  // A cookie knows no port: the Worker's own address has the session too.
  expect(await context.cookies(server.origin)).toHaveLength(2);
  expect([...origins]).toEqual([baseURL]);
});
