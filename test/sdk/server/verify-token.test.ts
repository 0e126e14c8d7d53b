import { exportSPKI, SignJWT, type JSONWebKeySet, type JWTPayload } from "jose";
import { describe, expect, it } from "vitest";
import { NnoTokenError, verifyToken } from "../../../src/sdk/server.ts";
import { authUrl, createTenant, openApp, signUp, signUpAdmin } from "../../worker/browser.ts";
import {
  encode,
  goodClaims,
  openSigner,
  platformId,
  publishedKeys,
  serviceOf,
  tokenOf,
} from "./tokens.ts";

const opened = openApp({ tokenAudiences: ["billing"] });

async function codeOf(verification: Promise<unknown>): Promise<string> {
  try {
    await verification;
  } catch (error) {
    if (error instanceof NnoTokenError) return error.code;
    throw error;
  }
  return "accepted";
}

describe("a token of the real Worker", () => {
  it("verifies with the published keys, and names the user, the tenant and the roles", async () => {
    const ada = await signUp(opened);
    const tenant = await createTenant(ada.browser, "sdk-verify");
    const { session } = await ada.browser.session();
    const claims = await verifyToken(await tokenOf(ada.browser), {
      authUrl,
      platformId,
      service: serviceOf(opened.app),
    });
    expect(claims).toEqual({
      iss: authUrl,
      aud: platformId,
      sub: ada.id,
      iat: expect.any(Number) as unknown,
      exp: claims.iat + 15 * 60,
      role: "user",
      sid: session.id,
      tenant: tenant.id,
      tenantRole: "owner",
    });
  });

  it("names the admin who impersonates", async () => {
    const [admin, ada] = [await signUpAdmin(opened), await signUp(opened)];
    await admin.browser.post("/api/auth/admin/impersonate-user", { userId: ada.id });
    const jwks = await publishedKeys(admin.browser);
    const claims = await verifyToken(await tokenOf(admin.browser), { authUrl, platformId, jwks });
    expect(claims).toMatchObject({ sub: ada.id, impersonatedBy: admin.id });
  });

  it("is not valid at a service that it was not issued for", async () => {
    const ada = await signUp(opened);
    const jwks = await publishedKeys(ada.browser);
    const billing = await tokenOf(ada.browser, "?audience=billing");
    expect((await verifyToken(billing, { authUrl, audience: "billing", jwks })).sub).toBe(ada.id);
    expect(await codeOf(verifyToken(billing, { authUrl, platformId, jwks }))).toBe(
      "token_audience_wrong",
    );
    const general = await tokenOf(ada.browser);
    expect(await codeOf(verifyToken(general, { authUrl, audience: "billing", jwks }))).toBe(
      "token_audience_wrong",
    );
  });

  it("is not valid on another platform, which has other keys", async () => {
    const ada = await signUp(opened);
    const { jwks } = await openSigner();
    const other = "https://auth.svc.default.zzzzzzzzzz.nno.app";
    const token = await tokenOf(ada.browser);
    expect(
      await codeOf(verifyToken(token, { authUrl: other, platformId: "zzzzzzzzzz", jwks })),
    ).toBe("token_key_unknown");
  });

  it("does not verify if a character of its claims or its signature is changed", async () => {
    const ada = await signUp(opened);
    const jwks = await publishedKeys(ada.browser);
    const [header = "", payload = "", signature = ""] = (await tokenOf(ada.browser)).split(".");
    const claims = JSON.parse(atob(payload)) as JWTPayload;
    const promoted = `${header}.${encode({ ...claims, role: "platform-admin" })}.${signature}`;
    const damaged = `${header}.${payload}.${signature.startsWith("A") ? "B" : "A"}${signature.slice(1)}`;
    for (const token of [promoted, damaged]) {
      expect(await codeOf(verifyToken(token, { authUrl, platformId, jwks }))).toBe(
        "token_signature_invalid",
      );
    }
  });
});

