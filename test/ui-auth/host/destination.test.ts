/** The destinations that a sign-in page accepts. */
import { beforeEach, expect, it } from "vitest";
import { keepDestination, readDestination } from "../../../src/ui-auth/host/destination.ts";
import { openPage } from "../../sdk/page.ts";

beforeEach(async () => {
  const page = await openPage();
  return page.close;
});

const search = (callbackURL: string) => `?${new URLSearchParams({ callbackURL }).toString()}`;

it("accepts pages of this origin", () => {
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
])("refuses anything else: %j", (wanted) => {
  expect(readDestination(search(wanted), "/home")).toBe("/home");
});

it("keeps the destination from page to page", () => {
  expect(keepDestination("/sign-up", search("/profile"))).toBe("/sign-up?callbackURL=%2Fprofile");
  expect(keepDestination("/sign-up", "?token=x")).toBe("/sign-up");
});
