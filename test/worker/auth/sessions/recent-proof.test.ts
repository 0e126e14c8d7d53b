/** Accounts without a password: what a session that is not recent may not do. */
import { eq } from "drizzle-orm";
import { UnsecuredJWT } from "jose";
import { expect, it } from "vitest";
import { account, session, user } from "../../../../src/worker/db/schema.ts";
import {
  bearerOf,
  consoleUrl,
  database,
  enrol,
  linkIn,
  mailTo,
  newEmail,
  openApp,
  password,
  secret,
  signUp,
  signUpAdmin,
} from "../../browser.ts";

const opened = openApp(
  // Google's keys cannot be fetched here; everything behind the check of the token is real.
  { socialProviders: [{ provider: "google", verifyIdToken: async () => true }] },
  { GOOGLE_CLIENT_ID: "id", GOOGLE_CLIENT_SECRET: "secret" },
);

/** Somebody who has only ever signed in with Google. */
async function signInWithGoogle() {
  const browser = opened.open();
  const email = newEmail();
  const claims = { sub: `google-${email}`, email, email_verified: true, name: "Ada" };
  const answer = await browser.post("/api/auth/sign-in/social", {
    provider: "google",
    idToken: { token: new UnsecuredJWT(claims).encode() },
  });
  expect(answer.status).toBe(200);
  const { user: signedIn } = await browser.session();
  return { browser, email, id: signedIn.id };
}

async function age(userId: string, minutes: number) {
  const createdAt = new Date(Date.now() - minutes * 60_000);
  await database.update(session).set({ createdAt }).where(eq(session.userId, userId));
}

const notFresh = { status: 403, body: { code: "SESSION_NOT_FRESH" } };

it("refuses to begin two-factor authentication without a password or a recent sign-in", async () => {
  const ada = await signInWithGoogle();
  await age(ada.id, 11);
  expect(await ada.browser.post("/api/auth/two-factor/enable", {})).toMatchObject(notFresh);
});

it.each(["disable", "generate-backup-codes"])(
  "refuses /two-factor/%s without a password or a recent sign-in, and allows it with one",
  async (route) => {
    const ada = await signInWithGoogle();
    const { code } = await enrol(ada.browser, {});
    const body = { code: await code(1) };
    await age(ada.id, 11);
    expect(await ada.browser.post(`/api/auth/two-factor/${route}`, body)).toMatchObject(notFresh);
    await age(ada.id, 9);
    expect((await ada.browser.post(`/api/auth/two-factor/${route}`, {})).status).toBe(400);
    expect((await ada.browser.post(`/api/auth/two-factor/${route}`, body)).status).toBe(200);
  },
);

it("refuses to show the secret of an enrolment without a password or a recent sign-in", async () => {
  const ada = await signInWithGoogle();
  expect((await ada.browser.post("/api/auth/two-factor/enable", {})).status).toBe(200);
  await age(ada.id, 11);
  const show = async () => ada.browser.post("/api/auth/two-factor/get-totp-uri", {});
  expect(await show()).toMatchObject(notFresh);
  await age(ada.id, 9);
  expect((await show()).status).toBe(200);
});

it("refuses the same to a bearer token", async () => {
  const ada = await signInWithGoogle();
  await age(ada.id, 11);
  const authorization = await bearerOf(ada.browser, secret);
  const answer = await opened.open().post("/api/auth/two-factor/enable", {}, { authorization });
  expect(answer).toMatchObject(notFresh);
});

it("deletes an account without a password only after a recent sign-in", async () => {
  const ada = await signInWithGoogle();
  await age(ada.id, 11);
  expect(await ada.browser.post("/api/auth/delete-user", {})).toMatchObject(notFresh);
  await age(ada.id, 9);
  expect((await ada.browser.post("/api/auth/delete-user", {})).status).toBe(200);
  expect(await database.select().from(user).where(eq(user.id, ada.id))).toEqual([]);
});

it("refuses an admin who acts as somebody without a password", async () => {
  const ada = await signInWithGoogle();
  const admin = await signUpAdmin(opened);
  const acting = await admin.browser.post("/api/auth/admin/impersonate-user", { userId: ada.id });
  expect(acting.status).toBe(200);
  const refused = { status: 403, body: { code: "NOT_WHILE_IMPERSONATING" } };
  expect(await admin.browser.post("/api/auth/two-factor/enable", {})).toMatchObject(refused);
  expect(await admin.browser.post("/api/auth/delete-user", {})).toMatchObject(refused);
});

it("asks a user who has a password for it, however old the session", async () => {
  const ada = await signUp(opened);
  await age(ada.id, 60);
  const enabled = await ada.browser.post("/api/auth/two-factor/enable", { password });
  expect(enabled.status).toBe(200);
});

it("sets a first password by a mailed link", async () => {
  const ada = await signInWithGoogle();
  await ada.browser.post("/api/auth/request-password-reset", { email: ada.email });
  const link = linkIn(await mailTo(opened.mail, ada.email, "password"));
  expect(link.origin + link.pathname).toBe(`${consoleUrl}/reset-password`);
  const token = link.searchParams.get("token");
  const reset = await ada.browser.post("/api/auth/reset-password", {
    newPassword: password,
    token,
  });
  expect(reset.status).toBe(200);
  const accounts = await database.select().from(account).where(eq(account.userId, ada.id));
  expect(accounts.map(({ providerId }) => providerId).toSorted()).toEqual(["credential", "google"]);
  const signedIn = await opened
    .open()
    .post("/api/auth/sign-in/email", { email: ada.email, password });
  expect(signedIn.status).toBe(200);
});
