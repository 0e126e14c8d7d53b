/** What an operator may choose. Everything that the Worker would refuse is refused before the first call. */
import { expect, it } from "vitest";
import { createCloudflare } from "../../src/provisioning/cloudflare/client.ts";
import { desire } from "../../src/provisioning/desired.ts";
import type { PlatformChoices } from "../../src/provisioning/choices.ts";
import { provision } from "../../src/provisioning/provision.ts";
import { readConfig } from "../../src/worker/config.ts";

const platformId = "k3m9p2xw7q";
const release = {
  tag: "1.0.0-abc",
  mainModule: "index.js",
  modules: [],
  compatibilityDate: "2026-11-01",
  compatibilityFlags: [],
  migrations: [],
};
const custom = { customDomain: "auth.example.com", cookieDomain: ".example.com" };
const long = "a-secret-of-32-characters-or-more";

const refused: [PlatformChoices, string][] = [
  [{ consoleUrl: "nonsense" }, "console URL"],
  [{ consoleUrl: "https://console.example.com/path" }, "console URL"],
  [{ consoleUrl: "http://console.example.com" }, "console URL"],
  [{ consoleUrl: "javascript:alert(1)" }, "console URL"],
  [{ emailFrom: "nobody" }, "sender"],
  [{ emailFrom: "one@example.com\r\nBcc: other@example.com" }, "sender"],
  [{ claimEmail: "nobody" }, "claim"],
  [{ claimEmail: "A <a@example.com>" }, "claim"],
  [{ ...custom, zoneName: "not a zone" }, "zone"],
  [{ ...custom, zoneName: "example.org" }, "zone"],
  [{ ...custom, zoneName: "ample.com" }, "zone"],
  [{ cookieDomain: ".example.com" }, "needs a custom domain"],
  [{ ...custom, cookieDomain: "example.com" }, "start with a dot"],
  [{ ...custom, cookieDomain: ".example.org" }, "inside the cookie domain"],
  [{ ...custom, cookieDomain: ".auth.example.com" }, "inside the cookie domain"],
  [{ customDomain: "auth.acme.nno.app", cookieDomain: ".nno.app" }, "other platforms"],
  [{ customDomain: "auth.acme.nno.app", zoneName: "nno.app" }, "other platforms"],
  [{ customDomain: "auth.aaaaaaaaaa.nno.app", cookieDomain: ".aaaaaaaaaa.nno.app" }, "other"],
  [{ customDomain: "acme.co.uk" }, "--cookie-domain"],
  ...[
    "DB",
    "EMAIL",
    "RATE_LIMITER",
    "PLATFORM_ID",
    "ROOT_DOMAIN",
    "RELEASE",
    "AUTH_URL",
    "CONSOLE_URL",
    "COOKIE_DOMAIN",
    "TRUSTED_ORIGINS",
    "EMAIL_FROM",
  ].map((name): [PlatformChoices, string] => [{ secrets: { [name]: long } }, name]),
  [{ secrets: { BETTER_AUTH_SECRET: "short" } }, "BETTER_AUTH_SECRET"],
  [{ secrets: { BETTER_AUTH_SECRETS: long } }, "BETTER_AUTH_SECRETS"],
  [{ secrets: { BETTER_AUTH_SECRETS: `2:${long},2:${long}` } }, "BETTER_AUTH_SECRETS"],
  [{ secrets: { BETTER_AUTH_SECRETS: `2:${long},1:short` } }, "BETTER_AUTH_SECRETS"],
];

it.each(refused)("refuses %j without a call", async (choices, words) => {
  const calls: unknown[] = [];
  const cloudflare = createCloudflare({
    accountId: "a",
    apiToken: "t",
    async fetch(input) {
      calls.push(input);
      throw new Error("no network here");
    },
  });
  await expect(provision({ platformId, release, cloudflare, ...choices })).rejects.toMatchObject({
    code: "input_invalid",
    state: "nothing was changed",
    message: expect.stringContaining(words),
  });
  expect(calls).toEqual([]);
});

it("never reveals a secret that it refuses", () => {
  const secrets = { BETTER_AUTH_SECRET: "hunter2" };
  expect(() => desire(platformId, release, { secrets })).toThrow(/^(?!.*hunter2)/);
});

it.each<PlatformChoices>([
  {},
  { consoleUrl: "https://console.example.com" },
  { consoleUrl: "https://console.example.com/" },
  { consoleUrl: "http://localhost:5173" },
  { emailFrom: "auth@example.com" },
  { emailFrom: "Auth <auth@example.com>", claimEmail: "admin@example.com" },
  custom,
  { customDomain: "auth.acme.co.uk", zoneName: "acme.co.uk" },
  { customDomain: `auth.${platformId}.nno.app`, cookieDomain: `.${platformId}.nno.app` },
  { secrets: { BETTER_AUTH_SECRET: long } },
  { secrets: { BETTER_AUTH_SECRETS: `2:${long},1:${long}` } },
])("accepts %j, and so does the Worker", (choices) => {
  const { variables } = desire(platformId, release, choices);
  const bindings = { BETTER_AUTH_SECRET: long, DB: { prepare() {} }, ...variables };
  expect(readConfig({ ...bindings, ...choices.secrets })).toMatchObject({ ok: true });
});

it("sets the cookies of a custom domain for its zone, never for the domain above it", () => {
  const zoneName = "acme.co.uk";
  expect(desire(platformId, release, { customDomain: "auth.acme.co.uk", zoneName })).toMatchObject({
    variables: {
      AUTH_URL: "https://auth.acme.co.uk",
      COOKIE_DOMAIN: ".acme.co.uk",
      TRUSTED_ORIGINS: "https://*.acme.co.uk",
    },
  });
});
