/** Sign-in through a provider whose ID tokens an attacker forges, and with a state that is not the browser's own. */
import { hkdfSync } from "node:crypto";
import { connect } from "node:net";
import { symmetricDecrypt, symmetricEncrypt } from "better-auth/crypto";
import { SignJWT, UnsecuredJWT, type JWTPayload } from "jose";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Browser } from "../people.ts";
import {
  clientId,
  clientSecret,
  isSignedIn,
  openIdentityProviders,
  providers,
  stateCookies,
  type IdentityProviders,
  type Issue,
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

const without = (claim: string, payload: JWTPayload): JWTPayload =>
  Object.fromEntries(Object.entries(payload).filter(([name]) => name !== claim));
const cookiesOf = (browser: Browser) =>
  [...browser.cookies].map(([name, value]) => `${name}=${value}`).join("; ");

describe.each(providers)("an ID token from %s", (provider) => {
  it("signs the user in when it was issued for this sign-in", async () => {
    const browser = target.open();
    const state = await idp.begin(browser, provider);
    expect(await idp.finish(browser, provider, state)).toBe(target.consoleUrl);
    expect((await browser.session()).user.email).toBe(idp.claims["email"]);
  });

  const now = () => Math.floor(Date.now() / 1000);
  it.each<[string, Issue]>([
    ["issued for another sign-in", async (payload) => idp.sign({ ...payload, nonce: "another" })],
    ["without a nonce", async (payload) => idp.sign(without("nonce", payload))],
    ["issued to another client", async (payload) => idp.sign({ ...payload, aud: "another" })],
    [
      "from another issuer",
      async (payload) => idp.sign({ ...payload, iss: "https://evil.example" }),
    ],
    ["that has expired", async (payload) => idp.sign({ ...payload, exp: now() - 60 })],
    ["without an expiry", async (payload) => idp.sign(without("exp", payload))],
    ["signed with somebody else's key", async (payload) => idp.sign(payload, idp.strangersKey)],
    ["without a signature", (payload) => new UnsecuredJWT(payload).encode()],
    [
      "signed with the client's secret",
      async (payload) =>
        new SignJWT(payload)
          .setProtectedHeader({ alg: "HS256", kid: "1" })
          .sign(new TextEncoder().encode(clientSecret)),
    ],
  ])("is refused: one %s", async (_, change) => {
    const browser = target.open();
    const state = await idp.begin(browser, provider);
    idp.issue = change;
    expect(await idp.finish(browser, provider, state)).toBe(
      idp.refusedFor("unable_to_get_user_info"),
    );
    expect(await isSignedIn(browser)).toBe(false);
    const users = "SELECT count(*) AS n FROM user WHERE email = ?";
    expect(await idp.count(users, String(idp.claims["email"]))).toBe(0);
  });

  it("is required at every sign-in, even if the access token is valid", async () => {
    const browser = target.open();
    const state = await idp.begin(browser, provider);
    idp.issue = () => "";
    expect(await idp.finish(browser, provider, state)).toBe(
      idp.refusedFor("unable_to_get_user_info"),
    );
    expect(await isSignedIn(browser)).toBe(false);
  });

  it("is refused when the client sends it itself", async () => {
    const browser = target.open();
    await idp.begin(browser, provider);
    const idToken = { token: await idp.sign(idp.claims), nonce: idp.claims["nonce"] };
    const answer = await browser.post("/api/auth/sign-in/social", { provider, idToken });
    expect(answer.body).toMatchObject({ code: "ID_TOKEN_NOT_SUPPORTED" });
    expect(await isSignedIn(browser)).toBe(false);
  });
});

it("an ID token with several audiences is refused unless its azp names this client", async () => {
  for (const azp of [undefined, "another"]) {
    const browser = target.open();
    const state = await idp.begin(browser, "acme");
    idp.issue = async (payload) => idp.sign({ ...payload, aud: [clientId, "another"], azp });
    expect(await idp.finish(browser, "acme", state)).toBe(
      idp.refusedFor("unable_to_get_user_info"),
    );
  }
});

describe("an OAuth state", () => {
  it("is refused when the server never issued it", async () => {
    const browser = target.open();
    await idp.begin(browser, "google");
    expect(await idp.finish(browser, "google", "x".repeat(32))).toBe(
      idp.refusedFor("state_mismatch"),
    );
    expect(await isSignedIn(browser)).toBe(false);
  });

  it("is refused in another browser, even one with a sign-in of its own under way", async () => {
    const [mallory, ada] = [target.open(), target.open()];
    await idp.begin(ada, "google");
    const state = await idp.begin(mallory, "google");
    expect(await idp.finish(target.open(), "google", state)).toBe(idp.refusedFor("state_mismatch"));
    expect(await idp.finish(ada, "google", state)).toBe(idp.refusedFor("state_mismatch"));
    expect(await isSignedIn(ada)).toBe(false);
  });

  it("works once, even if its cookie is replayed concurrently", async () => {
    const browser = target.open();
    const state = await idp.begin(browser, "google");
    const headers = { cookie: cookiesOf(browser) };
    const answers = await Promise.all(
      Array.from({ length: 4 }, async () => idp.finish(target.open(), "google", state, headers)),
    );
    answers.push(await idp.finish(target.open(), "google", state, headers));
    expect(answers.filter((location) => location === target.consoleUrl)).toHaveLength(1);
    expect(answers.filter((location) => location === idp.refusedFor("invalid_code"))).toHaveLength(
      4,
    );
    const sessions =
      "SELECT count(*) AS n FROM session JOIN user ON user.id = user_id WHERE email = ?";
    expect(await idp.count(sessions, String(idp.claims["email"]))).toBe(1);
  });

  it("is refused after it has expired, even if the browser kept its cookie", async () => {
    const browser = target.open();
    const state = await idp.begin(browser, "google");
    // Better Auth's key for it; the cookie as it would be after eleven minutes.
    const salt = "better-auth:oauth-encryption:v1";
    const info = "better-auth:oauth-state-cookie:v1";
    const derived = Buffer.from(hkdfSync("sha256", target.secret, salt, info, 32)).toString("hex");
    const versioned = { keys: new Map([[1, derived]]), currentVersion: 1 };
    const [stateCookie] = stateCookies(browser);
    const sealed = decodeURIComponent(browser.cookies.get(stateCookie ?? "") ?? "");
    const opened = await symmetricDecrypt({ key: versioned, data: sealed });
    const old = { ...(JSON.parse(opened) as object), expiresAt: Date.now() - 60_000 };
    const data = JSON.stringify(old);
    browser.cookies.set(stateCookie ?? "", await symmetricEncrypt({ key: versioned, data }));
    expect(await idp.finish(browser, "google", state)).toBe(idp.refusedFor("state_mismatch"));
  });

  it("is kept in the browser: starting a sign-in writes no row", async () => {
    const rows = async () => idp.count("SELECT count(*) AS n FROM verification");
    const before = await rows();
    for (let asked = 0; asked < 5; asked += 1) await idp.begin(target.open(), "google");
    expect(await rows()).toBe(before);
  });

  it("cannot be tossed by a neighbouring host under any name that a browser lets it set", async () => {
    const mallory = target.open();
    const state = await idp.begin(mallory, "google");
    const [stateCookie] = stateCookies(mallory);
    const value = mallory.cookies.get(stateCookie ?? "") ?? "";
    expect(value).not.toBe("");
    const slot = (stateCookie ?? "").slice("__Host-better-auth.oauth_state".length);
    const plain = [
      "better-auth.oauth_state",
      "__Secure-better-auth.oauth_state",
      "\u00a0__Host-better-auth.oauth_state",
      "\u2000__Host-better-auth.oauth_state",
      "__Host-better-auth.oauth_state\ufeff",
      "\v__Host-better-auth.oauth_state",
      "=__Host-better-auth.oauth_state",
    ];
    for (const name of plain.flatMap((each) => [each, each.replace("_state", `_state${slot}`)])) {
      const answer = await callbackWith(`${name}=${value}`, state);
      expect(answer).toContain(idp.refusedFor("state_mismatch"));
      expect(answer).not.toContain("session_token=");
    }
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
