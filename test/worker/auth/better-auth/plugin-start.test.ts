import { BetterAuthError } from "@better-auth/core/error";
import type { BetterAuthPlugin } from "better-auth";
import { afterEach, expect, it, vi } from "vitest";
import { openApp } from "../../browser.ts";

afterEach(() => void vi.restoreAllMocks());

/** Asks as `@better-auth/scim` 1.7.5 does. */
const inNeedOfTransactions: BetterAuthPlugin = {
  id: "transactional",
  init: ({ adapter }) => {
    if (typeof adapter.options?.adapterConfig.transaction === "function") return;
    throw new BetterAuthError("It requires a database adapter with native transaction support.");
  },
};

it.each(["/healthz", "/api/auth/session", "/api/auth/sign-in/email"])(
  "answers %s 503, and names the plugin that demands transactions",
  async (path) => {
    const log = vi.spyOn(console, "error").mockImplementation(() => {});
    const sentence =
      'The plugin "transactional" cannot start here: It requires a database adapter with native transaction support.';
    const { app } = openApp({ plugins: [inNeedOfTransactions] });
    await vi.waitFor(() => expect(log).toHaveBeenCalledWith(`plugins: ${sentence}`));
    const answer = await app.fetch(new Request(`https://auth.example.com${path}`));
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({ code: "CONFIGURATION_INVALID", detail: sentence });
  },
);

it("answers so to a request that comes before the plugin has been asked", async () => {
  vi.spyOn(console, "error").mockImplementation(() => {});
  const { app } = openApp({ plugins: [inNeedOfTransactions] });
  const answer = await app.fetch(new Request("https://auth.example.com/api/auth/list-sessions"));
  expect(answer.status).toBe(503);
});
