/**
 * Sign-in through a provider that answers whatever the attacker likes: state, ID tokens, addresses that are not theirs. The
 * provider hands out what `issue` makes for any code, and takes a code as often as it is sent.
 */
import { connect } from "node:net";
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT, type JWTPayload } from "jose";
import { symmetricDecrypt, symmetricEncrypt } from "better-auth/crypto";
import { hkdfSync } from "node:crypto";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { enrol, linkIn, newEmail, password, type Browser, type Person } from "../people.ts";
import { startTarget, type Target } from "./target.ts";

const clientId = "the-client";
const clientSecret = "the-secret-of-the-client-with-32-bytes";
const issuers = { google: "https://accounts.google.com", acme: "https://id.acme.example" } as const;
type Provider = keyof typeof issuers;
const providers: Provider[] = ["google", "acme"];

type Key = Awaited<ReturnType<typeof generateKeyPair>>["privateKey"];
type Issue = (claims: JWTPayload) => string | Promise<string>;
let target: Target;
let key: Key;
let strangersKey: Key;
/** What the token endpoint makes of the claims that belong to the sign-in at hand. */
let issue: Issue;
let claims: JWTPayload;
/** Ends the names of the tokens that are handed out. */
let generation = "";
/** What the userinfo endpoints take. */
let takenAccessToken: string;

const stateCookie = "__Host-better-auth.oauth_state";
const sign = async (payload: JWTPayload, by: Key = key) =>
  new SignJWT(payload).setProtectedHeader({ alg: "RS256", kid: "1" }).sign(by);

beforeAll(async () => {
  const [own, strangers] = [await generateKeyPair("RS256"), await generateKeyPair("RS256")];
  [key, strangersKey] = [own.privateKey, strangers.privateKey];
  const jwks = { keys: [{ ...(await exportJWK(own.publicKey)), alg: "RS256", kid: "1" }] };
  const tokens = async () => ({
    access_token: `the-access-token${generation}`,
    refresh_token: `the-refresh-token${generation}`,
    // None of nothing.
    id_token: (await issue(claims)) || undefined,
    token_type: "Bearer",
    expires_in: 3600,
  });
  const acme = issuers.acme;
  const userInfo = ({ headers }: Request) =>
    headers.get("authorization") === `Bearer ${takenAccessToken}`
      ? { sub: claims.sub, name: "Ada", email: claims["email"], email_verified: true }
      : new Response(null, { status: 401 });
  const answers: Record<string, (request: Request) => unknown> = {
    "https://oauth2.googleapis.com/token": tokens,
    "https://www.googleapis.com/oauth2/v3/certs": () => jwks,
    "https://openidconnect.googleapis.com/v1/userinfo": userInfo,
    [`${acme}/.well-known/openid-configuration`]: () => ({
      issuer: acme,
      authorization_endpoint: `${acme}/authorize`,
      token_endpoint: `${acme}/token`,
      userinfo_endpoint: `${acme}/userinfo`,
      jwks_uri: `${acme}/keys`,
    }),
    [`${acme}/token`]: tokens,
    [`${acme}/userinfo`]: userInfo,
    [`${acme}/keys`]: () => jwks,
  };
  target = await startTarget({
    entry: "test/security/workers/providers.ts",
    bindings: {
      GOOGLE_CLIENT_ID: clientId,
      GOOGLE_CLIENT_SECRET: clientSecret,
      ACME_CLIENT_ID: clientId,
      ACME_CLIENT_SECRET: clientSecret,
    },
    outbound: async (request) => {
      const answer = await answers[request.url]?.(request);
      if (answer === undefined) return new Response(null, { status: 404 });
      return answer instanceof Response ? answer : Response.json(answer);
    },
  });
  return target.stop;
});

beforeEach(() => {
  issue = async (payload) => sign(payload);
  generation = "";
  takenAccessToken = "the-access-token";
});

let subjects = 0;

