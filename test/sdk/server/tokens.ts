/** Tokens for tests: those of the real Worker, and those that an attacker would forge. */
import { exportJWK, generateKeyPair, SignJWT, type JSONWebKeySet, type JWTPayload } from "jose";
import type { AuthApp } from "../../../src/worker/app.ts";
import { authUrl, type Browser } from "../../worker/browser.ts";

export const platformId = "k3m9p2xw7q";

/** The Worker as a service binding: a stable object with the signature of the global `fetch`. */
export function serviceOf(app: AuthApp) {
  return {
    fetch: async (url: string, init?: RequestInit) => app.fetch(new Request(url, init)),
  };
}

export async function tokenOf(browser: Browser, query = ""): Promise<string> {
  const { body } = await browser.get<{ token: string }>(`/api/auth/token${query}`);
  return body.token;
}

export async function publishedKeys(browser: Browser): Promise<JSONWebKeySet> {
  return (await browser.get<JSONWebKeySet>("/api/auth/jwks")).body;
}

/** A signing key that the test owns, so that it can sign tokens that the Worker would never issue. */
export interface Signer {
  jwks: JSONWebKeySet;
  sign: (changes?: JWTPayload, header?: Record<string, unknown>) => Promise<string>;
  publicKey: CryptoKey;
}

export async function openSigner(kid = "test-key"): Promise<Signer> {
  const { privateKey, publicKey } = await generateKeyPair("EdDSA", { extractable: true });
  const jwks: JSONWebKeySet = { keys: [{ ...(await exportJWK(publicKey)), kid, alg: "EdDSA" }] };
  const sign = async (changes: JWTPayload = {}, header: Record<string, unknown> = {}) =>
    new SignJWT({ ...goodClaims(), ...changes })
      .setProtectedHeader({ alg: "EdDSA", kid, ...header })
      .sign(privateKey);
  return { jwks, sign, publicKey };
}

export function goodClaims(): JWTPayload {
  const now = Math.floor(Date.now() / 1000);
  return {
    iss: authUrl,
    aud: platformId,
    sub: "user-1",
    sid: "session-1",
    role: "user",
    iat: now,
    exp: now + 15 * 60,
  };
}

/** Splits a token into parts that a test can change. */
export function encode(value: unknown): string {
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}
