/** When `useNnoSession` asks the server again, and when it does not. */
import type { ReactNode } from "react";
import { act, render, screen, waitFor } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import { NnoAuthProvider, SignedOut } from "../../src/sdk/index.ts";
import { notifyOtherTabs } from "../../src/sdk/session-events.ts";
import { openTab, signIn, signUp, someone } from "./page.ts";
import { MyComponent, openPageForEachTest, page, sessionRequests, watch } from "./watched-page.tsx";

openPageForEachTest();

const headers = { "content-type": "application/json" };

describe("the session is requested again", () => {
  it("when the window gets the focus, but not on every focus", async () => {
    const { reaches } = watch(openTab());
    await reaches("signed-out");
    const focus = () => act(() => window.dispatchEvent(new Event("focus")));
    await focus();
    expect(sessionRequests()).toBe(1);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 6000 });
    await focus();
    await focus();
    await waitFor(() => expect(sessionRequests()).toBe(2));
    await focus();
    expect(sessionRequests()).toBe(2);
  });

  it("without rendering again if nothing has changed", async () => {
    const { shown, last, reaches } = watch(openTab());
    await reaches("signed-out");
    const renders = shown.length;
    await act(() => last().refetch());
    expect(shown).toHaveLength(renders);
  });

  it("in the other tabs when one tab signs in or out", async () => {
    const email = await someone(page);
    const [here, there] = [openTab(), openTab()];
    const other = watch(there);
    await other.reaches("signed-out");
    await act(() => signIn(here, email));
    await other.reaches("signed-in");
    expect(other.last().user.email).toBe(email);
    await act(() => here.signOut());
    await other.reaches("signed-out");
  });

  it("in another tab that is told of a sign-out, which may be that of an earlier session", async () => {
    const email = await someone(page);
    const client = openTab();
    const { last, reaches, statuses } = watch(client);
    await reaches("signed-out");
    await act(() => signIn(client, email));
    const [before, start] = [sessionRequests(), statuses().length];
    notifyOtherTabs(`${page.origin}/api/auth`, "another tab", "signed-out");
    await waitFor(() => expect(sessionRequests()).toBe(before + 1));
    await act(() => last().refetch());
    expect(last()).toMatchObject({ status: "signed-in", user: { email } });
    expect(statuses().slice(start)).not.toContain("signed-out");
  });

  it("when it ends between its own answer and that about the tenant", async () => {
    const email = await signUp(page);
    const client = openTab();
    const { last, reaches, statuses } = watch(client);
    await reaches("signed-out");
    await act(() => signIn(client, email));
    await act(async () => {
      await client.organization.create({ name: "Engines", slug: `between-${Date.now()}` });
    });
    page.held = [];
    await act(async () => {
      const asking = last().refetch();
      await vi.waitFor(() => expect(page.held).toHaveLength(1), { timeout: 15_000 });
      const answerFirst = page.held?.[0];
      page.held = undefined;
      await fetch(`${page.origin}/api/auth/sign-out`, { method: "POST", body: "{}", headers });
      answerFirst?.();
      await asking;
    });
    expect(last().status).toBe("signed-out");
    expect(statuses()).not.toContain("error");
  });

  it("after a day at most, however long the Retry-After of the server is", async () => {
    page.line = "unavailable";
    page.retryAfter = String(2 ** 31);
    const { reaches } = watch(openTab());
    await reaches("error");
    await act(() => new Promise((resolve) => setTimeout(resolve, 100)));
    expect(sessionRequests()).toBe(1);
  });

  it("when a call is refused because the session was revoked elsewhere", async () => {
    const email = await someone(page);
    const client = openTab();
    const { last, reaches } = watch(client);
    await reaches("signed-out");
    await act(() => signIn(client, email));
    // Revoked on the server, so that neither this client nor the other tabs know of it.
    const revoked = await fetch(`${page.origin}/api/auth/revoke-sessions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "{}",
    });
    expect(revoked.status).toBe(200);
    expect(last().status).toBe("signed-in");
    await act(async () => {
      await client.listSessions();
    });
    await reaches("signed-out");
  });

  it("not after a call that only reads", async () => {
    const email = await someone(page);
    const client = openTab();
    const { reaches } = watch(client);
    await reaches("signed-out");
    await act(() => signIn(client, email));
    const before = sessionRequests();
    await act(async () => {
      await client.admin.hasPermission({ permissions: { billing: ["view"] } });
      await client.listSessions();
    });
    expect(sessionRequests()).toBe(before);
  });

  it("and shows the answer to the latest request, in whatever order they arrive", async () => {
    const email = await someone(page);
    const client = openTab();
    page.held = [];
    const { last, shown } = watch(client);
    await waitFor(() => expect(page.held).toHaveLength(1));
    // Requested while signed out. The user signs in before the answer arrives.
    await act(async () => {
      const signingIn = signIn(client, email);
      await vi.waitFor(() => expect(page.held).toHaveLength(2), { timeout: 15_000 });
      page.held?.[1]?.();
      await signingIn;
    });
    expect(last().status).toBe("signed-in");
    page.held?.[0]?.();
    await act(() => new Promise((resolve) => setTimeout(resolve, 100)));
    expect(last().status).toBe("signed-in");
    expect(shown.map(({ status }) => status)).toEqual(["loading", "signed-in"]);
  });

  it("not by a page that opens later within the same provider", async () => {
    const client = openTab();
    const content = (children: ReactNode) => (
      <NnoAuthProvider client={client}>{children}</NnoAuthProvider>
    );
    const { rerender } = render(content(<MyComponent />));
    await waitFor(() => expect(sessionRequests()).toBe(1));
    rerender(content(null));
    await act(() => new Promise((resolve) => setTimeout(resolve, 100)));
    rerender(content(<SignedOut>out</SignedOut>));
    expect(await screen.findByText("out")).toBeDefined();
    expect(sessionRequests()).toBe(1);
  });

  it("once a minute, not in a loop, if the machine's clock says that it has expired", async () => {
    const days = 30 * 24 * 60 * 60 * 1000;
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + days });
    const email = await someone(page);
    await signIn(openTab(), email);
    const before = sessionRequests();
    const { reaches } = watch(openTab());
    await reaches("signed-in");
    await act(() => new Promise((resolve) => setTimeout(resolve, 1500)));
    expect(sessionRequests()).toBe(before + 1);
  });

  it("no longer after the last component has unmounted", async () => {
    const { reaches, unmount } = watch(openTab());
    await reaches("signed-out");
    unmount();
    await Promise.resolve();
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 60_000 });
    window.dispatchEvent(new Event("focus"));
    window.dispatchEvent(new Event("online"));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(sessionRequests()).toBe(1);
  });
});
