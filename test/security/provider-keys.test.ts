/** A provider that says it has verified an address: which accounts that opens, and what it proves there. */
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { linkIn, newEmail, password, type Browser, type Person } from "../people.ts";
import {
  isSignedIn,
  openIdentityProviders,
  providers,
  type IdentityProviders,
  type Provider,
} from "./identity-providers.ts";
import type { Target } from "./target.ts";

let idp: IdentityProviders;
let target: Target;

beforeAll(async () => {
  idp = await openIdentityProviders();
  ({ target } = idp);
  return target.stop;
});

beforeEach(() => idp.reset());

/** Somebody with a password, at an address of a domain for which `acme` is the authority. */
async function atStaff(person: Person): Promise<Person> {
  const email = newEmail().replace("@example.com", "@staff.example");
  await target.database
    .prepare("UPDATE user SET email = ? WHERE id = ?")
    .bind(email, person.id)
    .run();
  return { ...person, email };
}

const accountsOf = async ({ id }: Person) =>
  idp.count("SELECT count(*) AS n FROM account WHERE user_id = ?", id);

async function signInAt(provider: Provider, email: string, sub?: string) {
  const browser = target.open();
  const state = await idp.begin(browser, provider, { email, ...(sub && { sub }) });
  return { browser, leadsTo: await idp.finish(browser, provider, state) };
}

const notLinked = () => idp.refusedFor("account_not_linked");

describe("an account that exists", () => {
  it.each(providers)(
    "is not opened by %s, which says that the address is its user's",
    async (at) => {
      for (const person of [await target.enter(), await target.enterAdmin()]) {
        const { browser, leadsTo } = await signInAt(at, person.email);
        expect(leadsTo).toContain(notLinked());
        expect(await isSignedIn(browser)).toBe(false);
        expect(await accountsOf(person)).toBe(1);
      }
    },
  );

  it("is connected by a provider that the owner trusts with the address's domain, and by no other", async () => {
    const ada = await atStaff(await target.enter());
    expect((await signInAt("google", ada.email)).leadsTo).toContain(notLinked());
    const { browser, leadsTo } = await signInAt("acme", ada.email);
    expect(leadsTo).toBe(target.consoleUrl);
    expect((await browser.session()).user.id).toBe(ada.id);
    expect(await accountsOf(ada)).toBe(2);
  });

  it("is not connected by itself if it is a platform admin's", async () => {
    const admin = await atStaff(await target.enterAdmin());
    const { browser, leadsTo } = await signInAt("acme", admin.email);
    expect(leadsTo).toContain(notLinked());
    expect(await isSignedIn(browser)).toBe(false);
    expect(await accountsOf(admin)).toBe(1);
  });

  it.each([
    ["a subdomain", (email: string) => email.replace("@staff.example", "@x.staff.example")],
    ["a longer domain", (email: string) => email.replace("@staff.example", "@staff.example.com")],
  ])("is not connected by %s of the trusted one", async (_name, spell) => {
    const ada = await atStaff(await target.enter());
    const email = spell(ada.email);
    await target.database
      .prepare("UPDATE user SET email = ? WHERE id = ?")
      .bind(email, ada.id)
      .run();
    expect((await signInAt("acme", email)).leadsTo).toContain(notLinked());
  });

  it("is not the account of an address that a KELVIN SIGN turns into it", async () => {
    const ada = await target.enter();
    const email = `k${crypto.randomUUID()}@staff.example`;
    await target.database
      .prepare("UPDATE user SET email = ? WHERE id = ?")
      .bind(email, ada.id)
      .run();
    const { browser, leadsTo } = await signInAt("acme", email.replace("k", "\u212A"));
    expect(leadsTo).not.toBe(target.consoleUrl);
    expect(await isSignedIn(browser)).toBe(false);
    expect(await accountsOf(ada)).toBe(1);
  });
});

