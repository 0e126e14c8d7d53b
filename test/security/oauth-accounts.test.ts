/** Which account a sign-in through a provider reaches: addresses of other people, second factors, and connected accounts. */
import type { JWTPayload } from "jose";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { enrol, linkIn, newEmail, password, type Browser, type Person } from "../people.ts";
import {
  isSignedIn,
  openIdentityProviders,
  providers,
  type IdentityProviders,
  type Provider,
} from "./identity-providers.ts";
import type { Target } from "./target.ts";

let idp: IdentityProviders;
let target: Target;

beforeAll(async () => {
  idp = await openIdentityProviders();
  ({ target } = idp);
  return target.stop;
});

beforeEach(() => idp.reset());

/** Connects a provider in the profile. @returns the account there. */
async function connect(browser: Browser, provider: Provider, email: string): Promise<string> {
  const state = await idp.begin(browser, provider, { email }, "/link-social");
  expect(await idp.finish(browser, provider, state)).toBe(target.consoleUrl);
  return idp.claims.sub ?? "";
}

describe("an address of somebody else's", () => {
  it("signs nobody in and connects to no account unless the provider has verified it", async () => {
    const { email, id } = await target.enter();
    const browser = target.open();
    const state = await idp.begin(browser, "google", { email, email_verified: false });
    expect(await idp.finish(browser, "google", state)).toBe(idp.refusedFor("email_not_verified"));
    expect(await isSignedIn(browser)).toBe(false);
    expect(await idp.count("SELECT count(*) AS n FROM account WHERE user_id = ?", id)).toBe(1);
  });

  it.each(providers)(
    "gets the same answer from a sign-in at %s whether or not it has an account: its owner is mailed either way",
    async (provider) => {
      const { email: known } = await target.enter();
      const unknown = newEmail();
      const answers: Record<string, string[]> = {};
      for (const email of [known, unknown]) {
        const profile: JWTPayload = { email, email_verified: false };
        for (const time of [1, 2]) {
          const browser = target.open();
          const state = await idp.begin(browser, provider, profile);
          profile.sub = idp.claims.sub ?? "";
          const query = new URLSearchParams({ code: "a-code", state });
          const answer = await browser.get<unknown>(
            `/api/auth/callback/${provider}?${query.toString()}`,
          );
          const headers = [...answer.headers].filter(([name]) => !/^(date|set-cookie)$/.test(name));
          // The name of the state's cookie ends in the time and the state.
          const cookies = browser.setCookies.map((cookie) => /^[\w-]+\.\w+/.exec(cookie)?.[0]);
          const told = { time, status: answer.status, body: answer.body, headers, cookies };
          (answers[email] ??= []).push(JSON.stringify(told));
        }
      }
      expect(answers[known]).toEqual(answers[unknown]);
      expect(answers[known]?.[0]).toContain(idp.refusedFor("email_not_verified"));
      await target.mailTo(unknown, "Confirm your email");
      await target.mailTo(known, "You already have an account");
    },
  );

  it("does not sign its owner in to an account that somebody else had created with it", async () => {
    const email = newEmail();
    await target.database
      .prepare(
        "INSERT INTO user (id, name, email, email_verified, created_at, updated_at) VALUES (?, 'Mallory', ?, 0, 0, 0)",
      )
      .bind("made-before", email)
      .run();
    const browser = target.open();
    const state = await idp.begin(browser, "google", { email });
    expect(await idp.finish(browser, "google", state)).toBe(idp.refusedFor("account_not_linked"));
    expect(await isSignedIn(browser)).toBe(false);
  });

  it.each(providers)(
    "can be confirmed only in the browser that signed up with it at %s",
    async (provider) => {
      const email = newEmail();
      const [mallory, ada] = [target.open(), target.open()];
      const profile = { email, email_verified: false };
      const state = await idp.begin(mallory, provider, profile);
      const { sub = "" } = idp.claims;
      expect(await idp.finish(mallory, provider, state)).toBe(idp.refusedFor("email_not_verified"));
      const { search } = linkIn(await target.mailTo(email, "Confirm your email"));
      await ada.get(`/api/auth/verify-email${search}`);
      const again = await idp.begin(mallory, provider, { ...profile, sub });
      expect(await idp.finish(mallory, provider, again)).toBe(idp.refusedFor("email_not_verified"));
      // Ada's own account at the provider is another.
      const other = await idp.begin(ada, provider, profile);
      expect(await idp.finish(ada, provider, other)).toBe(idp.refusedFor("email_not_verified"));
      expect(await idp.count("SELECT email_verified AS n FROM user WHERE email = ?", email)).toBe(
        0,
      );

      // As if it had been Mallory's own address.
      await mallory.get(`/api/auth/verify-email${search}`);
      const own = await idp.begin(mallory, provider, { ...profile, sub });
      expect(await idp.finish(mallory, provider, own)).toBe(target.consoleUrl);
      expect((await mallory.session()).user).toMatchObject({ email, emailVerified: true });

      // The proof stays in the browser, and stands for no second factor.
      await enrol(mallory, {});
      const browser = target.open();
      const proof = "__Host-better-auth.address_proof";
      browser.cookies.set(proof, mallory.cookies.get(proof) ?? "");
      const later = await idp.begin(browser, provider, { ...profile, sub });
      expect(await idp.finish(browser, provider, later)).toContain("/two-factor");
      expect(await isSignedIn(browser)).toBe(false);
    },
  );

  it.each(providers)(
    "no longer belongs to the sign-up at %s once its owner has set a password",
    async (provider) => {
      const email = newEmail();
      const mallory = target.open();
      const state = await idp.begin(mallory, provider, { email, email_verified: false });
      const { sub = "" } = idp.claims;
      expect(await idp.finish(mallory, provider, state)).toBe(idp.refusedFor("email_not_verified"));
      expect(await isSignedIn(mallory)).toBe(false);

      const ada = target.open();
      await ada.post("/api/auth/request-password-reset", { email });
      const link = linkIn(await target.mailTo(email, "Reset your password"));
      const token = link.searchParams.get("token");
      const reset = await ada.post("/api/auth/reset-password", { token, newPassword: password });
      expect(reset.status).toBe(200);

      const again = await idp.begin(mallory, provider, { email, sub, email_verified: false });
      expect(await idp.finish(mallory, provider, again)).toBe(idp.refusedFor("email_not_verified"));
      const { results } = await target.database
        .prepare("SELECT provider_id FROM account JOIN user ON user.id = user_id WHERE email = ?")
        .bind(email)
        .all();
      expect(results).toEqual([{ provider_id: "credential" }]);
    },
  );
});

