/** `useNnoSession` and the hooks that are built on it, in a page in front of the real auth server. */
import { StrictMode, type ReactNode } from "react";
import { renderToString } from "react-dom/server";
import { act, cleanup, render, screen, waitFor } from "@testing-library/react";
import { createOTP } from "@better-auth/utils/otp";
import { base32 } from "@better-auth/utils/base32";
import { afterEach, beforeEach, describe, expect, inject, it, vi } from "vitest";
import {
  type NnoAuthClient,
  NnoAuthProvider,
  type NnoSessionState,
  type NnoTenants,
  RequireRole,
  SignedIn,
  SignedOut,
  useNnoSession,
  usePermission,
  useTenant,
} from "../../src/sdk/index.ts";
import { notifyOtherTabs } from "../../src/sdk/session-events.ts";
import { openPage, openTab, password, signIn, signUp, someone, type Page } from "./page.ts";

let page: Page;

beforeEach(async () => {
  sessionStorage.clear();
  page = await openPage();
});

afterEach(async () => {
  vi.useRealTimers();
  cleanup();
  page.line = "up";
  await openTab().signOut();
  await page.close();
});

/** Renders, and records every state that was shown. */
function watch(client: NnoAuthClient, children?: ReactNode) {
  const shown: NnoSessionState[] = [];
  function Watcher() {
    shown.push(useNnoSession());
    return null;
  }
  const { unmount } = render(
    <NnoAuthProvider client={client}>
      <Watcher />
      {children}
    </NnoAuthProvider>,
  );
  const last = () => shown.at(-1) as NnoSessionState;
  const reaches = (status: NnoSessionState["status"]) =>
    waitFor(() => expect(last().status).toBe(status), { timeout: 10_000 });
  return { shown, last, reaches, unmount, statuses: () => shown.map(({ status }) => status) };
}

const headers = { "content-type": "application/json" };
const sessionRequests = () => page.requests.filter((path) => path === "/api/auth/session").length;

/** The example of the README. */
function MyComponent() {
  const { user } = useNnoSession();
  const isAdmin = user.role === "platform-admin";
  return <p>{isAdmin ? "admin" : `no admin: ${user.role}`}</p>;
}

describe("the session", () => {
  it("has the anonymous user while loading and while signed out, never null", async () => {
    const { shown, reaches, statuses } = watch(openTab(), <MyComponent />);
    await reaches("signed-out");
    expect(statuses()).toEqual(["loading", "signed-out"]);
    for (const { user } of shown) expect(user).toMatchObject({ id: "", role: "anonymous" });
    expect(screen.getByText("no admin: anonymous")).toBeDefined();
  });

  it("is known as soon as the call that signs in resolves", async () => {
    const email = await someone(page);
    const client = openTab();
    const { last, reaches } = watch(client, <MyComponent />);
    await reaches("signed-out");
    await act(() => signIn(client, email));
    expect(last()).toMatchObject({
      status: "signed-in",
      user: { email, role: "user", name: "Ada Lovelace", emailVerified: true },
      session: { impersonatedBy: null, activeTenantId: null },
      tenant: null,
      error: null,
      stale: false,
    });
    expect(screen.getByText("no admin: user")).toBeDefined();
  });

  it("is requested once for any number of components, also in StrictMode", async () => {
    const components = Array.from({ length: 20 }, (_, index) => <MyComponent key={index} />);
    render(
      <StrictMode>
        <NnoAuthProvider client={openTab()}>
          {components}
          <SignedOut>out</SignedOut>
        </NnoAuthProvider>
      </StrictMode>,
    );
    await screen.findByText("out");
    expect(page.requests).toEqual(["/api/auth/session"]);
  });

  it("ends at once when the user signs out, even if the server goes down", async () => {
    const email = await someone(page);
    const client = openTab();
    const { last, reaches } = watch(client);
    await reaches("signed-out");
    await act(() => signIn(client, email));
    const before = sessionRequests();
    await act(async () => {
      await client.signOut();
      page.line = "unavailable";
    });
    expect(last()).toMatchObject({ status: "signed-out", session: null });
    expect(sessionRequests()).toBe(before);
    expect(sessionStorage).toHaveLength(0);
  });

  it("does not start between the password and the two-factor code", async () => {
    const email = await signUp(page);
    const client = openTab();
    const { last, reaches } = watch(client);
    await reaches("signed-out");
    await act(() => signIn(client, email));
    let code: ReturnType<typeof authenticator> = async () => "";
    await act(async () => {
      const { data } = await client.twoFactor.enable({ password });
      code = authenticator(data !== null && "totpURI" in data ? data.totpURI : "");
      await client.twoFactor.verifyTotp({ code: await code(0) });
    });
    expect(last().user.twoFactorEnabled).toBe(true);
    await act(() => client.signOut());
    await act(() => signIn(client, email));
    expect(last().status).toBe("signed-out");
    await act(async () => {
      await client.twoFactor.verifyTotp({ code: await code(1) });
    });
    expect(last()).toMatchObject({ status: "signed-in", user: { email } });
  });

  it("is loading when rendered on a server", () => {
    const html = renderToString(
      <NnoAuthProvider client={openTab()}>
        <MyComponent />
        <SignedOut>out</SignedOut>
        <SignedIn>in</SignedIn>
      </NnoAuthProvider>,
    );
    expect(html).toBe("<p>no admin: anonymous</p>");
  });
});