/** Asks for a sign-in, and makes the claims of somebody new who goes through with it. */
async function begin(
  browser: Browser,
  provider: Provider,
  profile: JWTPayload = {},
  path: "/sign-in/social" | "/link-social" = "/sign-in/social",
) {
  const begun = await browser.post<{ url: string }>(`/api/auth${path}`, {
    provider,
    callbackURL: target.consoleUrl,
  });
  expect(begun.status).toBe(200);
  const asked = new URL(begun.body.url).searchParams;
  subjects += 1;
  const now = Math.floor(Date.now() / 1000);
  claims = {
    iss: issuers[provider],
    aud: clientId,
    sub: `subject-${subjects}`,
    iat: now,
    exp: now + 300,
    nonce: asked.get("nonce") ?? "none was asked for",
    name: "Ada",
    email: newEmail(),
    email_verified: true,
    ...profile,
  };
  return asked.get("state") ?? "";
}

async function finish(browser: Browser, provider: Provider, state: string, headers = {}) {
  const query = new URLSearchParams({ code: "a-code", state });
  const answer = await browser.get(`/api/auth/callback/${provider}?${query.toString()}`, headers);
  return answer.headers.get("location") ?? `${answer.status}`;
}

const without = (claim: string, payload: JWTPayload): JWTPayload =>
  Object.fromEntries(Object.entries(payload).filter(([name]) => name !== claim));
const isSignedIn = async (browser: Browser) => (await browser.session()).session !== null;
const refusedFor = (error: string) => `${target.consoleUrl}/auth-error?error=${error}`;
const cookiesOf = (browser: Browser) =>
  [...browser.cookies].map(([name, value]) => `${name}=${value}`).join("; ");

async function count(sql: string, ...values: string[]): Promise<unknown> {
  return target.database
    .prepare(sql)
    .bind(...values)
    .first("n");
}

describe.each(providers)("an ID token of %s", (provider) => {
  it("signs in when it is for this sign-in", async () => {
    const browser = target.open();
    const state = await begin(browser, provider);
    expect(await finish(browser, provider, state)).toBe(target.consoleUrl);
    expect((await browser.session()).user.email).toBe(claims["email"]);
  });

  const now = () => Math.floor(Date.now() / 1000);
  it.each<[string, Issue]>([
    ["for another sign-in", async (payload) => sign({ ...payload, nonce: "another" })],
    ["for no sign-in", async (payload) => sign(without("nonce", payload))],
    ["for another client", async (payload) => sign({ ...payload, aud: "another" })],
    ["of another issuer", async (payload) => sign({ ...payload, iss: "https://evil.example" })],
    ["that has expired", async (payload) => sign({ ...payload, exp: now() - 60 })],
    ["that never expires", async (payload) => sign(without("exp", payload))],
    ["that somebody else signed", async (payload) => sign(payload, strangersKey)],
    ["that nobody signed", (payload) => new UnsecuredJWT(payload).encode()],
    [
      "signed with the client's secret",
      async (payload) =>
        new SignJWT(payload)
          .setProtectedHeader({ alg: "HS256", kid: "1" })
          .sign(new TextEncoder().encode(clientSecret)),
    ],
  ])("signs nobody in when it is one %s", async (_, change) => {
    const browser = target.open();
    const state = await begin(browser, provider);
    issue = change;
    expect(await finish(browser, provider, state)).toBe(refusedFor("unable_to_get_user_info"));
    expect(await isSignedIn(browser)).toBe(false);
    const users = "SELECT count(*) AS n FROM user WHERE email = ?";
    expect(await count(users, String(claims["email"]))).toBe(0);
  });

  it("is needed at every sign-in, whatever the access token opens", async () => {
    const browser = target.open();
    const state = await begin(browser, provider);
    issue = () => "";
    expect(await finish(browser, provider, state)).toBe(refusedFor("unable_to_get_user_info"));
    expect(await isSignedIn(browser)).toBe(false);
  });

  it("signs nobody in when a client brings it along", async () => {
    const browser = target.open();
    await begin(browser, provider);
    const idToken = { token: await sign(claims), nonce: claims["nonce"] };
    const answer = await browser.post("/api/auth/sign-in/social", { provider, idToken });
    expect(answer.body).toMatchObject({ code: "ID_TOKEN_NOT_SUPPORTED" });
    expect(await isSignedIn(browser)).toBe(false);
  });
});

it("one of several audiences signs nobody in unless it names this client", async () => {
  for (const azp of [undefined, "another"]) {
    const browser = target.open();
    const state = await begin(browser, "acme");
    issue = async (payload) => sign({ ...payload, aud: [clientId, "another"], azp });
    expect(await finish(browser, "acme", state)).toBe(refusedFor("unable_to_get_user_info"));
  }
});

