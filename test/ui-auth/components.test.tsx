/** Components in a page in front of the real auth server, whose line can fail. */
import type { ComponentType, ReactNode } from "react";
import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, expect, it } from "vitest";
import { NnoAuthProvider, type NnoAuthClient } from "../../src/sdk/index.ts";
import { CopyButton } from "../../src/ui-auth/copy.tsx";
import { Confirm } from "../../src/ui-auth/dialog.tsx";
import { Submit, useForm } from "../../src/ui-auth/form.tsx";
import * as components from "../../src/ui-auth/index.ts";
import { english, type PartialMessages } from "../../src/ui-auth/messages.ts";
import { NewTenantDialog } from "../../src/ui-auth/tenant-switcher.tsx";
import { openPage, openTab, password, signIn, signUp, type Page } from "../sdk/page.ts";

let page: Page;

beforeEach(async () => {
  sessionStorage.clear();
  page = await openPage();
});

afterEach(async () => {
  cleanup();
  page.line = "up";
  await openTab().signOut();
  await page.close();
});

const { UiAuthProvider, SignIn, SignUp, AcceptInvitation, Profile } = components;

function show(client: NnoAuthClient, children: ReactNode, messages: PartialMessages = {}) {
  return render(
    <NnoAuthProvider client={client}>
      <UiAuthProvider messages={messages}>{children}</UiAuthProvider>
    </NnoAuthProvider>,
  );
}

const go = (path: string) => window.history.replaceState(null, "", path);
const count = (path: string) => page.requests.filter((asked) => asked === path).length;

it("asks for what several components show once", async () => {
  const email = await signUp(page);
  const client = openTab();
  await signIn(client, email);
  page.requests.length = 0;
  show(client, <Profile />);
  await screen.findByLabelText("Current password");
  await screen.findByText("This device");
  expect(count("/api/auth/list-accounts")).toBe(1);
  expect(count("/api/auth/platform/sign-in-options")).toBe(1);
});

/** What of a component's texts is not of the catalogue. */
async function unmarked(client: NnoAuthClient, Shown: ComponentType, path: string) {
  go(path);
  const { container, unmount } = show(client, <Shown />, mark(english) as PartialMessages);
  await waitFor(() => expect(container.querySelector(".nno-loading, .nno-spinner")).toBeNull());
  const found = textsOf(container).filter((text) => !text.includes("⟦") && /\p{L}/u.test(text));
  unmount();
  return found;
}

it.each<[string, ComponentType]>([
  ["/sign-in", SignIn],
  ["/sign-up", SignUp],
  ["/forgot-password", components.ForgotPassword],
  ["/reset-password?token=x", components.ResetPassword],
  ["/reset-password", components.ResetPassword],
  ["/verify-email", components.VerifyEmail],
  ["/verify-email?token=x", components.VerifyEmail],
  ["/two-factor", components.TwoFactorChallenge],
  ["/accept-invitation", AcceptInvitation],
  ["/accept-invitation?id=x", AcceptInvitation],
  ["/claim", components.ClaimPlatform],
  ["/claim#token=x", components.ClaimPlatform],
])("has every word at %s from the catalogue", async (path, Shown) => {
  expect(await unmarked(openTab(), Shown, path)).toEqual([]);
});

it("has every word for somebody with a tenant from the catalogue", async () => {
  const email = await signUp(page, "Ada Lovelace");
  const client = openTab();
  await signIn(client, email);
  await client.organization.create({ name: "Engines", slug: `engines-${Date.now()}` });
  // What the browser says of itself and what the server names is data.
  const own = new Set([email, "Ada Lovelace", "Linux", "Engines", "tenant.created"]);
  const { TenantSwitcher, Members, TenantRoles, TenantAuditLog, Users, Tenants } = components;
  for (const Shown of [
    Profile,
    TenantSwitcher,
    Members,
    TenantRoles,
    TenantAuditLog,
    Users,
    Tenants,
  ]) {
    const texts = await unmarked(client, Shown, "/");
    expect(texts.filter((text) => !own.has(text) && !isData(text))).toEqual([]);
  }
});