function authenticator(totpURI: string) {
  const key = new URL(totpURI).searchParams.get("secret") ?? "";
  const otp = createOTP(new TextDecoder().decode(base32.decode(key)), { digits: 6, period: 30 });
  const scanned = Math.floor(Date.now() / 30_000);
  return (offset: number) => otp.hotp(scanned + offset);
}

describe("a reload", () => {
  it("shows the last known session at once, marked as stale, and never signed-out", async () => {
    const email = await someone(page);
    const before = openTab();
    const first = watch(before);
    await first.reaches("signed-out");
    await act(() => signIn(before, email));
    first.unmount();

    const { shown, reaches, last, statuses } = watch(openTab(), <SignedOut>out</SignedOut>);
    expect(shown[0]).toMatchObject({ status: "signed-in", stale: true, user: { email } });
    await waitFor(() => expect(last().stale).toBe(false));
    await reaches("signed-in");
    expect(new Set(statuses())).toEqual(new Set(["signed-in"]));
  });

  it("of a server-rendered page starts with what the server rendered", async () => {
    const email = await someone(page);
    const before = openTab();
    const first = watch(before);
    await first.reaches("signed-out");
    await act(() => signIn(before, email));
    first.unmount();

    const client = openTab();
    const content = (
      <NnoAuthProvider client={client}>
        <MyComponent />
      </NnoAuthProvider>
    );
    const container = document.body.appendChild(document.createElement("div"));
    container.innerHTML = renderToString(content);
    const mismatches: unknown[] = [];
    const onRecoverableError = (error: unknown) => void mismatches.push(error);
    render(content, { container, hydrate: true, onRecoverableError });
    await waitFor(() => expect(container.textContent).toBe("no admin: user"));
    expect(mismatches).toEqual([]);
  });

  it("relies on no stored secret", async () => {
    const email = await someone(page);
    const client = openTab();
    const { reaches } = watch(client);
    await reaches("signed-out");
    await act(() => signIn(client, email));
    const [, token = ""] = /session_token=([^.;]+)/.exec(page.setCookies.join()) ?? [];
    expect(token).not.toBe("");
    const kept = JSON.stringify([Object.entries(sessionStorage), Object.entries(localStorage)]);
    expect(kept).toContain(email);
    expect(kept).not.toContain(token);
  });

  it("notices that the session has ended in the meantime", async () => {
    const email = await someone(page);
    const before = openTab();
    const first = watch(before);
    await first.reaches("signed-out");
    await act(() => signIn(before, email));
    first.unmount();
    const kept = Object.entries(sessionStorage);
    await openTab().signOut();
    for (const [key, value] of kept) sessionStorage.setItem(key, String(value));

    const { shown, reaches } = watch(openTab());
    expect(shown[0]).toMatchObject({ status: "signed-in", stale: true });
    await reaches("signed-out");
  });

  it("ignores a stored session that is not valid", async () => {
    sessionStorage.setItem(`nno:session:${page.origin}/api/auth`, '{"session":{"id":1}}');
    const { shown, reaches } = watch(openTab());
    expect(shown[0]?.status).toBe("loading");
    await reaches("signed-out");
  });
});