describe("a state", () => {
  it("that was never given out is none", async () => {
    const browser = target.open();
    await begin(browser, "google");
    expect(await finish(browser, "google", "x".repeat(32))).toBe(refusedFor("state_mismatch"));
    expect(await isSignedIn(browser)).toBe(false);
  });

  it("of another browser is none, also for a browser with a sign-in of its own", async () => {
    const [mallory, ada] = [target.open(), target.open()];
    await begin(ada, "google");
    const state = await begin(mallory, "google");
    expect(await finish(target.open(), "google", state)).toBe(refusedFor("state_mismatch"));
    expect(await finish(ada, "google", state)).toBe(refusedFor("state_mismatch"));
    expect(await isSignedIn(ada)).toBe(false);
  });

  it("works once, however often its cookie is sent, also at once", async () => {
    const browser = target.open();
    const state = await begin(browser, "google");
    const headers = { cookie: cookiesOf(browser) };
    const answers = await Promise.all(
      Array.from({ length: 4 }, async () => finish(target.open(), "google", state, headers)),
    );
    answers.push(await finish(target.open(), "google", state, headers));
    expect(answers.filter((location) => location === target.consoleUrl)).toHaveLength(1);
    expect(answers.filter((location) => location === refusedFor("invalid_code"))).toHaveLength(4);
    const sessions =
      "SELECT count(*) AS n FROM session JOIN user ON user.id = user_id WHERE email = ?";
    expect(await count(sessions, String(claims["email"]))).toBe(1);
  });

  it("that has expired is none, whatever the browser kept", async () => {
    const browser = target.open();
    const state = await begin(browser, "google");
    // Better Auth's key for it; the cookie as it would be after eleven minutes.
    const salt = "better-auth:oauth-encryption:v1";
    const info = "better-auth:oauth-state-cookie:v1";
    const derived = Buffer.from(hkdfSync("sha256", target.secret, salt, info, 32)).toString("hex");
    const versioned = { keys: new Map([[1, derived]]), currentVersion: 1 };
    const sealed = decodeURIComponent(browser.cookies.get(stateCookie) ?? "");
    const opened = await symmetricDecrypt({ key: versioned, data: sealed });
    const old = { ...(JSON.parse(opened) as object), expiresAt: Date.now() - 60_000 };
    const data = JSON.stringify(old);
    browser.cookies.set(stateCookie, await symmetricEncrypt({ key: versioned, data }));
    expect(await finish(browser, "google", state)).toBe(refusedFor("state_mismatch"));
  });

  it("stays in the browser: asking for a sign-in writes no row", async () => {
    const rows = async () => count("SELECT count(*) AS n FROM verification");
    const before = await rows();
    for (let asked = 0; asked < 5; asked += 1) await begin(target.open(), "google");
    expect(await rows()).toBe(before);
  });

  it("cannot be tossed by a neighbour, under no name that a browser lets it set", async () => {
    const mallory = target.open();
    const state = await begin(mallory, "google");
    const value = mallory.cookies.get(stateCookie) ?? "";
    expect(value).not.toBe("");
    const names = [
      "better-auth.oauth_state",
      "__Secure-better-auth.oauth_state",
      "\u00a0__Host-better-auth.oauth_state",
      "\u2000__Host-better-auth.oauth_state",
      "__Host-better-auth.oauth_state\ufeff",
      "\v__Host-better-auth.oauth_state",
      "=__Host-better-auth.oauth_state",
    ];
    for (const name of names) {
      const answer = await callbackWith(`${name}=${value}`, state);
      expect(answer).toContain(refusedFor("state_mismatch"));
      expect(answer).not.toContain("session_token=");
    }
  });
});

