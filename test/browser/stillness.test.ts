/** What can be pressed stays where it appeared while a page loads: a press goes where it was aimed. */
import type { Page, Route } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { arrive, startConsoleWithProvider, type Console } from "./browser.ts";

let site: Console;
const ada = { name: "Ada Lovelace", email: "ada@example.com" };

beforeAll(async () => {
  site = await startConsoleWithProvider();
});
afterAll(async () => site.stop());

/** In the page: notes in `moved`, frame by frame, whatever can be pressed and is not where the frame before had it. */
const watch = `
  const places = new Map();
  window.moved = [];
  const look = () => {
    for (const control of document.querySelectorAll("a, button, input, select, textarea")) {
      const isVisible = control.checkVisibility({ visibilityProperty: true });
      if (!isVisible || control.matches(":disabled, [aria-disabled=true]")) {
        places.delete(control);
        continue;
      }
      const { left, top } = control.getBoundingClientRect();
      const place = [left + window.scrollX, top + window.scrollY].map(Math.round).join(" ");
      const before = places.get(control);
      if (before !== undefined && before !== place) {
        const name = control.ariaLabel || control.textContent || control.name;
        window.moved.push(name + ": " + before + " to " + place);
      }
      places.set(control, place);
    }
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
`;

/** Answers come in an order of the test's choice, far enough apart for the page to be painted in between. */
async function answerInTurns(page: Page, order: "first asked first" | "last asked first") {
  let asked = 0;
  await page.route("**/api/auth/**", async (route: Route) => {
    const turn = asked++ % 6;
    const milliseconds = 80 * (order === "first asked first" ? turn : 5 - turn);
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
    await route.continue();
  });
}

const atTheDoor = ["/sign-in", "/sign-up", "/forgot-password"];
const inside = ["/", "/profile", "/tenant", "/tenant/roles", "/tenant/audit"];
const administrations = ["/admin/users", "/admin/tenants", "/admin/audit"];

it.concurrent.each([
  { width: 1280, order: "first asked first" },
  { width: 360, order: "last asked first" },
] as const)("moves nothing that can be pressed, $width wide, $order", async ({ width, order }) => {
  const { page, context } = await site.open({ viewport: { width, height: 800 } });
  const email = `${width}.${ada.email}`;
  const outside = await movedOn(page, order, atTheDoor);
  await arrive(site, page, { ...ada, email });
  await site.query(`UPDATE user SET role = 'platform-admin' WHERE email = '${email}'`);
  await page.getByRole("button", { name: "Tenant: " }).click();
  await page.getByRole("menuitem", { name: "New tenant" }).click();
  await page.getByRole("dialog").getByLabel("Name", { exact: true }).fill(`Looms ${width}`);
  await page.getByRole("button", { name: "Create tenant" }).click();
  await page.getByRole("button", { name: `Tenant: Looms ${width}` }).waitFor();
  const within = await movedOn(page, order, [...inside, ...administrations]);
  await context.close();
  expect({ ...outside, ...within }).toEqual({});
});

async function movedOn(page: Page, order: Parameters<typeof answerInTurns>[1], paths: string[]) {
  const moved: Record<string, string[]> = {};
  const watched = await page.context().newPage();
  await watched.addInitScript({ content: watch });
  await answerInTurns(watched, order);
  for (const path of paths) {
    await watched.goto(path, { waitUntil: "networkidle" });
    await watched.getByRole("heading", { level: 1 }).waitFor();
    const found = await watched.evaluate<string[]>("window.moved");
    if (found.length > 0) moved[path] = found;
  }
  await watched.close();
  return moved;
}
