import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from "jose";
import { eq } from "drizzle-orm";
import { expect, it } from "vitest";
import { jwks } from "../../../../src/worker/db/schema.ts";
import {
  authUrl,
  bearerOf,
  type Browser,
  createTenant,
  database,
  openApp,
  enter,
  enterAdmin,
  secret,
} from "../../browser.ts";

const opened = openApp({ tokenAudiences: ["billing"] });

async function keys(browser: Browser) {
  const { body } = await browser.get<JSONWebKeySet>("/api/auth/jwks");
  return createLocalJWKSet(body);
}

async function token(browser: Browser, query = "") {
  const { status, body } = await browser.get<{ token: string }>(`/api/auth/token${query}`);
  expect(status).toBe(200);
  return body.token;
}

it("verifies against the published keys and says who, in which tenant, as what", async () => {
  const ada = await enter(opened);
  const tenant = await createTenant(ada.browser, "token");
  const { session } = await ada.browser.session();
  const { payload, protectedHeader } = await jwtVerify(
    await token(ada.browser),
    await keys(ada.browser),
    { issuer: authUrl, audience: "k3m9p2xw7q" },
  );
  expect(protectedHeader).toMatchObject({ alg: "EdDSA", kid: expect.any(String) as unknown });
  expect(payload).toEqual({
    iss: authUrl,
    aud: "k3m9p2xw7q",
    sub: ada.id,
    iat: expect.any(Number) as unknown,
    exp: (payload.iat ?? 0) + 15 * 60,
    role: "user",
    sid: session.id,
    tenant: tenant.id,
    tenantRole: "owner",
  });
});

it("has one key, however many ask for the first at once, and one more once that is to be replaced", async () => {
  const ada = await enter(opened);
  await database.delete(jwks);
  const six = async () => {
    const asking = Array.from({ length: 6 }, async () =>
      ada.browser.get<JSONWebKeySet>("/api/auth/jwks"),
    );
    const tokens = Array.from({ length: 6 }, async () => token(ada.browser));
    const [answers] = await Promise.all([Promise.all(asking), Promise.all(tokens)]);
    for (const { body } of answers) expect(body.keys.length).toBeGreaterThan(0);
    return (await database.select().from(jwks)).length;
  };
  expect(await six()).toBe(1);
  await database.update(jwks).set({ expiresAt: new Date(Date.now() - 1) });
  expect(await six()).toBe(2);
});

it("is for the service that was asked for, if it is configured", async () => {
  const ada = await enter(opened);
  const { payload } = await jwtVerify(
    await token(ada.browser, "?audience=billing"),
    await keys(ada.browser),
    { audience: "billing" },
  );
  expect(payload.aud).toBe("billing");
  const unknown = await ada.browser.get("/api/auth/token?audience=payroll");
  expect(unknown.status).toBe(400);
  expect(unknown.body["code"]).toBe("UNKNOWN_AUDIENCE");
});

it("names no tenant after the membership has ended", async () => {
  const ada = await enter(opened);
  const tenant = await createTenant(ada.browser, "token-ended");
  await ada.browser.post("/api/auth/organization/delete", { organizationId: tenant.id });
  const { payload } = await jwtVerify(await token(ada.browser), await keys(ada.browser));
  expect(payload).not.toHaveProperty("tenant");
  expect(payload).not.toHaveProperty("tenantRole");
});

it("names the admin who impersonates", async () => {
  const [admin, ada] = [await enterAdmin(opened), await enter(opened)];
  await admin.browser.post("/api/auth/admin/impersonate-user", { userId: ada.id });
  const { payload } = await jwtVerify(await token(admin.browser), await keys(admin.browser));
  expect(payload).toMatchObject({ sub: ada.id, role: "user", impersonatedBy: admin.id });
});

it("is refused to nobody", async () => {
  expect((await opened.open().get("/api/auth/token")).status).toBe(401);
});

it("is not added to session checks", async () => {
  const ada = await enter(opened);
  const { headers } = await ada.browser.get("/api/auth/get-session");
  expect(headers.get("set-auth-jwt")).toBeNull();
});

it("is signed by a new key once the old one is past its interval, and the old one stays published", async () => {
  const ada = await enter(opened);
  const first = await token(ada.browser);
  await database.update(jwks).set({ expiresAt: new Date(Date.now() - 1000) });
  const second = await token(ada.browser);
  const kid = (jwt: string) => JSON.parse(atob(jwt.split(".")[0] ?? "")) as { kid: string };
  expect(kid(second)).not.toEqual(kid(first));
  const published = await keys(ada.browser);
  await jwtVerify(first, published);
  await jwtVerify(second, published);
  const [row] = await database
    .select()
    .from(jwks)
    .where(eq(jwks.id, kid(second).kid));
  const days = ((row?.expiresAt?.getTime() ?? 0) - Date.now()) / (24 * 60 * 60 * 1000);
  expect(Math.round(days)).toBe(30);
  expect(row?.privateKey).not.toContain('"d"');
});

it("publishes its keys for caches, public halves alone", async () => {
  const { headers, body } = await opened.open().get<JSONWebKeySet>("/api/auth/jwks");
  expect(headers.get("cache-control")).toBe("public, max-age=300");
  for (const key of body.keys) expect(key).not.toHaveProperty("d");
});

it("accepts a program's token, and neither the session cookie nor the bare token of the session's row", async () => {
  const ada = await enter(opened);
  const [cookie = ""] = [...ada.browser.cookies.values()];
  const signed = { authorization: await bearerOf(ada.browser, secret) };
  const answer = await opened
    .open()
    .get<{ user: { email: string } }>("/api/auth/get-session", signed);
  expect(answer.body.user.email).toBe(ada.email);
  for (const other of [decodeURIComponent(cookie), cookie, cookie.split(".")[0]]) {
    const authorization = `Bearer ${other}`;
    expect((await opened.open().get("/api/auth/get-session", { authorization })).body).toBeNull();
  }
});
