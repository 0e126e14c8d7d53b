/** What an owner decides in `createAuthApp()` is what the deployed Worker does. */
import { beforeAll, describe, expect, it, vi } from "vitest";
import { enrol, linkIn, newEmail, password } from "../people.ts";
import { startTarget, type Target } from "./target.ts";

const dayMilliseconds = 24 * 60 * 60 * 1000;
let target: Target;
/** What the Worker asked of the internet. */
const asked: string[] = [];

/** A password of this many characters that is not easy to guess. */
const passwordOf = (length: number) => "tortoise velvet 41 orchards".slice(0, length);

beforeAll(async () => {
  target = await startTarget({
    entry: "test/security/workers/owner.ts",
    outbound: async ({ url }) => {
      asked.push(url);
      return new Response(null, { status: 404 });
    },
  });
  return target.stop;
});

// First: maintenance runs at a platform's first sign-in, and then not for an hour.
it("the audit log is kept for as many days as the owner says", async () => {
  const daysOld = [400, 8, 6, 0];
  await target.database.batch(
    daysOld.map((days) =>
      target.database
        .prepare("INSERT INTO audit_event (created_at, event, detail) VALUES (?, 'planted', ?)")
        .bind(Date.now() - days * dayMilliseconds, String(days)),
    ),
  );
  const { browser } = await target.signUpAdmin();
  await vi.waitFor(
    async () => {
      const { results } = await target.database
        .prepare("SELECT detail FROM audit_event WHERE event = 'planted' ORDER BY id")
        .all<{ detail: string }>();
      expect(results.map(({ detail }) => detail)).toEqual(["6", "0"]);
    },
    { timeout: 10_000 },
  );
  const { body } = await browser.get<{ events: { event: string }[] }>(
    "/api/auth/platform/audit-events",
  );
  expect(body.events.filter(({ event }) => event === "planted")).toHaveLength(2);
});

describe("a new password has as many characters as the owner says", () => {
  /** The answer of each route that sets the password of somebody without a second factor. */
  const routes: Record<string, (secret: string) => Promise<{ status: number; body: object }>> = {
    "sign-up/email": async (secret) =>
      target
        .open()
        .post("/api/auth/sign-up/email", { name: "Ada", email: newEmail(), password: secret }),
    "change-password": async (newPassword) => {
      const { browser } = await target.enter();
      return browser.post("/api/auth/change-password", { currentPassword: password, newPassword });
    },
    "reset-password": async (newPassword) => {
      const { email } = await target.enter();
      const browser = target.open();
      await browser.post("/api/auth/request-password-reset", { email });
      const token = linkIn(await target.mailTo(email, "Reset")).searchParams.get("token");
      return browser.post("/api/auth/reset-password", { token, newPassword });
    },
    "admin/create-user": async (secret) => {
      const { browser } = await target.enterAdmin();
      const user = { name: "Bob", email: newEmail(), password: secret };
      return browser.post("/api/auth/admin/create-user", user);
    },
    "admin/set-user-password": async (newPassword) => {
      const { browser } = await target.enterAdmin();
      const { id: userId } = await target.enter();
      return browser.post("/api/auth/admin/set-user-password", { userId, newPassword });
    },
  };

  it.each(Object.entries(routes))("at %s", async (_path, set) => {
    expect(await set(passwordOf(19))).toMatchObject({
      status: 400,
      body: { code: "PASSWORD_TOO_SHORT", message: expect.stringContaining("20") as string },
    });
    expect((await set(passwordOf(20))).status).toBe(200);
  });

  it("beside a second factor too, and when that is turned off", async () => {
    const { browser } = await target.enter();
    const { backupCodes } = await enrol(browser);
    const change = async (newPassword: string) =>
      browser.post("/api/auth/change-password", { currentPassword: password, newPassword });
    expect(await change(passwordOf(11))).toMatchObject({
      status: 400,
      body: { code: "PASSWORD_TOO_SHORT", message: expect.stringContaining("12") as string },
    });
    expect((await change(passwordOf(12))).status).toBe(200);
    const disabled = await browser.post("/api/auth/two-factor/disable", {
      password: passwordOf(12),
      code: backupCodes[0],
    });
    expect(disabled).toMatchObject({ status: 400, body: { code: "PASSWORD_TOO_SHORT_ALONE" } });
  });

  it("as sign-in pages are told, and nobody else is asked about it", async () => {
    const { body } = await target.open().get("/api/auth/platform/sign-in-options");
    expect(body).toMatchObject({ minPasswordLength: 20, minPasswordLengthWithTwoFactor: 12 });
    expect(asked.filter((url) => url.includes("pwned"))).toEqual([]);
  });
});