describe("a provider that a thief connected", () => {
  async function planted() {
    const ada = await target.enter();
    const state = await idp.begin(ada.browser, "acme", { email: ada.email }, "/link-social");
    expect(await idp.finish(ada.browser, "acme", state)).toBe(target.consoleUrl);
    return { ada, sub: idp.claims.sub ?? "" };
  }
  const newPassword = "marble orbit 58 lanterns";

  it.each<[string, (ada: Person) => Promise<{ status: number }>]>([
    [
      "is reset by mail",
      async ({ email }) => {
        await target.open().post("/api/auth/request-password-reset", { email });
        const token = linkIn(await target.mailTo(email, "Reset")).searchParams.get("token");
        return target.open().post("/api/auth/reset-password", { newPassword, token });
      },
    ],
    [
      "is set by an admin",
      async ({ id: userId }) => {
        const admin = await target.enterAdmin();
        return admin.browser.post("/api/auth/admin/set-user-password", { userId, newPassword });
      },
    ],
  ])(
    "goes when the password %s, is in the audit log, and its owner is told",
    async (_name, act) => {
      const { ada, sub } = await planted();
      expect((await act(ada)).status).toBe(200);
      expect(await accountsOf(ada)).toBe(1);
      const { browser, leadsTo } = await signInAt("acme", ada.email, sub);
      expect(leadsTo).toContain(notLinked());
      expect(await isSignedIn(browser)).toBe(false);
      const left = await target.database
        .prepare(
          "SELECT detail FROM audit_event WHERE event = 'account.unlinked' AND subject_id = ?",
        )
        .bind(ada.id)
        .all();
      expect(left.results).toEqual([{ detail: '{"provider":"acme"}' }]);
      await target.mailTo(ada.email, "disconnected");
    },
  );

  it("goes, too, when the thief has made it the oldest: the password that was there before is disconnected", async () => {
    const { ada, sub } = await planted();
    await target.database
      .prepare("UPDATE user SET created_at = created_at - 86400000 WHERE id = ?")
      .bind(ada.id)
      .run();
    const { body } =
      await ada.browser.get<{ id: string; providerId: string }[]>("/api/auth/list-accounts");
    const accountId = body.find(({ providerId }) => providerId === "credential")?.id;
    const removed = await ada.browser.post("/api/auth/unlink-account", { accountId });
    expect(removed.status).toBe(200);
    await target.open().post("/api/auth/request-password-reset", { email: ada.email });
    const token = linkIn(await target.mailTo(ada.email, "Reset")).searchParams.get("token");
    const reset = { newPassword, token };
    expect((await target.open().post("/api/auth/reset-password", reset)).status).toBe(200);
    const { browser } = await signInAt("acme", ada.email, sub);
    expect(await isSignedIn(browser)).toBe(false);
  });

  it("stays when somebody who signed up with it sets a first password by mail", async () => {
    const browser = target.open();
    const email = newEmail();
    const state = await idp.begin(browser, "acme", { email });
    expect(await idp.finish(browser, "acme", state)).toBe(target.consoleUrl);
    const { sub } = idp.claims;
    await target.open().post("/api/auth/request-password-reset", { email });
    const token = linkIn(await target.mailTo(email, "Reset")).searchParams.get("token");
    const reset = { newPassword, token };
    expect((await target.open().post("/api/auth/reset-password", reset)).status).toBe(200);
    expect((await signInAt("acme", email, sub)).leadsTo).toBe(target.consoleUrl);
  });
});

describe.each(providers)("a sign-in at %s", (provider) => {
  async function connected(): Promise<{ ada: Person; browser: Browser }> {
    const ada = await target.enter();
    const state = await idp.begin(ada.browser, provider, { email: ada.email }, "/link-social");
    expect(await idp.finish(ada.browser, provider, state)).toBe(target.consoleUrl);
    const { browser, leadsTo } = await signInAt(provider, ada.email, idp.claims.sub);
    expect(leadsTo).toBe(target.consoleUrl);
    return { ada, browser };
  }

  it("does not prove that its user knows the account's password", async () => {
    const { browser } = await connected();
    const notFresh = { status: 403, body: { code: "SESSION_NOT_FRESH" } };
    const { body } = await browser.get<{ id: string }[]>("/api/auth/list-accounts");
    const requests: [string, object][] = [
      ["/api/auth/change-email", { newEmail: newEmail() }],
      ["/api/auth/link-social", { provider: "google", callbackURL: target.consoleUrl }],
      ["/api/auth/unlink-account", { accountId: body[0]?.id }],
    ];
    for (const [path, sent] of requests) {
      expect(await browser.post(path, sent)).toMatchObject(notFresh);
    }
    const shown = await browser.post("/api/auth/verify-password", { password });
    expect(shown.status).toBe(200);
    for (const [path, sent] of requests) expect((await browser.post(path, sent)).status).toBe(200);
  });

  it("administers nothing before the password", async () => {
    const { ada, browser } = await connected();
    await target.database
      .prepare("UPDATE user SET role = 'platform-admin' WHERE id = ?")
      .bind(ada.id)
      .run();
    const victim = await target.enter();
    const ban = async () => browser.post("/api/auth/admin/ban-user", { userId: victim.id });
    expect(await ban()).toMatchObject({ status: 403, body: { code: "SESSION_NOT_FRESH" } });
    expect((await browser.post("/api/auth/verify-password", { password })).status).toBe(200);
    expect((await ban()).status).toBe(200);
  });

  it("is all that an account without a password has, and proves its user", async () => {
    const browser = target.open();
    const state = await idp.begin(browser, provider);
    expect(await idp.finish(browser, provider, state)).toBe(target.consoleUrl);
    const changed = await browser.post("/api/auth/change-email", { newEmail: newEmail() });
    expect(changed.status).toBe(200);
  });
});
