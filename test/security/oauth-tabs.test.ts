/** Sign-ins at providers that one browser has under way at once: each finishes, and all together stay small. */
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Browser } from "../people.ts";
import {
  isSignedIn,
  openIdentityProviders,
  providers,
  stateCookies,
  type IdentityProviders,
  type Provider,
} from "./identity-providers.ts";

let idp: IdentityProviders;

beforeAll(async () => {
  idp = await openIdentityProviders();
  return idp.target.stop;
});

beforeEach(() => idp.reset());

/** A tab that is at the provider. */
const begin = async (browser: Browser, provider: Provider, fields: object = {}) => {
  const state = await idp.begin(browser, provider, {}, "/sign-in/social", fields);
  const { claims } = idp;
  return {
    claims,
    state,
    finish: async () => {
      idp.claims = claims;
      return idp.finish(browser, provider, state);
    },
  };
};
const email = async (browser: Browser) => (await browser.session()).user.email;

describe.each(providers)("two tabs that begin at %s", (provider) => {
  it.each([
    ["in their order", [0, 1]],
    ["in the other order", [1, 0]],
  ])("both finish, %s", async (_, order) => {
    const browser = idp.target.open();
    const tabs = [
      await begin(browser, provider, { callbackURL: "/first" }),
      await begin(browser, provider, { callbackURL: "/second" }),
    ];
    for (const index of order) {
      const page = ["/first", "/second"][index];
      expect(await tabs[index]?.finish()).toBe(`${idp.target.consoleUrl}${page}`);
      expect(await email(browser)).toBe(tabs[index]?.claims["email"]);
    }
    expect(stateCookies(browser)).toEqual([]);
  });

  it("finish after the other was refused", async () => {
    const browser = idp.target.open();
    const [first, second] = [await begin(browser, provider), await begin(browser, provider)];
    const refused = await browser.get(
      `/api/auth/callback/${provider}?error=access_denied&state=${second.state}`,
    );
    expect(refused.headers.get("location")).toBe(idp.refusedFor("access_denied"));
    expect(await first.finish()).toBe(idp.target.consoleUrl);
  });
});

it("each works once", async () => {
  const browser = idp.target.open();
  const [first, second] = [await begin(browser, "google"), await begin(browser, "google")];
  expect(await first.finish()).toBe(idp.target.consoleUrl);
  expect(await first.finish()).toBe(idp.refusedFor("state_mismatch"));
  expect(await second.finish()).toBe(idp.target.consoleUrl);
});

it("a state of another browser is refused, whatever the cookies are called", async () => {
  const [ada, mallory] = [idp.target.open(), idp.target.open()];
  const [own, foreign] = [await begin(ada, "google"), await begin(mallory, "google")];
  const [name = ""] = stateCookies(ada);
  const [foreignName = ""] = stateCookies(mallory);
  // Ada's own cookie in the place of the one that Mallory's state asks for.
  ada.cookies.set(foreignName, ada.cookies.get(name) ?? "");
  idp.claims = foreign.claims;
  expect(await idp.finish(ada, "google", foreign.state)).toBe(idp.refusedFor("state_mismatch"));
  expect(await isSignedIn(ada)).toBe(false);
  expect(await own.finish()).toBe(idp.target.consoleUrl);
});

it("a browser keeps no more than four, the newest, and no more than 8 KiB of them", async () => {
  const browser = idp.target.open();
  const tabs = [];
  for (let count = 0; count < 7; count += 1) tabs.push(await begin(browser, "google"));
  expect(stateCookies(browser)).toHaveLength(4);
  expect(await tabs[0]?.finish()).toBe(idp.refusedFor("state_mismatch"));
  for (const tab of tabs.slice(-4)) expect(await tab.finish()).toBe(idp.target.consoleUrl);

  for (let count = 0; count < 5; count += 1) {
    await begin(browser, "google", { callbackURL: `/${"a".repeat(900)}` });
    const bytes = stateCookies(browser)
      .map((name) => name.length + (browser.cookies.get(name) ?? "").length)
      .reduce((sum, length) => sum + length, 0);
    expect(bytes).toBeLessThanOrEqual(8 * 1024);
  }
});

it("one whose pages do not fit into a cookie does not begin", async () => {
  const answer = await idp.target.open().post("/api/auth/sign-in/social", {
    provider: "google",
    callbackURL: `/${"a".repeat(3000)}`,
  });
  expect(answer).toMatchObject({ status: 400, body: { code: "TOO_LONG" } });
  expect(answer.headers.getSetCookie().join()).not.toContain("oauth_state");
});

it("a sign-out ends those under way, and the check of a session that is over does not", async () => {
  const person = await idp.target.enter();
  const tab = await begin(person.browser, "google");
  await idp.target.database.prepare("DELETE FROM session WHERE user_id = ?").bind(person.id).run();
  for (const path of ["/api/auth/session", "/api/auth/get-session?disableCookieCache=true"]) {
    await person.browser.get(path);
  }
  expect(await tab.finish()).toBe(idp.target.consoleUrl);
  const other = await begin(person.browser, "google");
  expect((await person.browser.post("/api/auth/sign-out")).status).toBe(200);
  expect(stateCookies(person.browser)).toEqual([]);
  expect(await other.finish()).toBe(idp.refusedFor("state_mismatch"));
});