describe.each(providers)("a sign-in at %s by somebody with a second factor", (provider) => {
  it("is challenged, and yields no session and no token before the code", async () => {
    const { browser: own, email, id } = await target.enter();
    const sub = await connect(own, provider, email);
    const { code } = await enrol(own);
    const sessions = async () =>
      idp.count("SELECT count(*) AS n FROM session WHERE user_id = ?", id);
    const before = await sessions();
    const browser = target.open();
    const state = await idp.begin(browser, provider, { email, sub });
    const query = new URLSearchParams({ code: "a-code", state });
    const answer = await browser.get(`/api/auth/callback/${provider}?${query.toString()}`);
    const location = new URL(answer.headers.get("location") ?? "");
    expect(location.origin + location.pathname).toBe(`${target.consoleUrl}/two-factor`);
    expect(location.searchParams.get("callbackURL")).toBe(target.consoleUrl);
    expect(answer.headers.get("set-auth-token")).toBeNull();
    expect(browser.setCookies.filter((cookie) => /session_token=[^;]/.test(cookie))).toEqual([]);
    expect(await isSignedIn(browser)).toBe(false);
    expect((await browser.get("/api/auth/token")).status).toBe(401);
    expect(await sessions()).toBe(before);
    const wrong = await browser.post("/api/auth/two-factor/verify-totp", { code: "000000" });
    expect(wrong.status).toBe(401);
    expect(await isSignedIn(browser)).toBe(false);
    const solved = await browser.post("/api/auth/two-factor/verify-totp", { code: await code(1) });
    expect(solved.status).toBe(200);
    expect((await browser.session()).user.email).toBe(email);
  });
});

