/**
 * A path that a request names as its next page is a page of the console, by every door, and a request that names none leads
 * to the console as well: the auth host has no pages.
 */
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { linkIn, newEmail, password, type Browser } from "../people.ts";
import { openIdentityProviders, providers, type IdentityProviders } from "./identity-providers.ts";
import type { Target } from "./target.ts";

let idp: IdentityProviders;
let target: Target;

beforeAll(async () => {
  idp = await openIdentityProviders();
  ({ target } = idp);
  return target.stop;
});

beforeEach(() => idp.reset());

/** The origin and path where a browser ends that is sent to `location` by the auth host. */
const destination = (location: string | null) => {
  const { origin, pathname, search } = new URL(location ?? "none", target.authUrl);
  return { origin, page: pathname + search };
};
const atConsole = (page: string) => ({ origin: target.consoleUrl, page });
/** Follows a link to the auth host as a browser does. */
const follow = async (browser: Browser, { origin, pathname, search, href }: URL) => {
  if (origin !== target.authUrl) return destination(href);
  return destination((await browser.get(pathname + search)).headers.get("location"));
};

describe.each(providers)("a sign-in at %s", (provider) => {
  it.each([
    [{ callbackURL: "/dashboard?tab=1" }, "/dashboard?tab=1"],
    [{}, "/"],
    [{ callbackURL: "" }, "/"],
    [{ callbackURL: "/dashboard", newUserCallbackURL: "/welcome" }, "/welcome"],
  ])("with %j leads to the console", async (fields, page) => {
    const browser = target.open();
    const state = await idp.begin(browser, provider, {}, "/sign-in/social", {
      callbackURL: undefined,
      ...fields,
    });
    expect(destination(await idp.finish(browser, provider, state))).toEqual(atConsole(page));
  });

  it("leads to the console with what went wrong", async () => {
    const browser = target.open();
    const state = await idp.begin(browser, provider, {}, "/sign-in/social", {
      errorCallbackURL: "/x",
    });
    const back = await browser.get(`/api/auth/callback/${provider}?error=denied&state=${state}`);
    expect(destination(back.headers.get("location"))).toEqual(atConsole("/x?error=denied"));
  });

  it("of an address that is to be confirmed leads to the console from the mail", async () => {
    const browser = target.open();
    const email = newEmail();
    const state = await idp.begin(
      browser,
      provider,
      { email, email_verified: false },
      "/sign-in/social",
      { callbackURL: undefined },
    );
    await idp.finish(browser, provider, state);
    const link = linkIn(await target.mailTo(email, "Confirm"));
    expect(link.origin + link.pathname).toBe(`${target.consoleUrl}/verify-email`);
  });
});

it.each([
  [{ callbackURL: "/profile" }, "/profile"],
  [{}, "/"],
])("a connection to a provider with %j leads to the console", async (fields, page) => {
  const ada = await target.enter();
  const state = await idp.begin(ada.browser, "acme", { email: ada.email }, "/link-social", {
    callbackURL: undefined,
    ...fields,
  });
  expect(destination(await idp.finish(ada.browser, "acme", state))).toEqual(atConsole(page));
});

describe("a reset of a password", () => {
  it.each([{ redirectTo: "/reset-password" }, { redirectTo: "" }, {}])(
    "with %j leads to the console",
    async (fields) => {
      const ada = await target.enter();
      await target.open().post("/api/auth/request-password-reset", { email: ada.email, ...fields });
      const link = linkIn(await target.mailTo(ada.email, "Reset"));
      const { origin, page } = await follow(target.open(), link);
      expect(origin).toBe(target.consoleUrl);
      expect(page).toMatch(/^\/reset-password\?token=\w+$/);
    },
  );

  it.each(["", "?callbackURL=", "?callbackURL=%2Freset-password"])(
    "by a link that is over leads to the console: %s",
    async (query) => {
      const { headers } = await target.open().get(`/api/auth/reset-password/none${query}`);
      expect(destination(headers.get("location"))).toEqual(
        atConsole("/reset-password?error=INVALID_TOKEN"),
      );
    },
  );
});

describe("a confirmation of an address", () => {
  it.each([{ callbackURL: "/welcome?a=1" }, {}])("with %j leads to the console", async (fields) => {
    const email = newEmail();
    await target
      .open()
      .post("/api/auth/sign-up/email", { name: "Ada", email, password, ...fields });
    const link = linkIn(await target.mailTo(email, "Confirm"));
    expect(link.origin + link.pathname).toBe(`${target.consoleUrl}/verify-email`);
    expect(link.searchParams.get("callbackURL")).toBe(fields.callbackURL ?? null);
    // The console's page calls the route with what the link says.
    const { headers } = await target.open().get(`/api/auth/verify-email${link.search}`);
    if (fields.callbackURL === undefined) return;
    expect(destination(headers.get("location"))).toEqual(atConsole(fields.callbackURL));
  });

  it("by a link that is wrong leads to the console", async () => {
    const { headers } = await target
      .open()
      .get("/api/auth/verify-email?token=none&callbackURL=%2Fwelcome");
    expect(destination(headers.get("location"))).toEqual(atConsole("/welcome?error=INVALID_TOKEN"));
  });
});

it("a change of address leads to the console", async () => {
  const ada = await target.enter();
  const newEmailAddress = newEmail();
  const changed = await ada.browser.post("/api/auth/change-email", {
    newEmail: newEmailAddress,
    callbackURL: "/profile",
  });
  expect(changed.status).toBe(200);
  const link = linkIn(await target.mailTo(ada.email, "Confirm"));
  expect(link.origin + link.pathname).toBe(`${target.consoleUrl}/verify-email`);
  const { headers } = await ada.browser.get(`/api/auth/verify-email${link.search}`);
  expect(destination(headers.get("location"))).toEqual(atConsole("/profile"));
  const second = linkIn(await target.mailTo(newEmailAddress, "Confirm"));
  expect(second.searchParams.get("callbackURL")).toBe("/profile");
});

it("a sign-in by password hands a path back to the page that called", async () => {
  const ada = await target.signUp();
  const answer = await target.open().post("/api/auth/sign-in/email", {
    email: ada.email,
    password,
    callbackURL: "/cart",
  });
  expect(answer.body["url"]).toBe("/cart");
});