describe("the audit log", () => {
  const events = async (where: string, ...values: string[]) =>
    (
      await target.database
        .prepare(`SELECT event, actor_id, detail FROM audit_event WHERE ${where} ORDER BY id`)
        .bind(...values)
        .all<{ event: string; actor_id: string | null; detail: string | null }>()
    ).results;

  it.each<[Provider, string]>([
    ["google", "google"],
    ["acme", "acme"],
    ["google", "credential"],
  ])("names who came from %s, by which route, and disconnected %s", async (provider, unlinked) => {
    const browser = target.open();
    const state = await begin(browser, provider);
    expect(await finish(browser, provider, state)).toBe(target.consoleUrl);
    const { id } = (await browser.session()).user;
    await target.database
      .prepare(
        "INSERT INTO account (id, account_id, provider_id, user_id, created_at, updated_at) VALUES (?, ?, 'credential', ?, 0, 0)",
      )
      .bind(`password-of-${id}`, id, id)
      .run();
    const account = await target.database
      .prepare("SELECT id FROM account WHERE user_id = ? AND provider_id = ?")
      .bind(id, unlinked)
      .first<string>("id");
    const left = await browser.post("/api/auth/unlink-account", { accountId: account });
    expect(left.status).toBe(200);
    const actor = { actor_id: id };
    expect(await events("actor_id = ?", id)).toEqual([
      { ...actor, event: "account.linked", detail: JSON.stringify({ provider }) },
      { ...actor, event: "session.created", detail: '{"route":"/callback/:id"}' },
      { ...actor, event: "account.unlinked", detail: JSON.stringify({ provider: unlinked }) },
    ]);
  });

  it("tells each sign-in that was begun and failed, to a number, and made-up ones once", async () => {
    const headers = { "cf-connecting-ip": "198.51.100.77" };
    const fail = async () => {
      const browser = target.open();
      const state = await begin(browser, "google");
      issue = async (payload) => sign({ ...payload, nonce: "another" });
      await finish(browser, "google", state, headers);
    };
    const told = async () => (await events("ip_address = '198.51.100.77'")).length;
    for (let count = 0; count < 3; count += 1) await fail();
    expect(await told()).toBe(3);
    for (let count = 0; count < 3; count += 1) {
      await finish(target.open(), "google", "x".repeat(32), headers);
    }
    expect(await told()).toBe(4);
    await target.database
      .prepare("UPDATE throttle SET tries = 60 WHERE key LIKE 'sign-in-failure:%'")
      .run();
    await fail();
    expect(await told()).toBe(4);
  });
});

/** The whole answer of the callback, for a Cookie header that no client library would send. */
async function callbackWith(cookie: string, state: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const socket = connect(target.port, "127.0.0.1");
    socket.on("data", (chunk) => (text += chunk.toString()));
    socket.on("end", () => resolve(text));
    socket.on("error", reject);
    socket.write(
      `GET /api/auth/callback/google?code=a&state=${state} HTTP/1.1\r\nhost: ${target.authHost}\r\nconnection: close\r\ncookie: ${cookie}\r\n\r\n`,
    );
  });
}

