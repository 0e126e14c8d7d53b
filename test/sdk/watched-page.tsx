/** A page that is opened for each test and closed after it, and components that record what `useNnoSession` shows them. */
import type { ReactNode } from "react";
import { cleanup, render, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, expect, vi } from "vitest";
import {
  type NnoAuthClient,
  NnoAuthProvider,
  type NnoSessionState,
  useNnoSession,
} from "../../src/sdk/index.ts";
import { openPage, openTab, type Page } from "./page.ts";

/** The page of the test at hand. */
export let page: Page;

/** To be called once by a test file. */
export function openPageForEachTest(): void {
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
}

/** Renders, and keeps every state that was shown. */
export function watch(client: NnoAuthClient, children?: ReactNode) {
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

export const sessionRequests = (): number =>
  page.requests.filter((path) => path === "/api/auth/session").length;

/** The example of the documentation. */
export function MyComponent(): ReactNode {
  const { user } = useNnoSession();
  const isAdmin = user.role === "platform-admin";
  return <p>{isAdmin ? "admin" : `no admin: ${user.role}`}</p>;
}