describe("a server that is down", () => {
  it.each([
    ["unavailable", "unavailable"],
    ["broken", "unreachable"],
    ["html", "unexpected_answer"],
  ] as const)("(%s) is an error, never signed-out", async (line, code) => {
    page.line = line;
    const { last, reaches, statuses } = watch(
      openTab(),
      <>
        <SignedOut>out</SignedOut>
        <RequireRole role="user" fallback="refused" pending="pending" />
      </>,
    );
    await reaches("error");
    expect(last().error).toMatchObject({ code });
    expect(statuses()).not.toContain("signed-out");
    expect(screen.queryByText("out")).toBeNull();
    expect(screen.getByText("pending")).toBeDefined();
  });

  it("leaves the last known session on screen, and is asked again after Retry-After", async () => {
    const email = await someone(page);
    const client = openTab();
    const { last, reaches, statuses } = watch(client, <SignedIn>in</SignedIn>);
    await reaches("signed-out");
    await act(() => signIn(client, email));
    const start = statuses().length;
    page.line = "unavailable";
    await act(() => last().refetch());
    expect(last()).toMatchObject({
      status: "error",
      stale: true,
      user: { email },
      error: { code: "unavailable", status: 503, retryAfterSeconds: 1 },
    });
    expect(last().session).not.toBeNull();
    expect(screen.getByText("in")).toBeDefined();
    page.line = "up";
    await reaches("signed-in");
    expect(statuses().slice(start)).not.toContain("signed-out");
  });

  it("makes a call fail after twenty seconds without an answer", async () => {
    const client = openTab();
    page.line = "silent";
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const outcome = client.signIn.email({ email: "ada@example.com", password }).then(
      () => "answered",
      () => "given up",
    );
    await vi.waitFor(() => expect(page.requests).toHaveLength(1), { timeout: 15_000 });
    await vi.advanceTimersByTimeAsync(21_000);
    expect(await outcome).toBe("given up");
  });

  it("makes the session an error after ten seconds without an answer", async () => {
    page.line = "silent";
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const { last } = watch(openTab());
    await act(() => vi.advanceTimersByTimeAsync(11_000));
    expect(last()).toMatchObject({ status: "error", error: { code: "timeout" } });
  });
});

describe("a server that fails while the user changes", () => {
  it("shows neither the old nor another user, and finds the new one without help", async () => {
    const email = await someone(page);
    const client = openTab();
    const { last, reaches, statuses } = watch(client, <SignedIn>in</SignedIn>);
    await reaches("signed-out");
    await act(() => signIn(client, email));
    const other = await signUp(page, "Bob");
    // The call that signs in is answered. The request for the session that follows is not.
    page.held = [];
    let signingIn: Promise<void> | undefined;
    await act(async () => {
      signingIn = signIn(client, other);
      await vi.waitFor(() => expect(page.held).toHaveLength(1), { timeout: 15_000 });
      page.drop();
      await signingIn;
    });
    expect(last()).toMatchObject({ status: "error", session: null, user: { id: "" } });
    expect(screen.queryByText("in")).toBeNull();
    expect(sessionStorage).toHaveLength(0);
    expect(statuses().at(-1)).not.toBe("signed-out");
    page.held = undefined;
    await reaches("signed-in");
    expect(last().user.email).toBe(other);
  });
});

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

