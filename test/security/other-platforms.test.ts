/**
 * What one platform has signed, handed out or mailed, presented at another: once as it should be, with a secret each, and
 * once with a secret that somebody copied. The same person has an account at both.
 */
import { beforeAll, describe, expect, it } from "vitest";
import { verifyToken } from "@neutrino-io/sdk/server";
import {
  bearerOf,
  enrol,
  linkIn,
  newEmail,
  password,
  type Answer,
  type Browser,
  type Person,
} from "../people.ts";
import { startTarget, type Target } from "./target.ts";

const [idA, idB] = ["k3m9p2xw7q", "aaaaaaaaaa"];
const google = { GOOGLE_CLIENT_ID: "id", GOOGLE_CLIENT_SECRET: "secret" };

async function userOf(browser: Browser): Promise<string | undefined> {
  const { body } = await browser.get<{ user?: { id: string } }>("/api/auth/session");
  return body.user?.id;
}

describe.each([
  ["with a secret of its own", undefined],
  ["with the same secret, copied by mistake", "a-secret-that-two-platforms-have-in-common"],
])("at another platform %s,", (_name, shared) => {
  let a: Target;
  let b: Target;
  /** What the two asked of the internet. */
  const asked: string[] = [];
  const outbound = async ({ url }: Request) => {
    asked.push(url);
    return new Response("no internet", { status: 502 });
  };

  beforeAll(async () => {
    const bindings = {
      ...google,
      ...(shared === undefined ? {} : { BETTER_AUTH_SECRET: shared }),
    };
    [a, b] = await Promise.all([
      startTarget({ platformId: idA, bindings, outbound }),
      startTarget({ platformId: idB, bindings, outbound }),
    ]);
    return async () => {
      await a.stop();
      await b.stop();
    };
  });

  /** An account at B with the address of one at A. */
  async function enterBToo({ email }: Person): Promise<Person> {
    const person = await b.enter();
    const change = b.database.prepare("UPDATE user SET email = ? WHERE id = ?");
    await change.bind(email, person.id).run();
    return { ...person, email };
  }

  async function enterBoth(): Promise<{ atA: Person; atB: Person }> {
    const atA = await a.enter();
    return { atA, atB: await enterBToo(atA) };
  }

  it("a session is nobody's, as a cookie and as a bearer", async () => {
    const atA = await a.signUp();
    await enterBToo(atA);
    const thief = b.open();
    for (const [name, value] of atA.browser.cookies) thief.cookies.set(name, value);
    expect(await userOf(thief)).toBeUndefined();
    const authorization = await bearerOf(atA.browser, a.secret);
    const answer = await b.open().get("/api/auth/get-session", { authorization });
    expect(answer).toMatchObject({ status: 200, body: null });
  });

  it("a JWT is refused: other keys, other issuer, other audience", async () => {
    const { atA } = await enterBoth();
    const { body } = await atA.browser.get<{ token: string }>("/api/auth/token");
    const keysOf = async (target: Target) =>
      (await target.open().get<{ keys: never[] }>("/api/auth/jwks")).body;
    const [keysA, keysB] = [await keysOf(a), await keysOf(b)];
    const verified = await verifyToken(body.token, {
      authUrl: a.authUrl,
      platformId: idA,
      jwks: keysA,
    });
    expect(verified.sub).toBe(atA.id);
    const atB = { authUrl: b.authUrl, platformId: idB };
    await expect(verifyToken(body.token, { ...atB, jwks: keysB })).rejects.toThrow();
    // Even with its key: it says where it is from, and for whom.
    await expect(verifyToken(body.token, { ...atB, jwks: keysA })).rejects.toThrow();
    await expect(
      verifyToken(body.token, { authUrl: a.authUrl, platformId: idB, jwks: keysA }),
    ).rejects.toThrow();
  });

  it("a claim makes nobody an admin", async () => {
    const token = "a-claim-token-of-platform-a-0123456789";
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(token));
    await a.database
      .prepare("INSERT INTO platform_claim (token_hash, expires_at, created_at) VALUES (?, ?, ?)")
      .bind(Buffer.from(digest).toString("hex"), Date.now() + 3_600_000, Date.now())
      .run();
    const claim = async (target: Target) =>
      target.open().post("/api/auth/platform/claim", {
        token,
        account: { name: "Grace", email: newEmail(), password },
      });
    expect(await claim(b)).toMatchObject({ status: 403, body: { code: "CLAIM_REFUSED" } });
    expect((await claim(a)).status).toBe(200);
  });

  it("a reset link resets nothing", async () => {
    const { atA, atB } = await enterBoth();
    await a.open().post("/api/auth/request-password-reset", { email: atA.email });
    const token = linkIn(await a.mailTo(atA.email, "Reset")).searchParams.get("token");
    const body = { newPassword: "another correct horse battery", token };
    expect((await b.open().post("/api/auth/reset-password", body)).status).toBe(400);
    expect(await userOf(atB.browser)).toBe(atB.id);
    expect((await a.open().post("/api/auth/reset-password", body)).status).toBe(200);
  });

  it("a verification link verifies nobody", async () => {
    const email = newEmail();
    for (const target of [a, b]) {
      await target.open().post("/api/auth/sign-up/email", { name: "Ada", email, password });
    }
    const { search } = linkIn(await a.mailTo(email, "Confirm your email"));
    const follow = async (target: Target) => {
      const browser = target.open();
      await browser.get(`/api/auth/verify-email${search}`);
      await browser.post("/api/auth/sign-in/email", { email, password });
    };
    await follow(b);
    const verified = async (target: Target) =>
      target.database
        .prepare("SELECT email_verified FROM user WHERE email = ?")
        .bind(email)
        .first("email_verified");
    expect(await verified(b)).toBe(0);
    await follow(a);
    expect(await verified(a)).toBe(1);
  });

  it("a change of address changes none", async () => {
    const { atA, atB } = await enterBoth();
    const address = newEmail();
    await atA.browser.post("/api/auth/change-email", { newEmail: address });
    const { search } = linkIn(await a.mailTo(atA.email, "Confirm your new"));
    await b.open().get(`/api/auth/verify-email${search}`);
    await atB.browser.get(`/api/auth/verify-email${search}`);
    const sent = b.mail.filter(({ to }) => to === address);
    expect(sent).toEqual([]);
    const email = await b.database
      .prepare("SELECT email FROM user WHERE id = ?")
      .bind(atB.id)
      .first("email");
    expect(email).toBe(atB.email);
  });

  it("a second factor that was solved, and a device that is trusted, are not", async () => {
    const { atA, atB } = await enterBoth();
    const { code } = await enrol(atA.browser);
    await enrol(atB.browser);
    const device = a.open();
    await device.post("/api/auth/sign-in/email", { email: atA.email, password });
    const challenge = new Map(device.cookies);
    await device.post("/api/auth/two-factor/verify-totp", {
      code: await code(1),
      trustDevice: true,
    });
    expect([...device.cookies.keys()].join()).toContain("trust_device");
    const atOther = b.open();
    for (const [name, value] of device.cookies) atOther.cookies.set(name, value);
    const asked = await atOther.post("/api/auth/sign-in/email", { email: atB.email, password });
    expect(asked.body).toMatchObject({ twoFactorRedirect: true });
    const half = b.open();
    for (const [name, value] of challenge) half.cookies.set(name, value);
    const answer = await half.post("/api/auth/two-factor/verify-totp", { code: await code(1) });
    expect(answer.status).toBe(401);
  });

  it("an OAuth state signs nobody in", async () => {
    const browser = a.open();
    const started: Answer<{ url: string }> = await browser.post("/api/auth/sign-in/social", {
      provider: "google",
    });
    const state = new URL(started.body.url).searchParams.get("state") ?? "";
    expect(state).not.toBe("");
    const atOther = b.open();
    for (const [name, value] of browser.cookies) atOther.cookies.set(name, value);
    const answer = await atOther.get(`/api/auth/callback/google?code=x&state=${state}`);
    expect(answer.status).toBe(302);
    expect(answer.headers.get("location")).toMatch(/error=(state_invalid|invalid_code)$/);
    // Refused for what it is, and not by Google.
    expect(asked).not.toContain("https://oauth2.googleapis.com/token");
    expect(await userOf(atOther)).toBeUndefined();
  });
});
