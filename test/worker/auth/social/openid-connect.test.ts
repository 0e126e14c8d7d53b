/** Whom the Worker believes when a provider of the owner's answers. A whole sign-in is test/browser/social.test.ts. */
import { eq } from "drizzle-orm";
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT, type JWTPayload } from "jose";
import { afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { user } from "../../../../src/worker/db/schema.ts";
import { authUrl, consoleUrl, database, openApp } from "../../browser.ts";

const issuer = "https://id.acme.example/realms/staff";
const credentials = { ACME_CLIENT_ID: "the-client", ACME_CLIENT_SECRET: "the-secret" };
const entry = { provider: "openid-connect", id: "acme", name: "Acme Staff", issuer } as const;

type Key = Awaited<ReturnType<typeof generateKeyPair>>["privateKey"];
let key: Key;
let strangersKey: Key;
let jwks: object;
/** What the provider answers; a test changes what it is about. */
let answers: Record<string, unknown>;
let tokenRequest: Request | undefined;

beforeAll(async () => {
  const pair = await generateKeyPair("ES256");
  key = pair.privateKey;
  strangersKey = (await generateKeyPair("ES256")).privateKey;
  jwks = { keys: [{ ...(await exportJWK(pair.publicKey)), alg: "ES256" }] };
});

beforeEach(() => {
  answers = {
    [`${issuer}/.well-known/openid-configuration`]: {
      issuer,
      authorization_endpoint: `${issuer}/authorize?tenant=staff`,
      token_endpoint: `${issuer}/token`,
      userinfo_endpoint: `${issuer}/userinfo`,
      jwks_uri: `${issuer}/keys`,
    },
    [`${issuer}/keys`]: jwks,
  };
  tokenRequest = undefined;
  vi.spyOn(console, "error").mockReturnValue();
  vi.stubGlobal("fetch", async (input: string | URL | Request, init?: RequestInit) => {
    const request = new Request(input, init);
    if (request.url === `${issuer}/token`) tokenRequest = request.clone();
    const answer = answers[request.url];
    return answer === undefined ? new Response(null, { status: 404 }) : Response.json(answer);
  });
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

let people = 0;

function claimsOf(nonce: string): JWTPayload {
  people += 1;
  const now = Math.floor(Date.now() / 1000);
  return {
    iss: issuer,
    aud: "the-client",
    sub: `staff-${people}`,
    iat: now,
    exp: now + 300,
    nonce,
    email: `staff-${people}@example.com`,
    email_verified: true,
    name: "Ada",
  };
}

const sign = async (claims: JWTPayload, by = key) =>
  new SignJWT(claims).setProtectedHeader({ alg: "ES256" }).sign(by);

/** A sign-in up to the callback, with the ID token that `issue` makes. */
async function signIn(
  issue: (claims: JWTPayload) => string | Promise<string>,
  query: Record<string, string> = {},
) {
  const browser = openApp({ socialProviders: [entry] }, credentials).open();
  const begun = await browser.post<{ url: string }>("/api/auth/sign-in/social", {
    provider: "acme",
    callbackURL: consoleUrl,
  });
  const asked = new URL(begun.body.url).searchParams;
  answers[`${issuer}/token`] = {
    access_token: "an-access-token",
    token_type: "Bearer",
    id_token: await issue(claimsOf(asked.get("nonce") ?? "")),
  };
  const callback = new URLSearchParams({
    code: "a-code",
    state: asked.get("state") ?? "",
    ...query,
  });
  const answer = await browser.get(`/api/auth/callback/acme?${callback.toString()}`);
  return { asked, browser, location: answer.headers.get("location") ?? "" };
}

it("believes an ID token that the issuer signed for this client and this sign-in", async () => {
  const { asked, browser, location } = await signIn((claims) => sign(claims));
  expect(new URL(location).origin).toBe(consoleUrl);
  expect((await browser.session()).user).toMatchObject({ name: "Ada", emailVerified: true });
  expect(asked.get("tenant")).toBe("staff");
  expect(asked.get("redirect_uri")).toBe(`${authUrl}/api/auth/callback/acme`);
  expect(tokenRequest?.headers.get("authorization")).toBe(`Basic ${btoa("the-client:the-secret")}`);
});

it.each(["authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri"])(
  "sends nothing to an %s without TLS",
  async (name) => {
    const discovery = `${issuer}/.well-known/openid-configuration`;
    answers[discovery] = { ...(answers[discovery] as object), [name]: "http://id.acme.example/x" };
    const browser = openApp({ socialProviders: [entry] }, credentials).open();
    const begun = await browser.post("/api/auth/sign-in/social", {
      provider: "acme",
      callbackURL: consoleUrl,
    });
    expect(begun).toMatchObject({ status: 503, body: { code: "PROVIDER_UNAVAILABLE" } });
  },
);

it("stores a provider's name without links, line breaks or characters that turn text", async () => {
  const name = "Ada\n\u202ESee https://evil.example/pay";
  const { browser } = await signIn((claims) => sign({ ...claims, name }));
  expect((await browser.session()).user).toMatchObject({ name: "Ada See https evil example pay" });
});

it.each<[string, (claims: JWTPayload) => string | Promise<string>]>([
  ["of another sign-in", (claims) => sign({ ...claims, nonce: "another" })],
  ["of no sign-in", (claims) => sign({ ...claims, nonce: undefined })],
  ["of another issuer", (claims) => sign({ ...claims, iss: "https://id.evil.example" })],
  ["for another client", (claims) => sign({ ...claims, aud: "another" })],
  [
    "for another client among several",
    (claims) => sign({ ...claims, aud: ["the-client", "another"], azp: "another" }),
  ],
  [
    "for several clients that names none",
    (claims) => sign({ ...claims, aud: ["the-client", "another"] }),
  ],
  ["that has expired", (claims) => sign({ ...claims, exp: Math.floor(Date.now() / 1000) - 60 })],
  ["that somebody else signed", (claims) => sign(claims, strangersKey)],
  ["that nobody signed", (claims) => new UnsecuredJWT(claims).encode()],
])("refuses an ID token %s", async (_, issue) => {
  const { browser, location } = await signIn(issue);
  expect(location).toBe(`${consoleUrl}/auth-error?error=unable_to_get_user_info`);
  expect(await browser.session()).toEqual({ session: null });
});

it("refuses an answer that names another issuer", async () => {
  const { location } = await signIn((claims) => sign(claims), { iss: "https://id.evil.example" });
  expect(location).toBe(`${consoleUrl}/auth-error?error=issuer_mismatch`);
  expect(tokenRequest).toBeUndefined();
});

it("asks the userinfo endpoint for an address that the ID token does not have", async () => {
  const { browser } = await signIn(({ email, email_verified, ...claims }) => {
    answers[`${issuer}/userinfo`] = { sub: claims.sub, email, email_verified };
    return sign(claims);
  });
  expect((await browser.session()).user).toMatchObject({ emailVerified: true });
});

it("refuses a userinfo answer for another user", async () => {
  const { location } = await signIn(({ email, email_verified, ...claims }) => {
    answers[`${issuer}/userinfo`] = { sub: "another", email, email_verified };
    return sign(claims);
  });
  expect(location).toBe(`${consoleUrl}/auth-error?error=unable_to_get_user_info`);
});

it.each([{ email_verified: false }, { email_verified: undefined }, { email_verified: "false" }])(
  "signs nobody in whose address the provider does not vouch for: $email_verified",
  async (claim) => {
    const { browser, location } = await signIn((claims) => sign({ ...claims, ...claim }));
    expect(location).toBe(`${consoleUrl}/auth-error?error=email_not_verified`);
    expect(await browser.session()).toEqual({ session: null });
  },
);

it("sends somebody who is banned to a page that says so", async () => {
  const { browser } = await signIn((claims) => sign(claims));
  const { id, email } = (await browser.session()).user;
  await database.update(user).set({ banned: true }).where(eq(user.id, id));
  const sub = `staff-${people}`;
  const { location } = await signIn((claims) => sign({ ...claims, sub, email }));
  expect(new URL(location).pathname).toBe("/auth-error");
  expect(new URL(location).searchParams.get("error")).toBe("BANNED_USER");
});

it("takes no ID token from a client: it would be bound to no sign-in", async () => {
  const browser = openApp({ socialProviders: [entry] }, credentials).open();
  const token = await sign(claimsOf("a-nonce"));
  const idToken = { token, nonce: "a-nonce" };
  const answer = await browser.post("/api/auth/sign-in/social", { provider: "acme", idToken });
  expect(answer.status).toBe(404);
  expect(answer.body).toMatchObject({ code: "ID_TOKEN_NOT_SUPPORTED" });
});

it.each([
  ["cannot be reached", undefined],
  ["names another issuer", { issuer: "https://id.evil.example" }],
])("says so when the provider %s", async (_, change) => {
  const url = `${issuer}/.well-known/openid-configuration`;
  answers[url] = change && { ...(answers[url] as object), ...change };
  const browser = openApp({ socialProviders: [entry] }, credentials).open();
  const answer = await browser.post("/api/auth/sign-in/social", { provider: "acme" });
  expect(answer.status).toBe(503);
  expect(answer.body).toMatchObject({ code: "PROVIDER_UNAVAILABLE" });
});

it("is offered under the owner's name for it, when it has its credentials", async () => {
  const path = "/api/auth/platform/sign-in-options";
  const on = await openApp({ socialProviders: [entry] }, credentials)
    .open()
    .get(path);
  expect(on.body).toMatchObject({ providers: ["acme"], providerNames: { acme: "Acme Staff" } });
  vi.spyOn(console, "warn").mockReturnValue();
  const { app, open } = openApp({ socialProviders: [entry] }, { ACME_CLIENT_ID: "the-client" });
  expect((await open().get(path)).body).toMatchObject({ providers: [], providerNames: {} });
  const health = await app.fetch(new Request(`${authUrl}/healthz`));
  expect(await health.json()).toMatchObject({
    socialProviders: { acme: "off: set ACME_CLIENT_SECRET" },
  });
});

it.each([
  [{ id: "Acme" }, /lower-case/],
  [{ id: "google" }, /taken/],
  [{ id: "credential" }, /taken/],
  [{ name: " " }, /name/],
  [{ issuer: "http://id.acme.example" }, /https/],
  [{ issuer: "https://id.acme.example/?a=b" }, /query/],
  [{ issuer: "id.acme.example" }, /https/],
])("tells the owner of a mistake: %o", (mistake, message) => {
  expect(() => openApp({ socialProviders: [{ ...entry, ...mistake }] })).toThrow(message);
  expect(() => openApp({ socialProviders: [entry, entry] })).toThrow(/two have the id/);
});
