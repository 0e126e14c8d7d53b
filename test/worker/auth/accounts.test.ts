import { eq } from "drizzle-orm";
import { describe, expect, it, vi } from "vitest";
import { session, user, verification } from "../../../src/worker/db/schema.ts";
import {
  consoleUrl,
  database,
  enrol,
  linkIn,
  followVerification,
  mailTo,
  newEmail,
  openApp,
  password,
  patience,
  enter,
  enterAdmin,
} from "../browser.ts";

const opened = openApp();
const newPassword = "a wholly different password";

async function signInStatus(email: string, secret: string) {
  return (await opened.open().post("/api/auth/sign-in/email", { email, password: secret })).status;
}

describe("a sign-up", () => {
  it("signs in only after the link in the mail", async () => {
    const browser = opened.open();
    const email = newEmail();
    await browser.post("/api/auth/sign-up/email", { name: "Ada", email, password });
    expect(await browser.session()).toEqual({ session: null });
    const early = await browser.post("/api/auth/sign-in/email", { email, password });
    expect(early.status).toBe(401);
    expect(early.body).toMatchObject({ code: "INVALID_EMAIL_OR_PASSWORD" });
    const mails = await vi.waitFor(() => {
      const sent = opened.mail.filter(({ to }) => to === email);
      expect(sent).toHaveLength(2);
      return sent;
    }, patience);
    const link = linkIn(mails[1] ?? { text: "" });
    expect(link.origin).toBe(consoleUrl);
    await followVerification(browser, link);
    const signedIn = await browser.post("/api/auth/sign-in/email", { email, password });
    expect(signedIn.status).toBe(200);
    expect((await browser.session()).user).toMatchObject({ email, emailVerified: true });
    expect(await signInStatus(email, password)).toBe(200);
  });

  it("is refused with a link that was changed", async () => {
    const email = newEmail();
    const browser = opened.open();
    await browser.post("/api/auth/sign-up/email", { name: "Ada", email, password });
    const link = linkIn(await mailTo(opened.mail, email, "Confirm"));
    const token = link.searchParams.get("token") ?? "";
    const [head, claims, signature = ""] = token.split(".");
    const changed = `${signature.startsWith("A") ? "B" : "A"}${signature.slice(1)}`;
    link.searchParams.set("token", [head, claims, changed].join("."));
    await followVerification(browser, link);
    const signIn = async () => browser.post("/api/auth/sign-in/email", { email, password });
    expect((await signIn()).status).toBe(401);
    // The link as it was mailed still does what that one did not.
    link.searchParams.set("token", token);
    await followVerification(browser, link);
    expect((await signIn()).status).toBe(200);
  });
});

describe("a password", () => {
  it("is reset with the link in the mail, once, and ends every session", async () => {
    const ada = await enter(opened);
    const asked = await opened
      .open()
      .post("/api/auth/request-password-reset", { email: ada.email });
    expect(asked.status).toBe(200);
    const link = linkIn(await mailTo(opened.mail, ada.email, "Reset your password"));
    expect(link.origin + link.pathname).toBe(`${consoleUrl}/reset-password`);
    const body = { newPassword, token: link.searchParams.get("token") };
    expect((await opened.open().post("/api/auth/reset-password", body)).status).toBe(200);
    expect((await opened.open().post("/api/auth/reset-password", body)).status).toBe(400);
    expect(await ada.browser.session()).toEqual({ session: null });
    expect(await signInStatus(ada.email, password)).toBe(401);
    expect(await signInStatus(ada.email, newPassword)).toBe(200);
    await mailTo(opened.mail, ada.email, "Your password was changed");
  });

  it("cannot be reset by a thief with the database", async () => {
    const ada = await enter(opened);
    await opened.open().post("/api/auth/request-password-reset", { email: ada.email });
    const link = linkIn(await mailTo(opened.mail, ada.email, "Reset your password"));
    const token = link.searchParams.get("token") ?? "";
    expect(token).not.toBe("");
    const rows = await database.select().from(verification);
    expect(JSON.stringify(rows)).not.toContain(token);
  });

  it("answers the same for an address that nobody has", async () => {
    const ada = await enter(opened);
    const ask = async (email: string) =>
      opened.open().post("/api/auth/request-password-reset", { email });
    const [known, unknown] = [await ask(ada.email), await ask("nobody@example.com")];
    expect([unknown.status, unknown.body]).toEqual([known.status, known.body]);
  });

  it("is changed with the old one, and its owner is told", async () => {
    const ada = await enter(opened);
    const wrong = await ada.browser.post("/api/auth/change-password", {
      currentPassword: "not it",
      newPassword,
    });
    expect(wrong.status).toBe(400);
    const changed = await ada.browser.post("/api/auth/change-password", {
      currentPassword: password,
      newPassword,
      revokeOtherSessions: true,
    });
    expect(changed.status).toBe(200);
    await mailTo(opened.mail, ada.email, "Your password was changed");
    expect(await signInStatus(ada.email, newPassword)).toBe(200);
  });

  it("set by an admin is told to its owner", async () => {
    const [admin, ada] = [await enterAdmin(opened), await enter(opened)];
    const body = { userId: ada.id, newPassword };
    expect((await admin.browser.post("/api/auth/admin/set-user-password", body)).status).toBe(200);
    await mailTo(opened.mail, ada.email, "Your password was changed");
  });
});

