/**
 * Account pre-hijacking: somebody signs up with a stranger's address, and waits until its owner uses the account. The
 * mail goes to the owner, who may confirm without a thought, and whose mail scanner opens every link.
 */
import { beforeAll, describe, expect, it } from "vitest";
import { createTenant, enrol, linkIn, newEmail, password, type Browser } from "../people.ts";
import { startTarget, type Target } from "./target.ts";

let target: Target;

beforeAll(async () => {
  target = await startTarget({ cheapHashes: true });
  return target.stop;
});

const ownPassword = "marble orbit 58 lanterns";

/** Mallory signs up with an address of somebody else's, who gets the mail. */
async function preHijack() {
  const [mallory, ada] = [target.open(), target.open()];
  const email = newEmail();
  await mallory.post("/api/auth/sign-up/email", { name: "Mallory", email, password });
  const { search } = linkIn(await target.mailTo(email, "Confirm your email"));
  const follow = async (browser: Browser) => browser.get(`/api/auth/verify-email${search}`);
  return { mallory, ada, email, follow };
}

const signIn = async (browser: Browser, email: string, secret: string) =>
  browser.post("/api/auth/sign-in/email", { email, password: secret });

async function reset(browser: Browser, email: string) {
  await browser.post("/api/auth/request-password-reset", { email });
  const link = linkIn(await target.mailTo(email, "Reset your password"));
  const token = link.searchParams.get("token");
  return browser.post("/api/auth/reset-password", { token, newPassword: ownPassword });
}

const isVerified = async (email: string) =>
  (await target.database
    .prepare("SELECT email_verified FROM user WHERE email = ?")
    .bind(email)
    .first("email_verified")) === 1;

describe("a stranger's sign-up", () => {
  it("is confirmed by no click of the address's owner, nor of their mail scanner", async () => {
    const { mallory, ada, email, follow } = await preHijack();
    for (const browser of [target.open(), ada]) expect((await follow(browser)).status).toBe(200);
    expect((await signIn(mallory, email, password)).body).toMatchObject({
      code: "INVALID_EMAIL_OR_PASSWORD",
    });
    expect(await mallory.session()).toEqual({ session: null });
    expect(await isVerified(email)).toBe(false);
  });

  it("is worth nothing once the address's owner has chosen a password", async () => {
    const { mallory, ada, email } = await preHijack();
    expect((await reset(ada, email)).status).toBe(200);
    expect((await signIn(mallory, email, password)).status).toBe(401);
    // The mail of the reset is as good as that of the sign-up.
    expect((await signIn(target.open(), email, ownPassword)).status).toBe(200);
    expect(await isVerified(email)).toBe(true);
  });

  it("is confirmed by no proof of another account's mail, and by none that was changed", async () => {
    const { mallory, email } = await preHijack();
    const own = newEmail();
    await mallory.post("/api/auth/sign-up/email", { name: "Mallory", email: own, password });
    const { search } = linkIn(await target.mailTo(own, "Confirm your email"));
    await mallory.get(`/api/auth/verify-email${search}`);
    expect((await signIn(mallory, email, password)).status).toBe(401);
    const name = "__Host-better-auth.address_proof";
    const proof = decodeURIComponent(mallory.cookies.get(name) ?? "");
    expect(proof).toContain(own);
    mallory.cookies.set(name, encodeURIComponent(proof.replace(own, email)));
    expect((await signIn(mallory, email, password)).status).toBe(401);
    expect(await isVerified(email)).toBe(false);
  });

  it("leaves a proof to its browser alone, out of reach of scripts, and no session", async () => {
    const { ada, follow } = await preHijack();
    await follow(ada);
    const [cookie = "", ...others] = ada.setCookies;
    expect(others).toEqual([]);
    expect(cookie).toMatch(/^__Host-better-auth\.address_proof=/);
    expect(cookie).toMatch(/; HttpOnly/i);
    expect(cookie).toMatch(/; Secure/i);
    expect(cookie).not.toMatch(/; Domain/i);
    expect(await ada.session()).toEqual({ session: null });
  });

  it("is confirmed by no proof of an address that the account has moved from", async () => {
    const { mallory, email, follow } = await preHijack();
    await follow(mallory);
    const next = newEmail();
    await target.database
      .prepare("UPDATE user SET email = ? WHERE email = ?")
      .bind(next, email)
      .run();
    expect((await signIn(mallory, next, password)).status).toBe(401);
    expect(await isVerified(next)).toBe(false);
  });
});

describe("one's own sign-up", () => {
  it("is confirmed by the link and the password in one browser, whichever that is", async () => {
    const { email, follow } = await preHijack();
    const telephone = target.open();
    expect((await signIn(telephone, email, password)).status).toBe(401);
    await follow(telephone);
    expect((await signIn(telephone, email, "not the password")).status).toBe(401);
    expect(await isVerified(email)).toBe(false);
    expect((await signIn(telephone, email, password)).status).toBe(200);
    expect((await telephone.session()).user).toMatchObject({ email, emailVerified: true });
    expect((await createTenant(telephone, `tenant-of-${Date.now()}`)).id).toBeTruthy();
    // It stays so, for every browser.
    expect((await signIn(target.open(), email, password)).status).toBe(200);
    // A second visit of the link, by a person or by a mail scanner, gets the same answer.
    for (const browser of [telephone, target.open()]) {
      expect(await follow(browser)).toMatchObject({ status: 200, body: { status: true } });
    }
  });

  it("skips no second factor where it is confirmed, nor afterwards", async () => {
    const { browser, email, id } = await target.signUp();
    await enrol(browser);
    const challenged = { status: 200, body: { twoFactorRedirect: true } };
    await target.database.prepare("UPDATE user SET email_verified = 0 WHERE id = ?").bind(id).run();
    const other = target.open();
    expect((await signIn(other, email, password)).status).toBe(401);
    const { search } = linkIn(await target.mailTo(email, "Confirm your email"));
    await other.get(`/api/auth/verify-email${search}`);
    for (let time = 0; time < 2; time += 1) {
      expect(await signIn(other, email, password)).toMatchObject(challenged);
      expect(await other.session()).toEqual({ session: null });
      expect(await isVerified(email)).toBe(true);
    }
  });

  it("has no other mail sent where it is confirmed", async () => {
    const { email, follow } = await preHijack();
    const browser = target.open();
    await follow(browser);
    expect((await signIn(browser, email, password)).status).toBe(200);
    // Sent after it, were there one.
    await reset(browser, email);
    expect(
      target.mail.filter(({ to, subject }) => to === email && subject.includes("Confirm")),
    ).toHaveLength(1);
  });

  it("is in the audit log once, when it is confirmed", async () => {
    const { email, follow } = await preHijack();
    const browser = target.open();
    await follow(browser);
    const events = async () =>
      (
        await target.database
          .prepare(
            "SELECT event FROM audit_event WHERE actor_id = (SELECT id FROM user WHERE email = ?) ORDER BY id",
          )
          .bind(email)
          .all<{ event: string }>()
      ).results.map(({ event }) => event);
    expect(await events()).not.toContain("email.verified");
    await signIn(browser, email, password);
    await signIn(browser, email, password);
    expect((await events()).filter((event) => event === "email.verified")).toHaveLength(1);
  });
});
