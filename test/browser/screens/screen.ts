/** What a screen is, and what is asked of each: axe-core finds nothing in it, and it is no wider than the window. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeResults, RunOptions } from "axe-core";
import type { Page } from "playwright-core";
import { expect } from "vitest";
import { screenshotPath, type startConsoleWithProvider } from "../browser.ts";

/** Who the screens are shown to. */
export interface Stage {
  site: Awaited<ReturnType<typeof startConsoleWithProvider>>;
  /** Nobody. */
  outside: Page;
  /** Bob, with a password and a provider. */
  member: Page;
  /** Nora, with a provider alone. */
  staff: Page;
  admin: Page;
}

export interface Screen {
  name: string;
  who: "outside" | "member" | "staff" | "admin";
  /** Without one, the screen is a step further from the one before. */
  path?: string | ((stage: Stage) => string | Promise<string>);
  /** The page's heading once it is there. */
  ready?: string | RegExp;
  /** Before the page is opened. */
  prepare?: (page: Page) => Promise<unknown>;
  arrange?: (page: Page, stage: Stage) => Promise<unknown>;
}

const desk = { width: 1280, height: 900 };
const phone = { width: 360, height: 740 };
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export async function show(screen: Screen, stage: Stage): Promise<Page> {
  const { who, path, ready, prepare, arrange } = screen;
  const page = stage[who];
  if (path !== undefined) {
    // Only a new document forgets what the last screen left open.
    await page.goto("about:blank");
    await page.setViewportSize(desk);
    await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
    await prepare?.(page);
    await page.goto(typeof path === "string" ? path : await path(stage));
  }
  if (ready !== undefined) await page.getByRole("heading", { name: ready, level: 1 }).waitFor();
  await arrange?.(page, stage);
  await page.locator(".nno-loading").first().waitFor({ state: "detached" });
  return page;
}

/** Once by every rule; then by what a theme, a width and a direction can change, each by the rules that it can break. */
export async function inspect(page: Page, name: string): Promise<void> {
  await page.evaluate(axe);
  await look(page, `${name}-1280-light`, {});
  expect(await page.evaluate(overflow), `${name} at 1280`).toBe(0);
  await page.emulateMedia({ colorScheme: "dark" });
  await look(page, `${name}-1280-dark`, onlyRules("color-contrast"));
  await page.setViewportSize(phone);
  if (screenshotPath(name) !== undefined) await photograph(page, `${name}-360-dark`);
  await page.emulateMedia({ colorScheme: "light" });
  await look(
    page,
    `${name}-360-light`,
    onlyRules("scrollable-region-focusable", "target-size", "meta-viewport"),
  );
  expect(await page.evaluate(overflow), `${name} at 360`).toBe(0);
  await page.evaluate("document.documentElement.dir = 'rtl'");
  await photograph(page, `${name}-360-rtl`);
  expect(await page.evaluate(overflow), `${name} at 360, from right to left`).toBe(0);
  await page.evaluate("document.documentElement.removeAttribute('dir')");
  await page.setViewportSize(desk);
}

const onlyRules = (...values: string[]): RunOptions => ({ runOnly: { type: "rule", values } });

async function look(page: Page, name: string, options: RunOptions): Promise<void> {
  await page.evaluate(settled);
  await photograph(page, name);
  expect(await findings(page, options), name).toEqual([]);
}

/** What moves has arrived; a spinner never does. */
const settled = `new Promise((resolve) => {
  requestAnimationFrame(() => requestAnimationFrame(resolve));
}).then(() => Promise.all(
  document.getAnimations()
    .filter(({ effect }) => effect.getComputedTiming().endTime < Infinity)
    .map(({ finished }) => finished.catch(() => {})),
))`;
const overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth";
/** Shadows at the ends of what scrolls: axe cannot tell the colour of a text over a gradient. */
const flat = `for (const element of document.querySelectorAll(".nno-table-box, .bar nav")) {
  element.style.backgroundImage = "none";
}`;

/** For every other rule, axe-core reports one place only. */
const asked: (keyof AxeResults)[] = ["violations", "incomplete"];

/** A contrast that axe cannot tell is as bad as a wrong one: nobody looks at what it leaves open. */
async function findings(page: Page, options: RunOptions): Promise<string[]> {
  await page.evaluate(flat);
  const dialog = "[role=dialog], [role=alertdialog]";
  const context = (await page.locator(dialog).count()) > 0 ? JSON.stringify(dialog) : "document";
  const { violations, incomplete } = await page.evaluate<AxeResults>(
    `axe.run(${context}, ${JSON.stringify({ ...options, preload: false, resultTypes: asked })})`,
  );
  const open = incomplete.filter(({ id }) => id === "color-contrast");
  return [...violations, ...open].flatMap(({ id, nodes }) =>
    nodes
      // Its digits are see-through: the boxes behind it show them.
      .filter(({ html }) => id !== "color-contrast" || !html.includes("data-input-otp"))
      .map(({ html, failureSummary }) => `${id}: ${html.slice(0, 160)} ${failureSummary ?? ""}`),
  );
}

/** If anybody asked for pictures. A dialog belongs to what the window shows, so the page is not unrolled behind one. */
async function photograph(page: Page, name: string): Promise<void> {
  const path = screenshotPath(name);
  if (path === undefined) return;
  await page.evaluate(settled);
  const fullPage = (await page.locator("[role=dialog], [role=alertdialog]").count()) === 0;
  await page.screenshot({ path, fullPage });
}
