/** Where the address of a sign-in page may lead. */
import { beforeEach, expect, it } from "vitest";
import { keepDestination, readDestination } from "../../../src/ui-auth/host/destination.ts";
import { openPage } from "../../sdk/page.ts";

beforeEach(async () => {
  const page = await openPage();
  return page.close;
});

const search = (callbackURL: string) => `?${new URLSearchParams({ callbackURL }).toString()}`;

it("leads to pages of this origin", () => {
  expect(readDestination(search("/accept-invitation?id=x#y"), "/home")).toBe(
    "/accept-invitation?id=x#y",
  );
  expect(readDestination(search(`${window.location.origin}/profile`), "/home")).toBe("/profile");
  expect(readDestination("", "/home")).toBe("/home");
});

it.each([
  "https://evil.com/",
  "//evil.com",
  "/\\evil.com",
  "\t//evil.com",
  "/.//evil.com",
  "/x/..//evil.com",
  "/%2e//evil.com",
  "/./\\evil.com",
  "javascript:alert(1)",
  "data:text/html,x",
])("leads nowhere else: %j", (wanted) => {
  expect(readDestination(search(wanted), "/home")).toBe("/home");
});

it("is carried from page to page", () => {
  expect(keepDestination("/sign-up", search("/profile"))).toBe("/sign-up?callbackURL=%2Fprofile");
  expect(keepDestination("/sign-up", "?token=x")).toBe("/sign-up");
});