describe("tenants", () => {
  function Tenants({ take }: { take: (tenants: NnoTenants) => void }) {
    take(useTenant());
    const mayInvite = usePermission("invitation:create");
    return <p>{mayInvite ? "may invite" : "may not invite"}</p>;
  }

  it("include the active one with the user's role, and can be switched", async () => {
    const email = await signUp(page);
    const client = openTab();
    let tenants: NnoTenants | undefined;
    const { last, reaches } = watch(client, <Tenants take={(value) => (tenants = value)} />);
    await reaches("signed-out");
    // Without a session there are no tenants, and none are being loaded.
    expect(tenants).toMatchObject({ tenant: null, list: [], status: "ready" });
    await act(() => signIn(client, email));
    expect(tenants).toMatchObject({ tenant: null, list: [], status: "ready" });
    expect(screen.getByText("may not invite")).toBeDefined();

    const slug = `engines-${Date.now()}`;
    await act(async () => {
      await client.organization.create({ name: "Engines", slug });
      await client.organization.create({ name: "Looms", slug: `looms-${Date.now()}` });
    });
    expect(last().tenant).toMatchObject({ name: "Looms", role: "owner" });
    expect(tenants?.list.map(({ name }) => name).toSorted()).toEqual(["Engines", "Looms"]);
    expect(screen.getByText("may invite")).toBeDefined();

    const engines = tenants?.list.find((tenant) => tenant.slug === slug);
    await act(async () => tenants?.switch(engines?.id ?? ""));
    expect(last().tenant).toEqual({ ...engines, role: "owner" });
    expect(last().session?.activeTenantId).toBe(engines?.id);
    await act(async () => tenants?.switch(null));
    expect(last().tenant).toBeNull();
    expect(tenants?.list).toHaveLength(2);
  });

  it("request the permissions of a custom role from the server, once", async () => {
    const owner = openTab();
    await signIn(owner, await signUp(page));
    const slug = `clerks-${Date.now()}`;
    const { data: tenant } = await owner.organization.create({ name: "Clerks", slug });
    const permission = { invitation: ["create" as const] };
    await owner.organization.createRole({ role: "clerk", permission });
    // The types cannot know a custom role.
    const role = "clerk" as "member";
    const clerkEmail = await signUp(page, "Bob");
    const invited = await owner.organization.inviteMember({ email: clerkEmail, role });
    await owner.signOut();

    const shown: boolean[] = [];
    function Clerk() {
      const mayInvite = usePermission("invitation:create");
      const mayDelete = usePermission("organization:delete");
      shown.push(mayInvite);
      return <p>{`${mayInvite ? "invites" : "-"} ${mayDelete ? "deletes" : "-"}`}</p>;
    }
    const client = openTab();
    const { last, reaches } = watch(
      client,
      <>
        <Clerk />
        <Clerk />
      </>,
    );
    await reaches("signed-out");
    await act(() => signIn(client, clerkEmail));
    await act(async () => {
      await client.organization.acceptInvitation({ invitationId: invited.data?.id ?? "" });
      await client.organization.setActive({ organizationId: tenant?.id ?? "" });
    });
    expect(last().tenant?.role).toBe("clerk");
    await waitFor(() => expect(screen.getAllByText("invites -")).toHaveLength(2));
    const questions = () => page.requests.filter((path) => path.endsWith("/has-permission")).length;
    const quiet = () => new Promise((resolve) => setTimeout(resolve, 300));
    await act(quiet);

    // They are requested again after a call that changes something, and nothing flickers.
    const [granted, before] = [shown.length, questions()];
    await act(async () => {
      await client.organization.inviteMember({ email: "carol@example.com", role: "member" });
    });
    // One request for each permission, although two components use both.
    await waitFor(() => expect(questions()).toBe(before + 2));
    await act(quiet);
    expect(questions()).toBe(before + 2);
    expect(shown.slice(granted)).not.toContain(false);

    // An owner may have changed the role elsewhere, so it is requested again with the session.
    await act(async () => {
      vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 6000 });
      window.dispatchEvent(new Event("focus"));
      await vi.waitFor(() => expect(questions()).toBe(before + 4), { timeout: 15_000 });
    });
    expect(shown.slice(granted)).not.toContain(false);
  });

  it("cannot be switched to one that the user is not a member of", async () => {
    const email = await signUp(page);
    const client = openTab();
    let tenants: NnoTenants | undefined;
    const { reaches } = watch(client, <Tenants take={(value) => (tenants = value)} />);
    await reaches("signed-out");
    await act(() => signIn(client, email));
    await act(async () => {
      await expect(tenants?.switch("somebody-elses")).rejects.toMatchObject({
        name: "NnoTenantError",
        code: expect.stringMatching(/^[A-Z_]+$/) as unknown,
      });
    });
  });

  it("gate components by the role in the active one", async () => {
    const email = await signUp(page);
    const client = openTab();
    const { reaches } = watch(
      client,
      <>
        <RequireRole tenantRole={["owner", "admin"]} fallback="no owner">
          owner
        </RequireRole>
        <RequireRole role="platform-admin" fallback="no platform admin">
          platform admin
        </RequireRole>
      </>,
    );
    await reaches("signed-out");
    expect(screen.getByText(/no owner/)).toBeDefined();
    await act(() => signIn(client, email));
    expect(document.body.textContent).toBe("no ownerno platform admin");
    await act(async () => {
      await client.organization.create({ name: "Gates", slug: `gates-${Date.now()}` });
    });
    expect(document.body.textContent).toBe("ownerno platform admin");
  });
});

