/** `useNnoSession` in a page in front of the real auth server: who is signed in, after a reload and while the server is down. */
import { StrictMode } from "react";
import { renderToString } from "react-dom/server";
import { act, render, screen, waitFor } from "@testing-library/react";
import { createOTP } from "@better-auth/utils/otp";
import { base32 } from "@better-auth/utils/base32";
import { describe, expect, it, vi } from "vitest";
import { NnoAuthProvider, RequireRole, SignedIn, SignedOut } from "../../src/sdk/index.ts";
import { openTab, password, signIn, signUp, someone } from "./page.ts";
import { MyComponent, openPageForEachTest, page, sessionRequests, watch } from "./watched-page.tsx";

openPageForEachTest();

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
