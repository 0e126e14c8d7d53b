/**
 * A password that was right, and is the account's no more when something is written because of it: it waits for its turn
 * to be hashed, up to ten seconds, in another isolate than the one that answers the change.
 */
import { beforeAll, describe, expect, it, vi } from "vitest";
import {
  authenticator,
  enrol,
  cheapPasswordHash,
  linkIn,
  password,
  passwordHash,
  patience,
  type Answer,
  type Browser,
  type Person,
} from "../people.ts";
import { startTarget, type Target } from "./target.ts";

let target: Target;

beforeAll(async () => {
  target = await startTarget({ entry: "test/security/workers/held-sessions.ts", isolates: 2 });
  return target.stop;
});

const newPassword = "another correct horse battery";
const onSlowIsolate = { "x-test-isolate": "1" };

/** The answer to a request whose password was right before the change, and that writes after it. */
async function overtaken(
  ask: (headers: Record<string, string>) => Promise<Answer>,
  change: () => Promise<unknown>,
): Promise<Answer> {
  const isolate = target.open();
  await isolate.post("/hold", {}, onSlowIsolate);
  const answer = ask(onSlowIsolate);
  try {
    await vi.waitFor(async () => {
      expect((await isolate.get<number>("/held", onSlowIsolate)).body).toBe(1);
    }, patience);
    await change();
  } finally {
    await isolate.post("/release", {}, onSlowIsolate);
  }
  return answer;
}

async function mailedToken({ email }: Person): Promise<string | null> {
  await target.open().post("/api/auth/request-password-reset", { email });
  return linkIn(await target.mailTo(email, "Reset")).searchParams.get("token");
}

const store = async ({ id }: Person, hash: string) =>
  target.database.prepare("UPDATE account SET password = ? WHERE user_id = ?").bind(hash, id).run();

const count = async (from: string, value: string) =>
  target.database.prepare(`SELECT count(*) AS n FROM ${from} = ?`).bind(value).first("n");

const userOf = async (browser: Browser) =>
  (await browser.get<{ user?: { id: string } }>("/api/auth/session")).body.user?.id;

const signIn = async (browser: Browser, { email }: Person, secret = password) =>
  browser.post("/api/auth/sign-in/email", { email, password: secret });

async function reset(token: string | null): Promise<void> {
  const answer = await target.open().post("/api/auth/reset-password", { token, newPassword });
  expect(answer.status).toBe(200);
}

/** Begins the enrolment. @returns what ends it. */
async function enrolment({ browser }: Person): Promise<() => Promise<void>> {
  const { body } = await browser.post("/api/auth/two-factor/enable", { password });
  const code = authenticator(String(body["totpURI"]));
  return async () => {
    const verified = await browser.post("/api/auth/two-factor/verify-totp", {
      code: await code(0),
    });
    expect(verified.status).toBe(200);
  };
}

/** Somebody else with the same cookies. */
function copyOf({ browser }: Person): Browser {
  const copy = target.open();
  for (const [name, value] of browser.cookies) copy.cookies.set(name, value);
  return copy;
}

describe("a sign-in", () => {
  it.each([
    ["of today", passwordHash],
    ["that a sign-in replaces", cheapPasswordHash],
  ])(
    "with a password that was reset meanwhile is refused like any wrong one, for a hash %s",
    async (_name, hash) => {
      const ada = await target.enter();
      await store(ada, hash);
      const token = await mailedToken(ada);
      const thief = target.open();
      const answer = await overtaken(
        async (headers) =>
          thief.post("/api/auth/sign-in/email", { email: ada.email, password }, headers),
        async () => reset(token),
      );
      expect(thief.setCookies).toEqual([]);
      const wrong = await signIn(target.open(), ada);
      expect([answer.status, answer.body]).toEqual([401, wrong.body]);
      expect(answer.body["code"]).toBe("INVALID_EMAIL_OR_PASSWORD");
      expect(await count("session WHERE user_id", ada.id)).toBe(0);
      const failures = "audit_event WHERE event = 'sign_in.failed' AND detail ->> 'email'";
      expect(await count(failures, ada.email)).toBe(2);
      expect((await signIn(target.open(), ada, newPassword)).status).toBe(200);
    },
  );

  it("is asked for the second factor that was turned on meanwhile", async () => {
    const ada = await target.enter();
    const finish = await enrolment(ada);
    const thief = target.open();
    const { body } = await overtaken(
      async (headers) =>
        thief.post("/api/auth/sign-in/email", { email: ada.email, password }, headers),
      finish,
    );
    expect(body).toEqual({ twoFactorRedirect: true, twoFactorMethods: ["totp"] });
    expect(await userOf(thief)).toBeUndefined();
    expect(await userOf(ada.browser)).toBe(ada.id);
  });

  it("goes on when another sign-in has replaced the hash by one of the same password", async () => {
    const ada = await target.enter();
    const browser = target.open();
    const { status } = await overtaken(
      async (headers) =>
        browser.post("/api/auth/sign-in/email", { email: ada.email, password }, headers),
      async () => store(ada, passwordHash),
    );
    expect(status).toBe(200);
    expect(await userOf(browser)).toBe(ada.id);
  });
});