describe.each(providers)("connecting %s to an account", (provider) => {
  const accountsOf = async ({ id }: Person) =>
    idp.count("SELECT count(*) AS n FROM account WHERE user_id = ?", id);

  it("works for a signed-in user with their own address", async () => {
    const ada = await target.enter();
    const state = await idp.begin(ada.browser, provider, { email: ada.email }, "/link-social");
    expect(await idp.finish(ada.browser, provider, state)).toBe(target.consoleUrl);
    expect(await accountsOf(ada)).toBe(2);
  });

  it.each<[string, string, (ada: Person) => JWTPayload | Promise<JWTPayload>]>([
    [
      "an address that the provider has not verified",
      "unable_to_link_account",
      ({ email }) => ({ email, email_verified: false }),
    ],
    [
      "an address that may or may not be verified",
      "unable_to_link_account",
      ({ email }) => ({ email, email_verified: undefined }),
    ],
    ["another address", "email_does_not_match", () => ({ email: newEmail() })],
    [
      "somebody else's address",
      "email_does_not_match",
      async () => ({ email: (await target.enter()).email }),
    ],
    [
      "an account at the provider that is connected to another user",
      "account_already_linked_to_different_user",
      async ({ email }) => {
        const browser = target.open();
        const state = await idp.begin(browser, provider);
        expect(await idp.finish(browser, provider, state)).toBe(target.consoleUrl);
        return { email, sub: idp.claims.sub ?? "" };
      },
    ],
  ])("is refused with %s", async (_name, error, profileOf) => {
    const ada = await target.enter();
    const profile = await profileOf(ada);
    const state = await idp.begin(ada.browser, provider, profile, "/link-social");
    expect(await idp.finish(ada.browser, provider, state)).toBe(idp.refusedFor(error));
    expect(await accountsOf(ada)).toBe(1);
    expect((await ada.browser.session()).user.id).toBe(ada.id);
  });

  it.each<[string, string, (ada: Person) => Promise<unknown>]>([
    // The browser's own cookie of the state goes with the session.
    ["signed out", "state_mismatch", async ({ browser }) => browser.post("/api/auth/sign-out")],
    [
      "been signed out from another device",
      "unable_to_link_account",
      async ({ email }) => {
        const browser = target.open();
        await browser.post("/api/auth/sign-in/email", { email, password });
        return browser.post("/api/auth/revoke-other-sessions");
      },
    ],
    [
      "been banned",
      "unable_to_link_account",
      async ({ id }) => {
        const admin = await target.enterAdmin();
        return admin.browser.post("/api/auth/admin/ban-user", { userId: id });
      },
    ],
    [
      "lost the session because an admin set a new password",
      "unable_to_link_account",
      async ({ id, email }) => {
        const admin = await target.enterAdmin();
        const newPassword = "marble orbit 58 lanterns";
        await admin.browser.post("/api/auth/admin/set-user-password", { userId: id, newPassword });
        const body = { email, password: newPassword };
        return target.open().post("/api/auth/sign-in/email", body);
      },
    ],
  ])("is refused to a user who has meanwhile %s", async (_name, error, end) => {
    const ada = await target.enter();
    const state = await idp.begin(ada.browser, provider, { email: ada.email }, "/link-social");
    expect(await end(ada)).toMatchObject({ status: 200 });
    expect(await idp.finish(ada.browser, provider, state)).toBe(idp.refusedFor(error));
    expect(await accountsOf(ada)).toBe(1);
  });

  it("requires a session to start, and can be finished only in the same browser", async () => {
    const stranger = await target.open().post("/api/auth/link-social", { provider });
    expect(stranger.status).toBe(401);
    const [mallory, ada] = [await target.enter(), await target.enter()];
    const state = await idp.begin(mallory.browser, provider, { email: ada.email }, "/link-social");
    expect(await idp.finish(ada.browser, provider, state)).toBe(idp.refusedFor("state_mismatch"));
    expect(await accountsOf(ada)).toBe(1);
  });
});
