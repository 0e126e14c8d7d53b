/** Session rows that stand although they must not count: past the absolute limit, or of somebody who is banned. */
import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { session, user } from "../../../src/worker/db/schema.ts";
import { faulty } from "../db/faulty.ts";
import { database, enter, openApp, password, signUp, type Person } from "../browser.ts";

const dayMilliseconds = 24 * 60 * 60 * 1000;
const opened = openApp();
/** Answered by the session check itself, and by Better Auth. */
const checks = ["session", "get-session"].flatMap((route) => [
  `/api/auth/${route}`,
  `/api/auth/${route}?disableCookieCache=true`,
]);
const nobody = (path: string) => (path.includes("get-session") ? null : { session: null });

async function rowOf({ id }: Person) {
  const [row] = await database.select().from(session).where(eq(session.userId, id));
  if (row === undefined) throw new Error("there is no session");
  return row;
}

/** Asks with `row` as it is, and with the cookies of its browser; the row is put back for each. */
async function ask({ browser }: Person, row: typeof session.$inferInsert): Promise<void> {
  const cookies = new Map(browser.cookies);
  const arrange = async () => {
    await database.delete(session).where(eq(session.token, row.token));
    // The rules are about sessions that begin.
    const owner = await database.insert(user).values(somebody()).returning();
    await database.insert(session).values({ ...row, userId: owner[0]?.id ?? "" });
    await database.update(session).set({ userId: row.userId }).where(eq(session.id, row.id));
    browser.cookies.clear();
    for (const [name, value] of cookies) browser.cookies.set(name, value);
  };
  for (const path of checks) {
    await arrange();
    const { body } = await browser.get(path);
    expect(body).toEqual(nobody(path));
    expect(await database.$count(session, eq(session.id, row.id))).toBe(0);
    expect([...browser.cookies.keys()].join()).not.toContain("session_token");
  }
  await arrange();
  expect((await browser.get("/api/auth/list-sessions")).status).toBe(401);
}

function somebody(): typeof user.$inferInsert {
  const id = crypto.randomUUID();
  const now = new Date();
  return { id, name: "Ada", email: `${id}@example.com`, createdAt: now, updatedAt: now };
}

describe("the absolute limit", () => {
  it("ends a session whose row was written under a larger one", async () => {
    const ada = await enter(opened);
    const createdAt = new Date(Date.now() - 30 * dayMilliseconds - 1);
    const expiresAt = new Date(Date.now() + 6.5 * dayMilliseconds);
    await ask(ada, { ...(await rowOf(ada)), createdAt, expiresAt });
  });

  it("is when such a session is said to end, until then", async () => {
    const ada = await enter(opened);
    const { id } = await rowOf(ada);
    const createdAt = new Date(Date.now() - 29 * dayMilliseconds);
    const expiresAt = new Date(Date.now() + 6.5 * dayMilliseconds);
    for (const path of checks) {
      await database.update(session).set({ createdAt, expiresAt }).where(eq(session.id, id));
      const { body } = await ada.browser.get<{ session: { expiresAt: string } }>(path);
      const limit = createdAt.getTime() + 30 * dayMilliseconds;
      expect(Date.parse(body.session.expiresAt)).toBe(limit);
    }
  });

  it("leaves nothing to write for a session that ends at it, on the fast path and off it", async () => {
    const ada = await enter(opened);
    const { id } = await rowOf(ada);
    const createdAt = new Date(Date.now() - 29 * dayMilliseconds);
    const expiresAt = new Date(createdAt.getTime() + 30 * dayMilliseconds);
    await database.update(session).set({ createdAt, expiresAt }).where(eq(session.id, id));
    const before = await rowOf(ada);
    for (const path of [...checks, "/api/auth/organization/list"]) {
      expect((await ada.browser.get(path)).status).toBe(200);
      expect(await rowOf(ada)).toEqual(before);
      expect(ada.browser.setCookies).toEqual([]);
    }
  });
});

describe("somebody who is banned", () => {
  const ban = async (id: string, banExpires: Date | null = null) =>
    database.update(user).set({ banned: true, banExpires }).where(eq(user.id, id));

  it("is signed in by no row", async () => {
    const ada = await enter(opened);
    const row = await rowOf(ada);
    await ban(ada.id);
    await ask(ada, row);
  });

  it("gets no session when the ban comes in the middle of a sign-in", async () => {
    const ada = await signUp(opened);
    const binding = faulty(env.DB, async (sql) => {
      if (sql.startsWith('insert into "session"')) await ban(ada.id);
    });
    const browser = openApp({}, { DB: binding }).open();
    const credentials = { email: ada.email, password };
    const { status, body } = await browser.post("/api/auth/sign-in/email", credentials);
    expect([status, body["code"]]).toEqual([403, "BANNED_USER"]);
    expect(await browser.session()).toEqual({ session: null });
    expect(await database.$count(session, eq(session.userId, ada.id))).toBe(0);
  });

  it("signs in once the ban has run out, which lifts it", async () => {
    const ada = await signUp(opened);
    await ban(ada.id, new Date(Date.now() - 1));
    const browser = opened.open();
    const { status } = await browser.post("/api/auth/sign-in/email", {
      email: ada.email,
      password,
    });
    expect(status).toBe(200);
    expect((await browser.session()).user.id).toBe(ada.id);
    const [row] = await database.select().from(user).where(eq(user.id, ada.id));
    expect([row?.banned, row?.banExpires]).toEqual([false, null]);
  });
});
