import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { readConfig } from "../../src/worker/config.ts";
import { secret } from "./browser.ts";

const whole = { PLATFORM_ID: "k3m9p2xw7q", BETTER_AUTH_SECRET: secret, DB: env.DB };

function config(bindings: Record<string, unknown> = {}) {
  const parsed = readConfig({ ...whole, ...bindings });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.config;
}

function problems(bindings: Record<string, unknown>) {
  const parsed = readConfig({ ...whole, ...bindings });
  return parsed.ok ? [] : parsed.problems.map(({ variable }) => variable);
}

it("needs a platformId, a secret and a database, and derives the rest", () => {
  expect(config()).toMatchObject({
    authUrl: "https://auth.svc.default.k3m9p2xw7q.nno.app",
    consoleUrl: "https://console.app.default.k3m9p2xw7q.nno.app",
    cookieDomain: ".k3m9p2xw7q.nno.app",
    trustedOrigins: [
      "https://*.k3m9p2xw7q.nno.app",
      "https://console.app.default.k3m9p2xw7q.nno.app",
    ],
    emailFrom: "no-reply@k3m9p2xw7q.nno.app",
  });
});

it("names every missing variable at once", () => {
  const parsed = readConfig({});
  expect(parsed).toEqual({
    ok: false,
    problems: expect.arrayContaining([
      { variable: "PLATFORM_ID", problem: "is missing" },
      { variable: "DB", problem: expect.stringContaining("bound") },
    ]) as unknown,
  });
  expect(problems({ BETTER_AUTH_SECRET: undefined })).toEqual(["BETTER_AUTH_SECRET"]);
});

it("takes a custom domain", () => {
  expect(
    config({
      AUTH_URL: "https://auth.example.com",
      CONSOLE_URL: "https://console.example.com",
      COOKIE_DOMAIN: ".example.com",
      TRUSTED_ORIGINS: "https://*.example.com, https://partner.example.org",
    }),
  ).toMatchObject({
    authUrl: "https://auth.example.com",
    cookieDomain: ".example.com",
    trustedOrigins: expect.arrayContaining([
      "https://*.example.com",
      "https://partner.example.org",
    ]) as unknown,
  });
});

it("takes a locally provisioned platform: http, a port, the same hosts under nno.localhost", () => {
  expect(
    config({
      ROOT_DOMAIN: "nno.localhost",
      AUTH_URL: "http://auth.svc.default.k3m9p2xw7q.nno.localhost:8790",
    }),
  ).toMatchObject({
    consoleUrl: "http://console.app.default.k3m9p2xw7q.nno.localhost:8790",
    cookieDomain: ".k3m9p2xw7q.nno.localhost",
    trustedOrigins: expect.arrayContaining(["http://*.k3m9p2xw7q.nno.localhost:8790"]) as unknown,
  });
});

it("keeps the cookie on localhost, and trusts every port of it", () => {
  const local = config({ AUTH_URL: "http://localhost:8787", CONSOLE_URL: "http://localhost:5173" });
  expect(local.cookieDomain).toBeUndefined();
  expect(local.trustedOrigins).toContain("http://localhost:*");
});

it("adds the first secret to a rotation that names the new one alone", () => {
  const newer = "n".repeat(32);
  expect(config({ BETTER_AUTH_SECRETS: `2:${newer}` }).secrets).toEqual([
    { version: 2, value: newer },
    { version: 1, value: secret },
  ]);
});

it("reads versioned secrets, the current one first", () => {
  const [older, newer] = ["o".repeat(32), "n".repeat(32)];
  expect(config({ BETTER_AUTH_SECRETS: `2:${newer},1:${older}` }).secrets).toEqual([
    { version: 2, value: newer },
    { version: 1, value: older },
  ]);
});

describe("refuses", () => {
  it.each<[string, Record<string, unknown>, string]>([
    ["a platformId that is not one", { PLATFORM_ID: "short" }, "PLATFORM_ID"],
    ["a platformId that is a number", { PLATFORM_ID: 5 }, "PLATFORM_ID"],
    [
      "a cookie domain above the root domain",
      { ROOT_DOMAIN: "eu.nno.app", COOKIE_DOMAIN: ".nno.app" },
      "COOKIE_DOMAIN",
    ],
    [
      "another platform's host and cookie domain",
      {
        AUTH_URL: "https://auth.svc.default.abcdefghij.nno.app",
        COOKIE_DOMAIN: ".abcdefghij.nno.app",
      },
      "COOKIE_DOMAIN",
    ],
    ["an empty secret", { BETTER_AUTH_SECRET: "" }, "BETTER_AUTH_SECRET"],
    ["a short secret", { BETTER_AUTH_SECRET: "x".repeat(31) }, "BETTER_AUTH_SECRET"],
    ["a short versioned secret", { BETTER_AUTH_SECRETS: "1:short" }, "BETTER_AUTH_SECRETS"],
    [
      "two secrets of one version",
      { BETTER_AUTH_SECRETS: `1:${secret},1:${secret}` },
      "BETTER_AUTH_SECRETS",
    ],
    ["http outside localhost", { AUTH_URL: "http://auth.example.com" }, "AUTH_URL"],
    ["an auth URL with a path", { AUTH_URL: "https://auth.example.com/x" }, "AUTH_URL"],
    ["an auth URL outside the cookie domain", { AUTH_URL: "https://auth.example.com" }, "AUTH_URL"],
    ["a cookie domain that other platforms share", { COOKIE_DOMAIN: ".nno.app" }, "COOKIE_DOMAIN"],
    ["a cookie domain without a dot", { COOKIE_DOMAIN: "k3m9p2xw7q.nno.app" }, "COOKIE_DOMAIN"],
    ["an origin without a scheme", { TRUSTED_ORIGINS: "*.example.com" }, "TRUSTED_ORIGINS"],
    ["every origin", { TRUSTED_ORIGINS: "https://*" }, "TRUSTED_ORIGINS"],
    ["every origin of a top-level domain", { TRUSTED_ORIGINS: "https://*.com" }, "TRUSTED_ORIGINS"],
    ["an http origin", { TRUSTED_ORIGINS: "http://app.example.com" }, "TRUSTED_ORIGINS"],
    ["a sender that is no address", { EMAIL_FROM: "nobody" }, "EMAIL_FROM"],
    ["a sender with a line break", { EMAIL_FROM: "a@b.c\r\nBcc: x@y.z" }, "EMAIL_FROM"],
    ["a database that is not bound", { DB: undefined }, "DB"],
  ])("%s", (_name, bindings, variable) => {
    expect(problems(bindings)).toEqual([variable]);
  });

  it("without repeating what was given", () => {
    const parsed = readConfig({
      ...whole,
      BETTER_AUTH_SECRET: "hunter2",
      AUTH_URL: "http://leak.me",
    });
    expect(JSON.stringify(parsed)).not.toMatch(/hunter2|leak\.me/);
  });
});
