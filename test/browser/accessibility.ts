/** What axe-core finds on a page as it is shown now, light and dark. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import type { Page } from "playwright-core";
import { screenshotPath } from "./browser.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Colours fade in when the scheme changes. */
const arrived = `new Promise((resolve) => {
  requestAnimationFrame(() => requestAnimationFrame(resolve));
}).then(() => Promise.all(document.getAnimations().map(({ finished }) => finished.catch(() => {}))))`;

/** @param name of the screenshots, if anybody asked for them. */
export async function violationsOf(page: Page, name: string): Promise<string[]> {
  await page.evaluate(axe);
  const found: string[] = [];
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.evaluate(arrived);
    const path = screenshotPath(`${name}-${colorScheme}`);
    if (path !== undefined) await page.screenshot({ path, fullPage: true });
    const { violations } = await page.evaluate<AxeResults>("axe.run()");
    for (const { id, nodes } of violations) {
      found.push(...nodes.map(({ html }) => `${name}, ${colorScheme}: ${id}: ${html}`));
    }
  }
  return found;
}
