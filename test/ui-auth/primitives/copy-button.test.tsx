import { fireEvent, screen } from "@testing-library/react";
import { it } from "vitest";
import { CopyButton } from "../../../src/ui-auth/primitives/copy-button.tsx";
import { openTab } from "../../sdk/page.ts";
import { show, usePage } from "../page.tsx";

usePage();

it("says how to copy by hand where the clipboard is not available", async () => {
  const clipboard = Object.getOwnPropertyDescriptor(Navigator.prototype, "clipboard");
  // A page over plain http has no clipboard.
  Object.defineProperty(navigator, "clipboard", { value: undefined, configurable: true });
  show(openTab(), <CopyButton text="key" />);
  fireEvent.click(screen.getByRole("button", { name: "Copy" }));
  await screen.findByText(/Select the text and copy it by hand/);
  if (clipboard !== undefined) Object.defineProperty(navigator, "clipboard", clipboard);
});