describe("somebody else's address", () => {
  it("signs nobody in that the provider does not vouch for, and connects to no account", async () => {
    const { email, id } = await target.enter();
    const browser = target.open();
    const state = await begin(browser, "google", { email, email_verified: false });
    expect(await finish(browser, "google", state)).toBe(refusedFor("email_not_verified"));
    expect(await isSignedIn(browser)).toBe(false);
    expect(await count("SELECT count(*) AS n FROM account WHERE user_id = ?", id)).toBe(1);
  });

  it.each(providers)(
    "is not told to have an account by %s, once or twice: its owner is mailed either way",
    async (provider) => {
      const { email: known } = await target.enter();
      const unknown = newEmail();
      const answers: Record<string, string[]> = {};
      for (const email of [known, unknown]) {
        const profile: JWTPayload = { email, email_verified: false };
        for (const time of [1, 2]) {
          const browser = target.open();
          const state = await begin(browser, provider, profile);
          profile.sub = claims.sub ?? "";
          const query = new URLSearchParams({ code: "a-code", state });
          const answer = await browser.get<unknown>(
            `/api/auth/callback/${provider}?${query.toString()}`,
          );
          const headers = [...answer.headers].filter(([name]) => !/^(date|set-cookie)$/.test(name));
          const cookies = browser.setCookies.map((cookie) => cookie.split("=", 1)[0]);
          const told = { time, status: answer.status, body: answer.body, headers, cookies };
          (answers[email] ??= []).push(JSON.stringify(told));
        }
      }
      expect(answers[known]).toEqual(answers[unknown]);
      expect(answers[known]?.[0]).toContain(refusedFor("email_not_verified"));
      await target.mailTo(unknown, "Confirm your email");
      await target.mailTo(known, "You already have an account");
    },
  );

  it("gives its owner's sign-in to no account that somebody made with it before", async () => {
    const email = newEmail();
    await target.database
      .prepare(
        "INSERT INTO user (id, name, email, email_verified, created_at, updated_at) VALUES (?, 'Mallory', ?, 0, 0, 0)",
      )
      .bind("made-before", email)
      .run();
    const browser = target.open();
    const state = await begin(browser, "google", { email });
    expect(await finish(browser, "google", state)).toBe(refusedFor("account_not_linked"));
    expect(await isSignedIn(browser)).toBe(false);
  });

  it.each(providers)(
    "is confirmed by its link in the browser of whoever signed up with it at %s, and in no other",
    async (provider) => {
      const email = newEmail();
      const [mallory, ada] = [target.open(), target.open()];
      const profile = { email, email_verified: false };
      const state = await begin(mallory, provider, profile);
      const { sub = "" } = claims;
      expect(await finish(mallory, provider, state)).toBe(refusedFor("email_not_verified"));
      const { search } = linkIn(await target.mailTo(email, "Confirm your email"));
      await ada.get(`/api/auth/verify-email${search}`);
      const again = await begin(mallory, provider, { ...profile, sub });
      expect(await finish(mallory, provider, again)).toBe(refusedFor("email_not_verified"));
      // Ada's own account at the provider is another.
      const other = await begin(ada, provider, profile);
      expect(await finish(ada, provider, other)).toBe(refusedFor("email_not_verified"));
      expect(await count("SELECT email_verified AS n FROM user WHERE email = ?", email)).toBe(0);

      // As if it had been Mallory's own address.
      await mallory.get(`/api/auth/verify-email${search}`);
      const own = await begin(mallory, provider, { ...profile, sub });
      expect(await finish(mallory, provider, own)).toBe(target.consoleUrl);
      expect((await mallory.session()).user).toMatchObject({ email, emailVerified: true });

      // The proof stays in the browser, and stands for no second factor.
      await enrol(mallory, {});
      const browser = target.open();
      const proof = "__Host-better-auth.address_proof";
      browser.cookies.set(proof, mallory.cookies.get(proof) ?? "");
      const later = await begin(browser, provider, { ...profile, sub });
      expect(await finish(browser, provider, later)).toContain("/two-factor");
      expect(await isSignedIn(browser)).toBe(false);
    },
  );

  it.each(providers)(
    "is lost to whoever signed up with it at %s, once its owner sets a password",
    async (provider) => {
      const email = newEmail();
      const mallory = target.open();
      const state = await begin(mallory, provider, { email, email_verified: false });
      const { sub = "" } = claims;
      expect(await finish(mallory, provider, state)).toBe(refusedFor("email_not_verified"));
      expect(await isSignedIn(mallory)).toBe(false);

      const ada = target.open();
      await ada.post("/api/auth/request-password-reset", { email });
      const link = linkIn(await target.mailTo(email, "Reset your password"));
      const token = link.searchParams.get("token");
      const reset = await ada.post("/api/auth/reset-password", { token, newPassword: password });
      expect(reset.status).toBe(200);

      const again = await begin(mallory, provider, { email, sub, email_verified: false });
      expect(await finish(mallory, provider, again)).toBe(refusedFor("email_not_verified"));
      const { results } = await target.database
        .prepare("SELECT provider_id FROM account JOIN user ON user.id = user_id WHERE email = ?")
        .bind(email)
        .all();
      expect(results).toEqual([{ provider_id: "credential" }]);
    },
  );
});