describe("an address", () => {
  it("changes after both the old and the new one have agreed, and the old one is told", async () => {
    const ada = await enter(opened);
    const newAddress = newEmail();
    await ada.browser.post("/api/auth/change-email", { newEmail: newAddress });
    const confirm = linkIn(await mailTo(opened.mail, ada.email, "Confirm your new email"));
    await followVerification(ada.browser, confirm);
    expect((await ada.browser.session()).user.email).toBe(ada.email);
    const verify = linkIn(await mailTo(opened.mail, newAddress, "Confirm your email"));
    await followVerification(ada.browser, verify);
    expect((await ada.browser.session()).user.email).toBe(newAddress);
    const notice = await mailTo(opened.mail, ada.email, "Your email address was changed");
    expect(notice.text).toContain(newAddress);
    expect(notice.text).toContain("Hello Ada Lovelace,");
  });

  it("changed by an admin is told to the old one", async () => {
    const [admin, ada] = [await enterAdmin(opened), await enter(opened)];
    const email = newEmail();
    const body = { userId: ada.id, data: { email } };
    expect((await admin.browser.post("/api/auth/admin/update-user", body)).status).toBe(200);
    await mailTo(opened.mail, ada.email, "Your email address was changed");
  });
});

it("tells when two-factor authentication is turned on and off", async () => {
  const ada = await enter(opened);
  const { code, backupCodes } = await enrol(ada.browser);
  await mailTo(opened.mail, ada.email, "authentication is on");
  const [backupCode] = backupCodes;
  await ada.browser.post("/api/auth/two-factor/generate-backup-codes", {
    password,
    code: backupCode,
  });
  await mailTo(opened.mail, ada.email, "backup codes were replaced");
  await ada.browser.post("/api/auth/two-factor/disable", { password, code: await code(1) });
  await mailTo(opened.mail, ada.email, "authentication is off");
});

describe("a user", () => {
  it("deletes their account, and nothing of theirs stays", async () => {
    const ada = await enter(opened);
    await enrol(ada.browser);
    const deleted = await ada.browser.post("/api/auth/delete-user", { password });
    expect(deleted.status).toBe(200);
    expect(await database.select().from(user).where(eq(user.id, ada.id))).toEqual([]);
    expect(await ada.browser.session()).toEqual({ session: null });
    expect(await signInStatus(ada.email, password)).toBe(401);
  });

  it("revokes every other session, also behind a hundred expired ones", async () => {
    const ada = await enter(opened);
    const other = opened.open();
    const now = Date.now();
    const expired = Array.from({ length: 110 }, (_, index) => ({
      id: `expired-${ada.id}-${index}`,
      token: `expired-${ada.id}-${index}`,
      userId: ada.id,
      expiresAt: new Date(now - 1000),
      createdAt: new Date(now - 2000),
      updatedAt: new Date(now - 2000),
    }));
    for (const row of expired) await database.insert(session).values(row);
    await other.post("/api/auth/sign-in/email", { email: ada.email, password });
    expect((await other.session()).user.email).toBe(ada.email);
    expect((await ada.browser.post("/api/auth/revoke-other-sessions")).status).toBe(200);
    expect(await other.session()).toEqual({ session: null });
    expect((await ada.browser.session()).user.email).toBe(ada.email);
  });

  it("who is banned is out at once, and stays out", async () => {
    const [admin, ada] = [await enterAdmin(opened), await enter(opened)];
    await admin.browser.post("/api/auth/admin/ban-user", { userId: ada.id });
    expect(await ada.browser.session()).toEqual({ session: null });
    expect(await signInStatus(ada.email, password)).toBe(403);
  });

  it("cannot be given a role that does not exist", async () => {
    const [admin, ada] = [await enterAdmin(opened), await enter(opened)];
    const body = { userId: ada.id, role: "superuser" };
    expect((await admin.browser.post("/api/auth/admin/set-role", body)).status).toBe(400);
  });
});

