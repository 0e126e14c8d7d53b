import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { expect, it } from "vitest";
import { twoFactor } from "../../../../src/worker/db/schema.ts";
import { authenticator, database, enrol, mailTo, openApp, password, enter } from "../../browser.ts";

const opened = openApp();

async function signInWithPassword(email: string) {
  const browser = opened.open();
  const answer = await browser.post("/api/auth/sign-in/email", { email, password });
  return { browser, answer };
}

it("asks for a code at sign-in once enrolled, and signs in with it", async () => {
  const ada = await enter(opened);
  const { code } = await enrol(ada.browser);
  const { browser, answer } = await signInWithPassword(ada.email);
  expect(answer.body).toMatchObject({ twoFactorRedirect: true, twoFactorMethods: ["totp"] });
  expect(await browser.session()).toEqual({ session: null });
  const verified = await browser.post("/api/auth/two-factor/verify-totp", { code: await code(1) });
  expect(verified.status).toBe(200);
  expect((await browser.session()).user.twoFactorEnabled).toBe(true);
});

it("keeps the challenge on the auth host", async () => {
  const ada = await enter(opened);
  await enrol(ada.browser);
  const { browser } = await signInWithPassword(ada.email);
  const challenge = browser.setCookies.find((cookie) => cookie.includes("two_factor="));
  expect(challenge).toMatch(/; HttpOnly; Secure; SameSite=Lax/);
  expect(challenge).not.toMatch(/Domain=/i);
});

it("refuses a code that enrolled the authenticator, and one that signed in before", async () => {
  const ada = await enter(opened);
  const { code } = await enrol(ada.browser);
  const first = await signInWithPassword(ada.email);
  const replayed = await first.browser.post("/api/auth/two-factor/verify-totp", {
    code: await code(0),
  });
  expect(replayed.status).toBe(401);
  const used = await code(1);
  const accepted = await first.browser.post("/api/auth/two-factor/verify-totp", { code: used });
  expect(accepted.status).toBe(200);
  const second = await signInWithPassword(ada.email);
  const again = await second.browser.post("/api/auth/two-factor/verify-totp", { code: used });
  expect(again.status).toBe(401);
  expect(await second.browser.session()).toEqual({ session: null });
});

it("takes no code of a request that is refused for its form", async () => {
  const ada = await enter(opened);
  const { code } = await enrol(ada.browser);
  const { browser } = await signInWithPassword(ada.email);
  const send = async (trustDevice: unknown) =>
    browser.post("/api/auth/two-factor/verify-totp", { code: await code(1), trustDevice });
  expect(await send("yes")).toMatchObject({ status: 400, body: { code: "VALIDATION_ERROR" } });
  expect((await send(false)).status).toBe(200);
});

it("accepts a backup code once", async () => {
  const ada = await enter(opened);
  const { backupCodes } = await enrol(ada.browser);
  const [code] = backupCodes;
  const first = await signInWithPassword(ada.email);
  const accepted = await first.browser.post("/api/auth/two-factor/verify-backup-code", { code });
  expect(accepted.status).toBe(200);
  await mailTo(opened.mail, ada.email, "A backup code was used");
  const second = await signInWithPassword(ada.email);
  const again = await second.browser.post("/api/auth/two-factor/verify-backup-code", { code });
  expect(again.status).toBe(401);
});

it("does not ask on a device that is trusted, and only there", async () => {
  const ada = await enter(opened);
  const { code } = await enrol(ada.browser);
  const { browser } = await signInWithPassword(ada.email);
  await browser.post("/api/auth/two-factor/verify-totp", {
    code: await code(1),
    trustDevice: true,
  });
  const trust = browser.setCookies.find((cookie) => cookie.includes("trust_device="));
  expect(trust).not.toMatch(/Domain=/i);
  await browser.post("/api/auth/sign-out");
  const again = await browser.post("/api/auth/sign-in/email", { email: ada.email, password });
  expect(again.body).not.toHaveProperty("twoFactorRedirect");
  expect((await browser.session()).user.email).toBe(ada.email);
  const elsewhere = await signInWithPassword(ada.email);
  expect(elsewhere.answer.body).toHaveProperty("twoFactorRedirect", true);
});

it("leaves one enrolment when three start at once", async () => {
  const ada = await enter(opened);
  const started = await Promise.all(
    Array.from({ length: 3 }, () => ada.browser.post("/api/auth/two-factor/enable", { password })),
  );
  expect(started.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(1);
  expect(started.every(({ status }) => status === 200 || status === 409)).toBe(true);
  const rows = await database.select().from(twoFactor).where(eq(twoFactor.userId, ada.id));
  expect(rows).toHaveLength(1);
});

it("enrols a user who has no password", async () => {
  const ada = await enter(opened);
  await env.DB.prepare("DELETE FROM account WHERE user_id = ?").bind(ada.id).run();
  const enabled = await ada.browser.post<{ totpURI: string }>("/api/auth/two-factor/enable", {});
  expect(enabled.status).toBe(200);
  const code = authenticator(enabled.body.totpURI);
  const verified = await ada.browser.post("/api/auth/two-factor/verify-totp", {
    code: await code(),
  });
  expect(verified.status).toBe(200);
  expect((await ada.browser.session()).user.twoFactorEnabled).toBe(true);
});

it("turns off with the password and a code, and no longer asks", async () => {
  const ada = await enter(opened);
  const { code } = await enrol(ada.browser);
  const body = { password: "wrong", code: await code(1) };
  const refused = await ada.browser.post("/api/auth/two-factor/disable", body);
  expect(refused.status).toBe(400);
  // The wrong password has cost no code.
  const disabled = await ada.browser.post("/api/auth/two-factor/disable", { ...body, password });
  expect(disabled.status).toBe(200);
  const { answer } = await signInWithPassword(ada.email);
  expect(answer.body).not.toHaveProperty("twoFactorRedirect");
});

// The last: its hashes are made anew in the background, and what follows would wait behind them.
it("accepts one of six sign-ins that send the same code at once", async () => {
  const ada = await enter(opened);
  const { code } = await enrol(ada.browser);
  const signIns = await Promise.all(Array.from({ length: 6 }, () => signInWithPassword(ada.email)));
  const used = await code(1);
  const answers = await Promise.all(
    signIns.map(({ browser }) => browser.post("/api/auth/two-factor/verify-totp", { code: used })),
  );
  expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 401, 401, 401, 401, 401]);
});
