/** Checks that no component has a text of its own: a translated catalogue translates everything. */
import type { ComponentType } from "react";
import { waitFor } from "@testing-library/react";
import { expect, it } from "vitest";
import type { NnoAuthClient } from "../../../src/sdk/index.ts";
import * as components from "../../../src/ui-auth/index.ts";
import { english, type PartialMessages } from "../../../src/ui-auth/words/messages.ts";
import { openTab, signIn, signUp } from "../../sdk/page.ts";
import { goTo, show, usePage } from "../page.tsx";

const page = usePage();
const { SignIn, SignUp, AcceptInvitation, Profile } = components;

/** The texts of a component that do not come from the catalogue. */
async function unmarked(client: NnoAuthClient, Shown: ComponentType, path: string) {
  goTo(path);
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
])("takes every text at %s from the catalogue", async (path, Shown) => {
  expect(await unmarked(openTab(), Shown, path)).toEqual([]);
});

it("takes every text of the pages of a tenant owner from the catalogue", async () => {
  const email = await signUp(page.current, "Ada Lovelace");
  const client = openTab();
  await signIn(client, email);
  await client.organization.create({ name: "Engines", slug: `engines-${Date.now()}` });
  // Data: what people entered, the name that the browser gives itself, and the names of events.
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

/** Ids and times are data too. */
const isData = (text: string) => /^\w{32}$/.test(text) || !Number.isNaN(Date.parse(text));

/** The catalogue with every text marked. */
function mark(value: unknown): unknown {
  if (typeof value === "string") return `⟦${value}⟧`;
  if (typeof value === "function") return (...given: unknown[]) => `⟦${String(value(...given))}⟧`;
  return Object.fromEntries(
    Object.entries(value as object).map(([key, inner]) => [key, mark(inner)]),
  );
}

/** Every text that can be read, or heard with a screen reader. */
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