describe("refuses", () => {
  it.each([
    ["an expired token", { exp: Math.floor(Date.now() / 1000) - 60 }, "token_expired"],
    [
      "a token that is not valid yet",
      { nbf: Math.floor(Date.now() / 1000) + 60 },
      "token_not_yet_valid",
    ],
    [
      "another issuer",
      { iss: "https://auth.svc.default.zzzzzzzzzz.nno.app" },
      "token_issuer_wrong",
    ],
    ["another audience", { aud: "zzzzzzzzzz" }, "token_audience_wrong"],
    ["several audiences", { aud: [platformId, "zzzzzzzzzz"] }, "token_claims_invalid"],
    ["no expiry", { exp: undefined }, "token_claims_invalid"],
    ["no subject", { sub: undefined }, "token_claims_invalid"],
    ["no issuer", { iss: undefined }, "token_claims_invalid"],
    ["no session", { sid: undefined }, "token_claims_invalid"],
    ["a role that is not a string", { role: ["platform-admin"] }, "token_claims_invalid"],
    ["a tenant that is not a string", { tenant: { id: "t" } }, "token_claims_invalid"],
  ])("%s", async (_, changes, code) => {
    const { jwks, sign } = await openSigner();
    // JSON drops members that are undefined, as in a real token.
    const token = await sign(changes as JWTPayload);
    expect(await codeOf(verifyToken(token, { authUrl, platformId, jwks }))).toBe(code);
  });

  it("alg none", async () => {
    const { jwks } = await openSigner();
    const header = { alg: "none", kid: "test-key" };
    const token = `${encode(header)}.${encode(goodClaims())}.`;
    const code = await codeOf(verifyToken(token, { authUrl, platformId, jwks }));
    expect(code).toBe("token_algorithm_refused");
  });

  it("a MAC that was made with the public key (key confusion)", async () => {
    const { jwks, publicKey } = await openSigner();
    const secrets = [
      new TextEncoder().encode(await exportSPKI(publicKey)),
      new TextEncoder().encode(jwks.keys[0]?.x),
      new TextEncoder().encode(JSON.stringify(jwks.keys[0])),
    ];
    for (const secret of secrets) {
      const token = await new SignJWT(goodClaims())
        .setProtectedHeader({ alg: "HS256", kid: "test-key" })
        .sign(secret);
      const code = await codeOf(verifyToken(token, { authUrl, platformId, jwks }));
      expect(code).toBe("token_algorithm_refused");
    }
  });

  it("an unpublished key, also under the id of a published one", async () => {
    const [platform, attacker] = [await openSigner("published"), await openSigner("foreign")];
    const { jwks } = platform;
    expect(await codeOf(verifyToken(await attacker.sign(), { authUrl, platformId, jwks }))).toBe(
      "token_key_unknown",
    );
    const renamed = await attacker.sign({}, { kid: "published" });
    expect(await codeOf(verifyToken(renamed, { authUrl, platformId, jwks }))).toBe(
      "token_signature_invalid",
    );
  });

  it("a key that the token itself provides (jwk, jku)", async () => {
    const [{ jwks }, attacker] = [await openSigner("published"), await openSigner()];
    const [jwk] = attacker.jwks.keys;
    for (const header of [
      { kid: "published", jwk },
      { kid: "published", jku: "https://attacker.example/jwks" },
    ]) {
      const token = await attacker.sign({}, header);
      expect(await codeOf(verifyToken(token, { authUrl, platformId, jwks }))).toBe(
        "token_signature_invalid",
      );
    }
  });

  it("a string that is not a token", async () => {
    const { jwks } = await openSigner();
    for (const text of ["", "a", "a.b.c", "....", `${encode({ alg: "EdDSA" })}.e30.`]) {
      const code = await codeOf(verifyToken(text, { authUrl, platformId, jwks }));
      expect(["token_malformed", "token_signature_invalid"]).toContain(code);
    }
  });
});

it("tolerates clocks that differ, up to the given limit", async () => {
  const { jwks, sign } = await openSigner();
  const token = await sign({ exp: Math.floor(Date.now() / 1000) - 20 });
  const options = { authUrl, platformId, jwks };
  expect(await codeOf(verifyToken(token, options))).toBe("token_expired");
  expect(await codeOf(verifyToken(token, { ...options, clockToleranceSeconds: 30 }))).toBe(
    "accepted",
  );
});

it("refuses to verify without an audience", async () => {
  const { jwks, sign } = await openSigner();
  const token = await sign({ aud: "somebody-else" });
  for (const audience of [undefined, ""]) {
    const options = { authUrl, audience: audience as string, jwks };
    await expect(verifyToken(token, options)).rejects.toThrow(TypeError);
  }
});

it("throws a TypeError for keys that are not a key set, as for its other options", async () => {
  const { sign } = await openSigner();
  const jwks = { keys: "none" } as unknown as JSONWebKeySet;
  const verified = verifyToken(await sign(), { authUrl, platformId, jwks });
  await expect(verified).rejects.toThrow(/jwks.*Key Set/);
  await expect(verified).rejects.toBeInstanceOf(TypeError);
});

describe("the published keys", () => {
  function openService(answer: () => Response | Promise<Response>) {
    const asked: string[] = [];
    const fetch = async (url: string) => {
      asked.push(url);
      return answer();
    };
    return { asked, service: { fetch } };
  }

  it("are fetched once for many tokens", async () => {
    const { jwks, sign } = await openSigner();
    const { asked, service } = openService(() => Response.json(jwks));
    const options = { authUrl, platformId, service };
    for (let index = 0; index < 5; index += 1) await verifyToken(await sign(), options);
    expect(asked).toEqual([`${authUrl}/api/auth/jwks`]);
  });

  it("are not fetched again for every forged key id", async () => {
    const { jwks, sign } = await openSigner();
    const { asked, service } = openService(() => Response.json(jwks));
    const options = { authUrl, platformId, service };
    for (let index = 0; index < 5; index += 1) {
      const forged = await sign({}, { kid: `forged-${index}` });
      expect(await codeOf(verifyToken(forged, options))).toBe("token_key_unknown");
    }
    expect(asked).toHaveLength(1);
  });

  it("cause keys_unavailable while the auth Worker is down, and are fetched as soon as it is back", async () => {
    const { jwks, sign } = await openSigner();
    const answers = [
      () => new Response("down", { status: 503 }),
      () => Promise.reject(new TypeError("connection refused")),
      () => new Response("<html>"),
      () => Response.json(jwks),
    ];
    const { service } = openService(() => (answers.shift() ?? (() => Response.error()))());
    const options = { authUrl, platformId, service };
    const token = await sign();
    for (let index = 0; index < 3; index += 1) {
      expect(await codeOf(verifyToken(token, options))).toBe("keys_unavailable");
    }
    expect((await verifyToken(token, options)).sub).toBe("user-1");
  });
});
