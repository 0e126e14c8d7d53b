/** Sessions that should have ended: short ones, old ones, and those that are used every day. */
import { beforeAll, describe, expect, it } from "vitest";
import { password, type Browser, type Person } from "../people.ts";
import { startTarget, type Target } from "./target.ts";

const daySeconds = 24 * 60 * 60;
let target: Target;

beforeAll(async () => {
  target = await startTarget({ cheapHashes: true });
  return target.stop;
});

interface Times {
  id: string;
  created_at: number;
  expires_at: number;
}

async function sessionOf(userId: string): Promise<Times> {
  const row = await target.database
    .prepare("SELECT id, created_at, expires_at FROM session WHERE user_id = ?")
    .bind(userId)
    .first<Times>();
  if (row === null) throw new Error("there is no session");
  return row;
}

/** As if all of it had happened `seconds` earlier. */
async function letPass(userId: string, seconds: number): Promise<void> {
  await target.database
    .prepare(
      "UPDATE session SET created_at = created_at - ?1, expires_at = expires_at - ?1, updated_at = updated_at - ?1 WHERE user_id = ?2",
    )
    .bind(seconds * 1000, userId)
    .run();
}

async function isSignedIn(browser: Browser): Promise<boolean> {
  const { body } = await browser.get("/api/auth/session");
  return body["session"] !== null;
}

function drop(browser: Browser, name: string): void {
  for (const key of browser.cookies.keys()) if (key.includes(name)) browser.cookies.delete(key);
}

describe("a session that is not to be remembered", () => {
  async function signInShort() {
    const { email, id } = await target.enter();
    await target.database.prepare("DELETE FROM session WHERE user_id = ?").bind(id).run();
    const browser = target.open();
    await browser.post("/api/auth/sign-in/email", { email, password, rememberMe: false });
    return { browser, id };
  }

  it.each(["session", "get-session", "list-sessions", "organization/list", "token"])(
    "ends after its day without the cookie that says so, when %s asks",
    async (route) => {
      const { browser, id } = await signInShort();
      drop(browser, "dont_remember");
      const { expires_at } = await sessionOf(id);
      await browser.get(`/api/auth/${route}`);
      expect((await sessionOf(id)).expires_at).toBe(expires_at);
      await letPass(id, daySeconds - 60);
      expect(await isSignedIn(browser)).toBe(true);
      await letPass(id, 120);
      expect(await isSignedIn(browser)).toBe(false);
    },
  );

  it("is not replaced by a long one", async () => {
    const { browser, id } = await signInShort();
    drop(browser, "dont_remember");
    const { expires_at } = await sessionOf(id);
    const changed = await browser.post("/api/auth/change-password", {
      currentPassword: password,
      newPassword: "another correct horse battery",
    });
    expect(changed.status).toBe(200);
    expect((await sessionOf(id)).expires_at).toBe(expires_at);
  });
});

describe("a session that is used every day", () => {
  it("ends after 30 days, and not before", async () => {
    const { browser, id } = await target.signUp();
    for (let day = 1; day <= 29; day += 1) {
      await letPass(id, daySeconds);
      expect(await isSignedIn(browser)).toBe(true);
    }
    const { created_at, expires_at } = await sessionOf(id);
    expect(expires_at - created_at).toBe(30 * daySeconds * 1000);
    await letPass(id, daySeconds + 60);
    expect(await isSignedIn(browser)).toBe(false);
  });

  it("is not revived by requests that were on their way when it ended", async () => {
    const { browser, id } = await target.enter();
    await letPass(id, 2 * daySeconds);
    const elsewhere = await target.enterElsewhere({ id });
    const presented = new Map(browser.cookies);
    const asking = Array.from({ length: 12 }, async () => {
      const tab = target.open();
      for (const [name, value] of presented) tab.cookies.set(name, value);
      return tab.get("/api/auth/session");
    });
    const [ended] = await Promise.all([
      elsewhere.post("/api/auth/revoke-other-sessions"),
      ...asking,
    ]);
    expect(ended.status).toBe(200);
    for (const [name, value] of presented) browser.cookies.set(name, value);
    expect(await isSignedIn(browser)).toBe(false);
    expect(await isSignedIn(elsewhere)).toBe(true);
  });
});

describe("where sessions last an hour without use, and twelve with it", () => {
  const hourSeconds = 60 * 60;
  let lasting: Target;

  beforeAll(async () => {
    lasting = target;
    target = await startTarget({ entry: "test/security/workers/short-sessions.ts" });
    return async () => {
      await target.stop();
      target = lasting;
    };
  });

  it("one that is used ends at the owner's limit", async () => {
    const { browser, id } = await target.signUp();
    for (let time = 0; time < 13; time += 1) {
      await letPass(id, 0.9 * hourSeconds);
      expect(await isSignedIn(browser)).toBe(true);
    }
    const { created_at, expires_at } = await sessionOf(id);
    expect(expires_at - created_at).toBe(12 * hourSeconds * 1000);
  });

  it.each<[string, () => Promise<Person>]>([
    [
      "one that is not to be remembered",
      async () => {
        const person = await target.enter();
        await target.database
          .prepare("DELETE FROM session WHERE user_id = ?")
          .bind(person.id)
          .run();
        const browser = target.open();
        const { email } = person;
        await browser.post("/api/auth/sign-in/email", { email, password, rememberMe: false });
        return { ...person, browser };
      },
    ],
    [
      "an impersonation",
      async () => {
        const [admin, victim] = [await target.enterAdmin(), await target.enter()];
        await target.database
          .prepare("DELETE FROM session WHERE user_id = ?")
          .bind(victim.id)
          .run();
        await admin.browser.post("/api/auth/admin/impersonate-user", { userId: victim.id });
        return { ...victim, browser: admin.browser };
      },
    ],
  ])("%s ends when its row says, without the cookie that says so", async (_name, begin) => {
    const { browser, id } = await begin();
    drop(browser, "dont_remember");
    await letPass(id, 0.9 * hourSeconds);
    const { expires_at } = await sessionOf(id);
    expect(await isSignedIn(browser)).toBe(true);
    await browser.get("/api/auth/get-session");
    expect((await sessionOf(id)).expires_at).toBe(expires_at);
    await letPass(id, 0.1 * hourSeconds);
    expect(await isSignedIn(browser)).toBe(false);
  });
});