describe.each(providers)("a sign-in at %s of somebody with a second factor", (provider) => {
  it("is challenged, and leaves no session and no token before the code", async () => {
    const { browser: own, email, id } = await target.enter();
    const { code } = await enrol(own);
    const sessions = async () => count("SELECT count(*) AS n FROM session WHERE user_id = ?", id);
    const before = await sessions();
    const browser = target.open();
    const state = await begin(browser, provider, { email });
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
    count("SELECT count(*) AS n FROM account WHERE user_id = ?", id);

  it("is done for whoever is signed in, with their own address", async () => {
    const ada = await target.enter();
    const state = await begin(ada.browser, provider, { email: ada.email }, "/link-social");
    expect(await finish(ada.browser, provider, state)).toBe(target.consoleUrl);
    expect(await accountsOf(ada)).toBe(2);
  });

  it.each<[string, string, (ada: Person) => JWTPayload | Promise<JWTPayload>]>([
    [
      "an address that the provider does not vouch for",
      "unable_to_link_account",
      ({ email }) => ({ email, email_verified: false }),
    ],
    [
      "an address that it says nothing of",
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
      "an account there that is somebody else's",
      "account_already_linked_to_different_user",
      async ({ email }) => {
        const browser = target.open();
        const state = await begin(browser, provider);
        expect(await finish(browser, provider, state)).toBe(target.consoleUrl);
        return { email, sub: claims.sub ?? "" };
      },
    ],
  ])("is refused with %s", async (_name, error, profileOf) => {
    const ada = await target.enter();
    const profile = await profileOf(ada);
    const state = await begin(ada.browser, provider, profile, "/link-social");
    expect(await finish(ada.browser, provider, state)).toBe(refusedFor(error));
    expect(await accountsOf(ada)).toBe(1);
    expect((await ada.browser.session()).user.id).toBe(ada.id);
  });

  it.each<[string, string, (ada: Person) => Promise<unknown>]>([
    // The browser's own cookie of the state goes with the session.
    ["signed out", "state_mismatch", async ({ browser }) => browser.post("/api/auth/sign-out")],
    [
      "signed out all sessions elsewhere",
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
      "lost the session to a new password",
      "unable_to_link_account",
      async ({ id, email }) => {
        const admin = await target.enterAdmin();
        const newPassword = "marble orbit 58 lanterns";
        await admin.browser.post("/api/auth/admin/set-user-password", { userId: id, newPassword });
        const body = { email, password: newPassword };
        return target.open().post("/api/auth/sign-in/email", body);
      },
    ],
  ])("is refused to whoever has %s meanwhile", async (_name, error, end) => {
    const ada = await target.enter();
    const state = await begin(ada.browser, provider, { email: ada.email }, "/link-social");
    expect(await end(ada)).toMatchObject({ status: 200 });
    expect(await finish(ada.browser, provider, state)).toBe(refusedFor(error));
    expect(await accountsOf(ada)).toBe(1);
  });

  it("is begun by nobody who is not signed in, and finished in no other browser", async () => {
    const stranger = await target.open().post("/api/auth/link-social", { provider });
    expect(stranger.status).toBe(401);
    const [mallory, ada] = [await target.enter(), await target.enter()];
    const state = await begin(mallory.browser, provider, { email: ada.email }, "/link-social");
    expect(await finish(ada.browser, provider, state)).toBe(refusedFor("state_mismatch"));
    expect(await accountsOf(ada)).toBe(1);
  });
});

describe.each(providers)("a token of %s that is renewed", (provider) => {
  interface Tokens {
    accessToken: string;
    refreshToken?: string;
  }
  const rowOf = async (id: string) =>
    target.database
      .prepare("SELECT access_token, refresh_token, id_token FROM account WHERE id = ?")
      .bind(id)
      .first<{ access_token: string; refresh_token: string; id_token: string | null }>();
  const opened = async (data = "") =>
    symmetricDecrypt({
      key: { keys: new Map([[1, target.secret]]), currentVersion: 1 },
      data,
    });

  async function connected() {
    const browser = target.open();
    const state = await begin(browser, provider);
    expect(await finish(browser, provider, state)).toBe(target.consoleUrl);
    const { body } = await browser.get<{ id: string }[]>("/api/auth/list-accounts");
    return { browser, accountId: body[0]?.id ?? "" };
  }

  it.each([
    ["/refresh-token", ["accessToken", "refreshToken"]],
    ["/get-access-token", ["accessToken"]],
  ])("by %s is its owner's alone, and encrypted again", async (path, told) => {
    const { browser, accountId } = await connected();
    expect(await opened((await rowOf(accountId))?.access_token)).toBe("the-access-token");
    await target.database
      .prepare("UPDATE account SET access_token_expires_at = 1 WHERE id = ?")
      .bind(accountId)
      .run();
    generation = `-of-${path.slice(1)}`;
    const sent: string[] = [];
    issue = async (payload) => {
      const token = await sign(payload);
      sent.push(token);
      return token;
    };
    const stranger = await target.enter();
    const { id: userId } = (await browser.session()).user;
    for (const body of [{ accountId }, { accountId, userId }]) {
      const refused = await stranger.browser.post(`/api/auth${path}`, body);
      expect(refused.status).toBeGreaterThanOrEqual(400);
      expect(JSON.stringify(refused.body)).not.toContain("the-");
    }
    expect((await target.open().post(`/api/auth${path}`, { accountId, userId })).status).toBe(401);
    expect(sent).toEqual([]);

    const { status, body } = await browser.post<Partial<Tokens>>(`/api/auth${path}`, { accountId });
    expect(status).toBe(200);
    expect(body.accessToken).toBe(`the-access-token${generation}`);
    const names = ["accessToken", "refreshToken"] as const;
    expect(names.filter((name) => body[name] !== undefined)).toEqual(told);
    expect(sent).toHaveLength(1);
    const row = await rowOf(accountId);
    expect(await opened(row?.access_token)).toBe(`the-access-token${generation}`);
    expect(await opened(row?.refresh_token)).toBe(`the-refresh-token${generation}`);
    expect(row?.id_token).toBeNull();
    const { results } = await target.database.prepare("SELECT * FROM account").all();
    for (const token of ["the-access-token", "the-refresh-token", ...sent]) {
      expect(JSON.stringify(results)).not.toContain(token);
    }
    // A second time there is nothing to renew, and what is told is what was kept.
    generation = "-that-nobody-asked-for";
    const again = await browser.post<Tokens>("/api/auth/get-access-token", { accountId });
    expect(again.body.accessToken).toBe(`the-access-token-of-${path.slice(1)}`);
  });
});

it.each(providers)("what %s says of an account is told to its owner alone", async (provider) => {
  const browser = target.open();
  const state = await begin(browser, provider);
  expect(await finish(browser, provider, state)).toBe(target.consoleUrl);
  const { body: accounts } =
    await browser.get<{ id: string; providerId: string }[]>("/api/auth/list-accounts");
  const [{ id } = { id: "" }] = accounts;
  const ask = async (by: Browser) => by.get(`/api/auth/account-info?accountId=${id}`);
  expect(await ask(browser)).toMatchObject({
    status: 200,
    body: {
      user: { name: "Ada", email: claims["email"], emailVerified: true },
      data: { sub: claims.sub },
      account: { id, providerId: provider, accountId: claims.sub },
    },
  });
  expect((await ask(target.open())).status).toBe(401);
  expect((await ask((await target.enter()).browser)).body).toMatchObject({
    code: "ACCOUNT_NOT_FOUND",
  });
  // Hours later the provider takes the access token no more, and nobody is signed out for it.
  takenAccessToken = "a-newer-one";
  const refused = { status: 400, body: { code: "ACCOUNT_INFO_UNAVAILABLE" } };
  expect(await ask(browser)).toMatchObject(refused);
  expect(await isSignedIn(browser)).toBe(true);
});

it.each(providers)("no token of %s is in the database as it was sent", async (provider) => {
  const [first, second] = [target.open(), target.open()];
  const state = await begin(first, provider);
  const { sub = "", email } = claims;
  const sent: string[] = ["the-access-token", "the-refresh-token"];
  issue = async (payload) => {
    const token = await sign(payload);
    sent.push(token);
    return token;
  };
  expect(await finish(first, provider, state)).toBe(target.consoleUrl);
  const again = await begin(second, provider, { sub, email });
  expect(await finish(second, provider, again)).toBe(target.consoleUrl);
  expect(sent).toHaveLength(4);
  for (const table of ["account", "verification", "session", "user", "audit_event"]) {
    const { results } = await target.database.prepare(`SELECT * FROM ${table}`).all();
    const text = JSON.stringify(results);
    for (const token of sent) expect(text).not.toContain(token);
  }
  const row = await target.database
    .prepare(
      "SELECT access_token, refresh_token, id_token FROM account WHERE account_id = ? AND provider_id = ?",
    )
    .bind(sub, provider)
    .first<Record<string, string | null>>();
  expect(row).toMatchObject({
    access_token: expect.any(String) as string,
    refresh_token: expect.any(String) as string,
    id_token: null,
  });
});
