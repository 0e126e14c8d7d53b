/** One rule for addresses and names, at every door that takes one. */
import { beforeAll, describe, expect, it } from "vitest";
import { linkIn, newEmail, password, type Person } from "../people.ts";
import { isSignedIn, openIdentityProviders, type IdentityProviders } from "./identity-providers.ts";
import type { Target } from "./target.ts";

let idp: IdentityProviders;
let target: Target;
let owner: Person;
let admin: Person;
let organizationId: string;

beforeAll(async () => {
  idp = await openIdentityProviders();
  ({ target } = idp);
  [owner, admin] = await Promise.all([target.enter(), target.enterAdmin()]);
  const created = await owner.browser.post<{ id: string }>("/api/auth/organization/create", {
    name: "Addresses",
    slug: "addresses",
  });
  organizationId = created.body.id;
  return target.stop;
});

let counted = 0;
/** An address of its own for each door. */
const unique = (address: string) => {
  counted += 1;
  return address.replace("@", `${counted}@`);
};

/** The doors that take an address in a form. Each answers whether it took it. */
const doors: [string, (email: string) => Promise<number>][] = [
  [
    "sign-up",
    async (email) =>
      (await target.open().post("/api/auth/sign-up/email", { name: "Ada", email, password }))
        .status,
  ],
  [
    "sign-in",
    async (email) =>
      (await target.open().post("/api/auth/sign-in/email", { email, password: "wrong password 1" }))
        .status,
  ],
  [
    "reset",
    async (email) =>
      (await target.open().post("/api/auth/request-password-reset", { email })).status,
  ],
  [
    "confirmation",
    async (email) =>
      (await target.open().post("/api/auth/send-verification-email", { email })).status,
  ],
  [
    "change of address",
    async (email) =>
      (await (await target.enter()).browser.post("/api/auth/change-email", { newEmail: email }))
        .status,
  ],
  [
    "invitation",
    async (email) =>
      (
        await owner.browser.post("/api/auth/organization/invite-member", {
          email,
          role: "member",
          organizationId,
        })
      ).status,
  ],
  [
    "invitation by a platform admin",
    async (email) =>
      (
        await admin.browser.post(`/api/auth/platform/tenants/${organizationId}/invitations`, {
          email,
          role: "member",
        })
      ).status,
  ],
  [
    "user made by an admin",
    async (email) =>
      (await admin.browser.post("/api/auth/admin/create-user", { name: "Ada", email, password }))
        .status,
  ],
  [
    "user changed by an admin",
    async (email) => {
      const { id } = await target.enter();
      const body = { userId: id, data: { email } };
      return (await admin.browser.post("/api/auth/admin/update-user", body)).status;
    },
  ],
];

const good = [
  "r&d@example.com",
  "o'leary@example.com",
  "jürgen@example.com",
  "info!#$%*/=?^_`{|}~@example.com",
  "ada@münchen.example",
  "用户@例子.example",
  "अदा@example.com",
];
const bad = [
  "not-an-email",
  "ada@localhost",
  "ada@-a.com",
  "ada@a..com",
  "ada lovelace@example.com",
  " ada@example.com",
  "ada@example.com ",
  "ada@exa mple.com",
  "<ada@example.com>",
  "ada@example.com,eve@example.com",
  "ada@example.com\nBcc: eve@example.com",
  '"ada"@example.com',
  "ada@[127.0.0.1]",
  `${"a".repeat(65)}@example.com`,
  `a@${"b".repeat(60)}.${"c".repeat(60)}.${"d".repeat(60)}.${"e".repeat(60)}.${"f".repeat(20)}`,
  // It becomes an ASCII letter when it is made lower-case, and so somebody else's address.
  "\u212Aate@example.com",
  "ada@example.\u212Aom",
  "\uFF41da@example.com",
  // Two spellings of one letter would be two accounts.
  "ju\u0308rgen@example.com",
  "ada\u202E@example.com",
  "ada\u200B@example.com",
];

describe.each(doors)("%s", (door, ask) => {
  it("takes every address that HTML does, and Unicode", async () => {
    for (const address of good) {
      const status = await ask(unique(address));
      expect([door, address, status]).toEqual([door, address, door === "sign-in" ? 401 : 200]);
    }
  });

  it("takes nothing else", async () => {
    for (const address of bad) {
      expect([door, address, await ask(address)]).toEqual([door, address, 400]);
    }
  });
});

it("an address with Unicode signs up, is mailed, and signs in", async () => {
  const email = unique("jürgen@example.com");
  const browser = target.open();
  await browser.post("/api/auth/sign-up/email", { name: "Jürgen", email, password });
  const link = linkIn(await target.mailTo(email, "Confirm"));
  await browser.get(`/api/auth/verify-email${link.search}`);
  const signedIn = await browser.post("/api/auth/sign-in/email", {
    email: email.toUpperCase(),
    password,
  });
  expect(signedIn.status).toBe(200);
  expect((await browser.session()).user.email).toBe(email);
});

describe("a provider", () => {
  it.each<[string, object, string]>([
    ["an invalid address", { email: "not-an-email" }, "INVALID_EMAIL"],
    ["an address with blanks around it", { email: " ada@example.com " }, "INVALID_EMAIL"],
    ["a name of 2,000 characters", { name: "a".repeat(2000) }, "INVALID_NAME"],
    ["a name of no characters", { name: "" }, "INVALID_NAME"],
    ["a name of blanks", { name: "  " }, "INVALID_NAME"],
  ])("that sends %s is refused with a code, and nothing is stored", async (_, profile, code) => {
    const before = await idp.count("SELECT count(*) AS n FROM user");
    const browser = target.open();
    const state = await idp.begin(browser, "acme", { ...profile });
    const location = new URL(await idp.finish(browser, "acme", state));
    expect(location.origin + location.pathname).toBe(`${target.consoleUrl}/auth-error`);
    expect(location.searchParams.get("error")).toBe(code);
    expect(await isSignedIn(browser)).toBe(false);
    expect(await idp.count("SELECT count(*) AS n FROM user")).toBe(before);
  });

  it.each(["r&d@example.com", "jürgen@example.com"])("that sends %s signs in", async (address) => {
    const browser = target.open();
    const email = unique(address);
    const state = await idp.begin(browser, "acme", { email });
    expect(await idp.finish(browser, "acme", state)).toBe(target.consoleUrl);
    expect((await browser.session()).user.email).toBe(email);
  });

  it("goes on signing in an account that it made, whatever it says of it later", async () => {
    const browser = target.open();
    const profile = { sub: "long-standing", email: newEmail() };
    await idp.finish(browser, "acme", await idp.begin(browser, "acme", profile));
    const later = target.open();
    const state = await idp.begin(later, "acme", { ...profile, name: "" });
    expect(await idp.finish(later, "acme", state)).toBe(target.consoleUrl);
    expect((await later.session()).user.email).toBe(profile.email);
  });
});
