/** Two platforms side by side: nothing that one of them issued works at the other. Attacked over HTTP, as deployed. */
import { createHmac } from "node:crypto";
import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from "jose";
import { beforeAll, expect, it } from "vitest";
import { localFetch } from "../../src/cli/local-fetch.ts";
import { newPlatformId, run, startWorld, type World } from "./world.ts";

const password = "tortoise velvet 41 orchards";

interface Platform {
  platformId: string;
  authUrl: string;
  claimToken: string;
  secret: string;
}

let world: World;
let one: Platform;
let other: Platform;

beforeAll(async () => {
  world = await startWorld();
  one = await newPlatform();
  other = await newPlatform();
  return async () => world.stop();
});

async function newPlatform(): Promise<Platform> {
  const platformId = newPlatformId();
  const { result, secrets } = await run(world, platformId);
  const [secret = ""] = secrets;
  const claimToken = new URL(result.claim?.url ?? "").hash.slice("#token=".length);
  return { platformId, authUrl: result.authUrl, claimToken, secret };
}

async function call(
  platform: Platform,
  path: string,
  cookie = "",
  body?: unknown,
  origin = platform.authUrl,
) {
  const answer = await localFetch(`${platform.authUrl}/api/auth${path}`, {
    method: body === undefined ? "GET" : "POST",
    headers: {
      ...(origin === "" ? {} : { Origin: origin }),
      ...(cookie === "" ? {} : { Cookie: cookie }),
      ...(body === undefined ? {} : { "Content-Type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return {
    status: answer.status,
    cookies: answer.headers.getSetCookie(),
    programToken: answer.headers.get("set-auth-token"),
    body: (text === "" ? null : JSON.parse(text)) as Record<string, unknown> | null,
  };
}

let admin: { cookie: string; setCookie: string; programToken: string | null };

beforeAll(async () => {
  const email = "admin@example.com";
  const account = { name: "Admin", email, password };
  const claimed = await call(one, "/platform/claim", "", { token: one.claimToken, account });
  expect(claimed.status).toBe(200);
  // Only programs, which have no origin, are handed a token.
  const { cookies, programToken } = await call(one, "/sign-in/email", "", { email, password }, "");
  const [setCookie = ""] = cookies;
  const cookie = cookies.map((line) => line.split(";")[0]).join("; ");
  admin = { setCookie, cookie, programToken };
});

it("a session cookie is sent to one platform's hosts only, and signs nobody in at the other", async () => {
  expect(admin.setCookie).toContain(`Domain=.${one.platformId}.nno.localhost`);
  expect((await call(one, "/session", admin.cookie)).body).toMatchObject({
    user: { role: "platform-admin" },
  });
  expect((await call(other, "/session", admin.cookie)).body).toEqual({ session: null });
  expect((await call(other, "/platform/tenants", admin.cookie)).status).toBe(401);
});

it("a program's token signs nobody in at the other", async () => {
  const ask = async (platform: Platform) => {
    const headers = { Authorization: `Bearer ${admin.programToken}` };
    return (await localFetch(`${platform.authUrl}/api/auth/get-session`, { headers })).json();
  };
  expect(await ask(one)).toMatchObject({ user: { role: "platform-admin" } });
  expect(await ask(other)).toBeNull();
});

it("a JWT verifies against its own platform's keys, issuer and audience, and against none of the other's", async () => {
  const { body } = await call(one, "/token", admin.cookie);
  const token = String(body?.["token"]);
  const keysOf = async (platform: Platform) =>
    createLocalJWKSet((await call(platform, "/jwks")).body as unknown as JSONWebKeySet);
  const expected = ({ authUrl, platformId }: Platform) => ({
    issuer: authUrl,
    audience: platformId,
  });
  await jwtVerify(token, await keysOf(one), expected(one));
  await expect(jwtVerify(token, await keysOf(other), expected(other))).rejects.toThrow();
  // Each of the three is enough to refuse it.
  await expect(jwtVerify(token, await keysOf(other))).rejects.toMatchObject({
    code: "ERR_JWKS_NO_MATCHING_KEY",
  });
  await expect(jwtVerify(token, await keysOf(one), expected(other))).rejects.toMatchObject({
    code: "ERR_JWT_CLAIM_VALIDATION_FAILED",
  });
  const headers = { Authorization: `Bearer ${token}` };
  const asBearer = await localFetch(`${other.authUrl}/api/auth/session`, { headers });
  expect(await asBearer.json()).toEqual({ session: null });
});

it("the other accepts nothing that is signed with the secret of one", async () => {
  expect(one.secret).not.toBe(other.secret);
  const [name = "", value = ""] = (admin.setCookie.split(";")[0] ?? "").split("=");
  const token = decodeURIComponent(value).split(".")[0] ?? "";
  const signedWith = (secret: string) => {
    const signature = createHmac("sha256", secret).update(token).digest("base64");
    return `${name}=${encodeURIComponent(`${token}.${signature}`)}`;
  };
  // A browser would have to send the binding, too.
  const read = async (platform: Platform, secret: string) =>
    (await call(platform, "/session", signedWith(secret), undefined, "")).body;
  // The forgery is sound: with its own secret, the platform accepts it.
  expect(await read(one, one.secret)).toHaveProperty("user");
  expect(await read(other, one.secret)).toEqual({ session: null });
  expect(await read(one, other.secret)).toEqual({ session: null });
});

it("a claim of one is refused by the other", async () => {
  const fresh = await newPlatform();
  const account = { name: "Eve", email: "eve@example.com", password };
  const refused = await call(other, "/platform/claim", "", { token: fresh.claimToken, account });
  expect(refused.status).toBe(403);
  const taken = await call(fresh, "/platform/claim", "", { token: fresh.claimToken, account });
  expect(taken.status).toBe(200);
});

it("the other does not know the users of one", async () => {
  const signIn = await call(other, "/sign-in/email", "", { email: "admin@example.com", password });
  expect(signIn.status).toBe(401);
});
