/** What a thief or a neighbour makes of a platform's real token, shown to a Worker that verifies with the sdk. */
import { createHmac, createPublicKey } from "node:crypto";
import { exportJWK, generateKeyPair, SignJWT, type JSONWebKeySet } from "jose";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { NnoTokenError, verifyToken } from "@neutrino-io/sdk/server";
import type { Person } from "../people.ts";
import { startTarget, type Target } from "./target.ts";

let target: Target;
let neighbour: Target;
let ada: Person;
let token: string;
let keys: JSONWebKeySet;

beforeAll(async () => {
  [target, neighbour] = await Promise.all([
    startTarget(),
    startTarget({ platformId: "a1b2c3d4e5" }),
  ]);
  ada = await target.signUp();
  ({ token } = (await ada.browser.get<{ token: string }>("/api/auth/token")).body);
  keys = await publishedBy(target);
  return async () => Promise.all([target.stop(), neighbour.stop()]);
});

afterEach(() => {
  vi.useRealTimers();
});

const publishedBy = async ({ open }: Target) =>
  (await open().get<JSONWebKeySet>("/api/auth/jwks")).body;

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
const decode = (part = "") =>
  JSON.parse(Buffer.from(part, "base64url").toString()) as Record<string, unknown>;
const parts = () => {
  const [header, claims, signature = ""] = token.split(".");
  return { header: decode(header), claims: decode(claims), signature };
};

const verify = async (
  shown: string,
  { authUrl } = target,
  jwks = keys,
  platformId = "k3m9p2xw7q",
) => verifyToken(shown, { authUrl, platformId, jwks });

const expectRefused = async (shown: string, code: RegExp) => {
  const refusal = await verify(shown).then(
    () => "accepted",
    (error: unknown) => (error instanceof NnoTokenError ? error.code : String(error)),
  );
  expect(refusal).toMatch(code);
};

it("is accepted as it was given", async () => {
  expect((await verify(token)).sub).toBe(ada.id);
});

describe("is refused", () => {
  it.each(["none", "None", "NONE", "nOnE", ""])(
    "with alg %o, with and without its signature",
    async (alg) => {
      const { header, claims, signature } = parts();
      const admin = { ...claims, role: "platform-admin" };
      for (const end of ["", signature]) {
        await expectRefused(
          `${encode({ ...header, alg })}.${encode(admin)}.${end}`,
          /^token_(malformed|algorithm_refused|signature_invalid)$/,
        );
      }
    },
  );

  it.each(["HS256", "HS384", "HS512"])(
    "with a MAC whose key is the public key (%s)",
    async (alg) => {
      const { header, claims } = parts();
      const [jwk] = keys.keys;
      const pem = createPublicKey({ key: { ...jwk }, format: "jwk" }).export({
        type: "spki",
        format: "pem",
      });
      const secrets = [JSON.stringify(jwk), JSON.stringify(keys), jwk?.x ?? "", pem];
      const signed = `${encode({ ...header, alg })}.${encode({ ...claims, role: "platform-admin" })}`;
      for (const secret of [...secrets, Buffer.from(jwk?.x ?? "", "base64url")]) {
        const mac = createHmac(alg.replace("HS", "sha"), secret).update(signed).digest("base64url");
        await expectRefused(`${signed}.${mac}`, /^token_(algorithm_refused|signature_invalid)$/);
      }
    },
  );

  it("signed by another key: under its own id, the platform's, none, and one that the token brings", async () => {
    const { header, claims } = parts();
    const own = await generateKeyPair("EdDSA", { extractable: true });
    const jwk = await exportJWK(own.publicKey);
    const kids = [header["kid"] as string, "foreign", "", "../../etc/passwd", undefined];
    for (const kid of kids) {
      for (const extra of [
        {},
        { jwk },
        { jku: "https://evil.com/jwks" },
        { x5u: "https://evil.com" },
      ]) {
        const forged = await new SignJWT({ ...claims, role: "platform-admin" })
          .setProtectedHeader({ alg: "EdDSA", ...(kid === undefined ? {} : { kid }), ...extra })
          .sign(own.privateKey);
        await expectRefused(forged, /^token_(key_unknown|signature_invalid)$/);
      }
    }
  });

  it("with other claims under its signature", async () => {
    const { header, claims, signature } = parts();
    for (const change of [
      { role: "platform-admin" },
      { sub: "another" },
      { exp: 4102444800 },
      { aud: "a1b2c3d4e5" },
    ]) {
      const shown = `${encode(header)}.${encode({ ...claims, ...change })}.${signature}`;
      await expectRefused(shown, /^token_signature_invalid$/);
    }
  });

  it("once its 15 minutes are over", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 16 * 60 * 1000 });
    await expectRefused(token, /^token_expired$/);
  });

  it("by the platform next door, by its audience, issuer and keys alike", async () => {
    const foreign = await publishedBy(neighbour);
    const attempts = [
      async () => verify(token, neighbour, foreign, "a1b2c3d4e5"),
      async () => verify(token, neighbour, keys, "a1b2c3d4e5"),
      async () => verify(token, target, keys, "a1b2c3d4e5"),
      async () => verify(token, target, foreign),
    ];
    for (const attempt of attempts) await expect(attempt()).rejects.toThrow(NnoTokenError);
  });

  it("as a session, by either platform", async () => {
    for (const { open } of [target, neighbour]) {
      for (const headers of [
        { authorization: `Bearer ${token}` },
        { cookie: `__Secure-better-auth.session_token=${token}` },
      ]) {
        const { body } = await open().get("/api/auth/session", headers);
        expect(body).toEqual({ session: null });
      }
    }
  });
});