describe("a change of the password by somebody who also has the session", () => {
  const change = async (browser: Browser, headers: Record<string, string>) =>
    browser.post(
      "/api/auth/change-password",
      { currentPassword: password, newPassword: "a thief's correct horse battery" },
      headers,
    );

  const changesBy = "audit_event WHERE event = 'password.changed' AND actor_id";

  it("does not undo a reset, and makes no session", async () => {
    const ada = await target.enter();
    const token = await mailedToken(ada);
    const thief = copyOf(ada);
    const { status } = await overtaken(
      async (headers) => change(thief, headers),
      async () => reset(token),
    );
    expect(status).toBe(401);
    expect(await userOf(thief)).toBeUndefined();
    expect(await count(changesBy, ada.id)).toBe(0);
    expect((await signIn(target.open(), ada, newPassword)).status).toBe(200);
  });

  it("goes on, and is in the audit log, when a sign-in has replaced the hash by one of the same password", async () => {
    const ada = await target.enter();
    const { status } = await overtaken(
      async (headers) => change(ada.browser, headers),
      async () => store(ada, passwordHash),
    );
    expect(status).toBe(200);
    expect(await userOf(ada.browser)).toBe(ada.id);
    expect(await count(changesBy, ada.id)).toBe(1);
  });

  it("makes no session past a second factor that was turned on meanwhile", async () => {
    const ada = await target.enter();
    const finish = await enrolment(ada);
    const thief = copyOf(ada);
    const { body } = await overtaken(async (headers) => change(thief, headers), finish);
    expect(body["twoFactorRedirect"]).toBe(true);
    expect(await userOf(thief)).toBeUndefined();
  });
});

describe("somebody who also has the session, and sends the password before it is reset", () => {
  async function enrolled() {
    const ada = await target.enter();
    const { code } = await enrol(ada.browser);
    const token = await mailedToken(ada);
    return { ada, thief: copyOf(ada), body: { password, code: await code(1) }, token };
  }

  it("does not turn the second factor off after it", async () => {
    const { ada, thief, body, token } = await enrolled();
    const { status } = await overtaken(
      async (headers) => thief.post("/api/auth/two-factor/disable", body, headers),
      async () => reset(token),
    );
    expect(status).toBe(400);
    expect(await count("user WHERE two_factor_enabled = 1 AND id", ada.id)).toBe(1);
    expect(await count("two_factor WHERE user_id", ada.id)).toBe(1);
    expect(await userOf(thief)).toBeUndefined();
  });

  it("gets no new backup codes after it", async () => {
    const { thief, body, token } = await enrolled();
    const answer = await overtaken(
      async (headers) => thief.post("/api/auth/two-factor/generate-backup-codes", body, headers),
      async () => reset(token),
    );
    expect(answer.status).toBe(400);
    expect(answer.body).not.toHaveProperty("backupCodes");
  });

  it("does not delete the account after it", async () => {
    const ada = await target.enter();
    const token = await mailedToken(ada);
    const thief = copyOf(ada);
    const { status } = await overtaken(
      async (headers) => thief.post("/api/auth/delete-user", { password }, headers),
      async () => reset(token),
    );
    expect(status).toBe(400);
    expect(await count("user WHERE id", ada.id)).toBe(1);
    expect((await signIn(target.open(), ada, newPassword)).status).toBe(200);
  });
});