describe("an impersonation", () => {
  it("shows in the session, keeps the admin's cookie on the auth host, and ends", async () => {
    const [admin, ada] = [await enterAdmin(opened), await enter(opened)];
    const started = await admin.browser.post("/api/auth/admin/impersonate-user", {
      userId: ada.id,
    });
    expect(started.status).toBe(200);
    const cookie = admin.browser.setCookies.find((line) => line.includes("admin_session="));
    expect(cookie).toMatch(/; HttpOnly; Secure; SameSite=Lax/);
    expect(cookie).not.toMatch(/Domain=/i);
    expect(await admin.browser.session()).toMatchObject({
      session: { impersonatedBy: admin.id },
      user: { id: ada.id },
    });
    const ended = await admin.browser.post("/api/auth/admin/stop-impersonating");
    expect(ended.status).toBe(200);
    expect((await admin.browser.session()).user.id).toBe(admin.id);
    expect([...admin.browser.cookies.keys()].join()).not.toContain("admin_session");
  });
});

it("sets Domain on no cookie but the session's", async () => {
  const ada = await enter(opened);
  const lines = [...ada.browser.setCookies];
  const browser = opened.open();
  await browser.post("/api/auth/sign-in/email", { email: ada.email, password, rememberMe: false });
  lines.push(...browser.setCookies);
  await browser.post("/api/auth/sign-out");
  lines.push(...browser.setCookies);
  expect(lines.length).toBeGreaterThan(3);
  for (const line of lines) {
    expect(/Domain=/i.test(line)).toBe(line.startsWith("__Secure-better-auth.session_token="));
  }
});

describe("a short session", () => {
  async function expiresIn(userId: string): Promise<number[]> {
    const found = await database.select().from(session).where(eq(session.userId, userId));
    return found.map(({ expiresAt, createdAt }) =>
      Math.round((expiresAt.getTime() - createdAt.getTime()) / (60 * 60 * 1000)),
    );
  }

  function dropRememberCookie(browser: { cookies: Map<string, string> }): void {
    for (const name of browser.cookies.keys()) {
      if (name.includes("dont_remember")) browser.cookies.delete(name);
    }
  }

  it("of an impersonation stays an hour, whatever cookie is dropped", async () => {
    const [admin, ada] = [await enterAdmin(opened), await enter(opened)];
    await database.delete(session).where(eq(session.userId, ada.id));
    await admin.browser.post("/api/auth/admin/impersonate-user", { userId: ada.id });
    dropRememberCookie(admin.browser);
    for (const path of ["session", "get-session", "organization/list", "list-sessions"]) {
      await admin.browser.get(`/api/auth/${path}`);
      expect(await expiresIn(ada.id)).toEqual([1]);
    }
    expect((await admin.browser.session()).user.id).toBe(ada.id);
  });

  it("that is not to be remembered stays a day", async () => {
    const ada = await enter(opened);
    await database.delete(session).where(eq(session.userId, ada.id));
    const browser = opened.open();
    await browser.post("/api/auth/sign-in/email", {
      email: ada.email,
      password,
      rememberMe: false,
    });
    dropRememberCookie(browser);
    await browser.session();
    await browser.get("/api/auth/organization/list");
    expect(await expiresIn(ada.id)).toEqual([24]);
  });

  it("is not what a normal one becomes: that is prolonged when it is due", async () => {
    const ada = await enter(opened);
    const twoDays = 2 * 24 * 60 * 60 * 1000;
    const rows = await database.select().from(session).where(eq(session.userId, ada.id));
    for (const row of rows) {
      await database
        .update(session)
        .set({
          createdAt: new Date(row.createdAt.getTime() - twoDays),
          expiresAt: new Date(row.expiresAt.getTime() - twoDays),
        })
        .where(eq(session.id, row.id));
    }
    await ada.browser.session();
    expect(ada.browser.setCookies.join()).toContain("session_token=");
    expect(await expiresIn(ada.id)).toEqual([9 * 24]);
  });
});

it("keeps a bounded part of a browser's name", async () => {
  const ada = await enter(opened);
  const browser = opened.open();
  const headers = { "user-agent": "x".repeat(10_000) };
  await browser.post("/api/auth/sign-in/email", { email: ada.email, password }, headers);
  expect((await browser.session()).session["userAgent"]).toBe("x".repeat(256));
});

it("gives a user one platform role", async () => {
  const [admin, ada] = [await enterAdmin(opened), await enter(opened)];
  for (const role of [["platform-admin", "user"], [], "constructor", "superuser"]) {
    const body = { userId: ada.id, role };
    const answer = await admin.browser.post("/api/auth/admin/set-role", body);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
  }
  expect((await ada.browser.session()).user.role).toBe("user");
  const created = await admin.browser.post("/api/auth/admin/create-user", {
    name: "N",
    email: newEmail(),
    password,
    role: ["platform-admin", "user"],
  });
  expect(created.status).toBe(409);
});
