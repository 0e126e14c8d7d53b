/** A page that shows components in front of the real auth server, whose connection a test can break. */
import type { ReactNode } from "react";
import { cleanup, render } from "@testing-library/react";
import { afterEach, beforeEach } from "vitest";
import { NnoAuthProvider, type NnoAuthClient } from "../../src/sdk/index.ts";
import { UiAuthProvider } from "../../src/ui-auth/index.ts";
import type { PartialMessages } from "../../src/ui-auth/words/messages.ts";
import { openPage, openTab, type Page } from "../sdk/page.ts";

/** Opens a page before each test of the file, and closes it, signed out, after it. */
export function usePage(): { current: Page } {
  const opened = {} as { current: Page };
  beforeEach(async () => {
    sessionStorage.clear();
    opened.current = await openPage();
  });
  afterEach(async () => {
    cleanup();
    opened.current.line = "up";
    await openTab().signOut();
    await opened.current.close();
  });
  return opened;
}

export function show(client: NnoAuthClient, children: ReactNode, messages: PartialMessages = {}) {
  return render(
    <NnoAuthProvider client={client}>
      <UiAuthProvider messages={messages}>{children}</UiAuthProvider>
    </NnoAuthProvider>,
  );
}

export const goTo = (path: string) => window.history.replaceState(null, "", path);
