import { fireEvent, render, screen, waitFor } from "@testing-library/react";
import { expect, it } from "vitest";
import { NnoAuthProvider } from "../../../src/sdk/index.ts";
import { UiAuthProvider } from "../../../src/ui-auth/index.ts";
import { Confirm } from "../../../src/ui-auth/primitives/dialog.tsx";
import { NewTenantDialog } from "../../../src/ui-auth/tenants/new-tenant-dialog.tsx";
import { openTab } from "../../sdk/page.ts";
import { goTo, show, usePage } from "../page.tsx";

usePage();

it("opens in the provider's element and in its direction", async () => {
  const around = document.body.appendChild(document.createElement("div"));
  const { unmount } = render(
    <NnoAuthProvider client={openTab()}>
      <UiAuthProvider portal={around} dir="rtl">
        <NewTenantDialog open onOpenChange={() => undefined} />
      </UiAuthProvider>
    </NnoAuthProvider>,
  );
  const dialog = await screen.findByRole("dialog");
  expect(around.contains(dialog)).toBe(true);
  expect(dialog.getAttribute("dir")).toBe("rtl");
  unmount();
  around.remove();
});

it("leads from a confirmation that needs a recent sign-in to the sign-in page and back", async () => {
  goTo("/admin/tenants");
  show(
    openTab(),
    <Confirm
      open
      onOpenChange={() => undefined}
      title="Delete it?"
      text="This cannot be undone."
      action="Delete"
      onConfirm={async () => ({ code: "SESSION_NOT_FRESH", status: 403 })}
    />,
  );
  fireEvent.click(await screen.findByRole("button", { name: "Delete" }));
  await screen.findByText(/too long ago/);
  fireEvent.click(await screen.findByRole("button", { name: "Sign in again" }));
  await waitFor(() => expect(window.location.pathname).toBe("/sign-in"));
  expect(window.location.search).toBe("?callbackURL=%2Fadmin%2Ftenants");
});