it("goes on after a form's own mistake, and after an answer that is none", async () => {
  const reported: unknown[] = [];
  const report = globalThis.reportError;
  globalThis.reportError = (cause) => reported.push(cause);
  function Broken() {
    const form = useForm(async () => {
      throw new TypeError("broken");
    });
    return (
      <form {...form.props}>
        <p>{form.failure?.code}</p>
        <Submit form={form}>Send</Submit>
      </form>
    );
  }
  show(openTab(), <Broken />);
  fireEvent.submit(screen.getByRole("button").closest("form") as HTMLFormElement);
  await screen.findByText("UNKNOWN");
  expect(screen.getByRole("button").getAttribute("aria-disabled")).toBeNull();
  expect(reported).toHaveLength(1);
  globalThis.reportError = report;
  cleanup();

  go("/sign-in");
  show(openTab(), <SignIn />);
  await screen.findByLabelText("Email");
  page.line = "html";
  fireEvent.change(screen.getByLabelText("Email"), { target: { value: "ada@example.com" } });
  fireEvent.change(screen.getByLabelText("Password"), { target: { value: password } });
  fireEvent.click(screen.getByRole("button", { name: "Sign in" }));
  await screen.findByText(/The service is not available for a moment/);
});

it("offers another try where the server did not answer", async () => {
  page.line = "unavailable";
  go("/accept-invitation?id=x");
  show(openTab(), <AcceptInvitation />);
  const again = await screen.findByRole("button", { name: "Try again" });
  page.line = "up";
  fireEvent.click(again);
  await screen.findByRole("heading", { name: "You are invited" });
  cleanup();

  page.line = "unavailable";
  go("/sign-in");
  show(openTab(), <SignIn />);
  const retry = await screen.findByRole("button", { name: "Try again" });
  page.line = "up";
  fireEvent.click(retry);
  await waitFor(() => expect(screen.queryByRole("button", { name: "Try again" })).toBeNull());
});

it("says so where nothing can be copied", async () => {
  const clipboard = Object.getOwnPropertyDescriptor(Navigator.prototype, "clipboard");
  // A page over plain http has none.
  Object.defineProperty(navigator, "clipboard", { value: undefined, configurable: true });
  show(openTab(), <CopyButton text="key" />);
  fireEvent.click(screen.getByRole("button", { name: "Copy" }));
  await screen.findByText(/Select the text and copy it by hand/);
  if (clipboard !== undefined) Object.defineProperty(navigator, "clipboard", clipboard);
});

it("puts dialogs where the provider says, and runs them its way", async () => {
  const around = document.body.appendChild(document.createElement("div"));
  render(
    <NnoAuthProvider client={openTab()}>
      <UiAuthProvider portal={around} dir="rtl">
        <NewTenantDialog open onOpenChange={() => undefined} />
      </UiAuthProvider>
    </NnoAuthProvider>,
  );
  const dialog = await screen.findByRole("dialog");
  expect(around.contains(dialog)).toBe(true);
  expect(dialog.getAttribute("dir")).toBe("rtl");
  cleanup();
  around.remove();
});

it("leads out of a question whose answer needs a new sign-in", async () => {
  go("/admin/tenants");
  show(
    openTab(),
    <Confirm
      open
      onOpenChange={() => undefined}
      title="Delete it?"
      text="It is gone then."
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

/** An id, or a time. */
const isData = (text: string) => /^\w{32}$/.test(text) || !Number.isNaN(Date.parse(text));

/** The catalogue with a mark in each text. */
function mark(value: unknown): unknown {
  if (typeof value === "string") return `⟦${value}⟧`;
  if (typeof value === "function") return (...given: unknown[]) => `⟦${String(value(...given))}⟧`;
  return Object.fromEntries(
    Object.entries(value as object).map(([key, inner]) => [key, mark(inner)]),
  );
}

/** All that can be read or heard of it. */
function textsOf(container: HTMLElement): string[] {
  const texts: string[] = [];
  for (const element of container.querySelectorAll("*")) {
    for (const name of ["aria-label", "placeholder", "title", "alt"]) {
      const text = element.getAttribute(name);
      if (text !== null) texts.push(text);
    }
    for (const node of element.childNodes) {
      if (node.nodeType === Node.TEXT_NODE) texts.push((node.textContent ?? "").trim());
    }
  }
  return texts;
}
