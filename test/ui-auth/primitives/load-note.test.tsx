import { cleanup, fireEvent, screen, waitFor } from "@testing-library/react";
import { expect, it } from "vitest";
import { AcceptInvitation, SignIn } from "../../../src/ui-auth/index.ts";
import { openTab } from "../../sdk/page.ts";
import { goTo, show, usePage } from "../page.tsx";

const page = usePage();

it("offers to try again when the server did not answer", async () => {
  page.current.line = "unavailable";
  goTo("/accept-invitation?id=x");
  show(openTab(), <AcceptInvitation />);
  const again = await screen.findByRole("button", { name: "Try again" });
  page.current.line = "up";
  fireEvent.click(again);
  await screen.findByRole("heading", { name: "You have been invited" });
  cleanup();

  page.current.line = "unavailable";
  goTo("/sign-in");
  show(openTab(), <SignIn />);
  const retry = await screen.findByRole("button", { name: "Try again" });
  page.current.line = "up";
  fireEvent.click(retry);
  await waitFor(() => expect(screen.queryByRole("button", { name: "Try again" })).toBeNull());
});