describe("a platform admin", () => {
  it("has the permissions of the platform, and is visible while impersonating a user", async () => {
    const adaEmail = await signUp(page);
    const email = `grace-${Date.now()}@example.com`;
    const account = { name: "Grace", email, password };
    const claimed = await fetch(`${page.origin}/api/auth/platform/claim`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ token: inject("claimToken"), account }),
    });
    expect(claimed.status).toBe(200);
    function Billing() {
      return <p>{usePermission("billing:view") ? "bills" : "no bills"}</p>;
    }
    const client = openTab();
    const { last, reaches } = watch(
      client,
      <>
        <MyComponent />
        <Billing />
      </>,
    );
    await reaches("signed-out");
    expect(screen.getByText("no bills")).toBeDefined();
    await act(() => signIn(client, email));
    expect(screen.getByText("admin")).toBeDefined();
    expect(screen.getByText("bills")).toBeDefined();

    const adminId = last().user.id;
    const { data } = await client.admin.listUsers({
      query: { searchField: "email", searchValue: adaEmail },
    });
    const userId = data?.users[0]?.id ?? "";
    await act(async () => {
      await client.admin.impersonateUser({ userId });
    });
    expect(last()).toMatchObject({
      user: { email: adaEmail, role: "user" },
      session: { impersonatedBy: adminId },
    });
    expect(screen.getByText("no bills")).toBeDefined();
    await act(async () => {
      await client.admin.stopImpersonating();
    });
    expect(last()).toMatchObject({ user: { email }, session: { impersonatedBy: null } });

    // If the admin's own session has ended, ending the impersonation fails and signs out.
    await act(async () => {
      await client.admin.impersonateUser({ userId });
    });
    page.withheldCookie = /admin_session/;
    await act(async () => {
      const { error } = await client.admin.stopImpersonating();
      expect(error).toMatchObject({ status: 403, code: "IMPERSONATOR_SIGNED_OUT" });
    });
    expect(last()).toMatchObject({ status: "signed-out", session: null });
  });
});
