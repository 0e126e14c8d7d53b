import { screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { Profile } from "../../../src/ui-auth/index.ts";
import { openTab, signIn, signUp } from "../../sdk/page.ts";
import { show, usePage } from "../page.tsx";

const page = usePage();
const count = (path: string) => page.current.requests.filter((asked) => asked === path).length;

it("asks once for what several components show", async () => {
  const email = await signUp(page.current);
  const client = openTab();
  await signIn(client, email);
  page.current.requests.length = 0;
  show(client, <Profile />);
  await screen.findByLabelText("Current password");
  await screen.findByText("This device");
  expect(count("/api/auth/list-accounts")).toBe(1);
  expect(count("/api/auth/platform/sign-in-options")).toBe(1);
});
