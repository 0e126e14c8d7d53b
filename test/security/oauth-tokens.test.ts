/** What is kept and told of a provider's tokens and accounts, and what the audit log says of sign-ins through it. */
import { symmetricDecrypt } from "better-auth/crypto";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Browser } from "../people.ts";
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

describe.each(providers)("refreshing a token of %s", (provider) => {
  interface Tokens {
    accessToken: string;
    refreshToken?: string;
  }
  const rowOf = async (id: string) =>
    target.database
      .prepare("SELECT access_token, refresh_token, id_token FROM account WHERE id = ?")
      .bind(id)
      .first<{ access_token: string; refresh_token: string; id_token: string | null }>();
  const opened = async (data = "") =>
    symmetricDecrypt({
      key: { keys: new Map([[1, target.secret]]), currentVersion: 1 },
      data,
    });

  async function connected() {
    const browser = target.open();
    const state = await idp.begin(browser, provider);
    expect(await idp.finish(browser, provider, state)).toBe(target.consoleUrl);
    const { body } = await browser.get<{ id: string }[]>("/api/auth/list-accounts");
    return { browser, accountId: body[0]?.id ?? "" };
  }

  it.each([
    ["/refresh-token", ["accessToken", "refreshToken"]],
    ["/get-access-token", ["accessToken"]],
  ])(
    "through %s is possible for its owner alone, and stores the new token encrypted",
    async (path, told) => {
      const { browser, accountId } = await connected();
      expect(await opened((await rowOf(accountId))?.access_token)).toBe("the-access-token");
      await target.database
        .prepare("UPDATE account SET access_token_expires_at = 1 WHERE id = ?")
        .bind(accountId)
        .run();
      idp.generation = `-of-${path.slice(1)}`;
      const sent: string[] = [];
      idp.issue = async (payload) => {
        const token = await idp.sign(payload);
        sent.push(token);
        return token;
      };
      const stranger = await target.enter();
      const { id: userId } = (await browser.session()).user;
      for (const body of [{ accountId }, { accountId, userId }]) {
        const refused = await stranger.browser.post(`/api/auth${path}`, body);
        expect(refused.status).toBeGreaterThanOrEqual(400);
        expect(JSON.stringify(refused.body)).not.toContain("the-");
      }
      expect((await target.open().post(`/api/auth${path}`, { accountId, userId })).status).toBe(
        401,
      );
      expect(sent).toEqual([]);

      const { status, body } = await browser.post<Partial<Tokens>>(`/api/auth${path}`, {
        accountId,
      });
      expect(status).toBe(200);
      expect(body.accessToken).toBe(`the-access-token${idp.generation}`);
      const names = ["accessToken", "refreshToken"] as const;
      expect(names.filter((name) => body[name] !== undefined)).toEqual(told);
      expect(sent).toHaveLength(1);
      const row = await rowOf(accountId);
      expect(await opened(row?.access_token)).toBe(`the-access-token${idp.generation}`);
      expect(await opened(row?.refresh_token)).toBe(`the-refresh-token${idp.generation}`);
      expect(row?.id_token).toBeNull();
      const { results } = await target.database.prepare("SELECT * FROM account").all();
      for (const token of ["the-access-token", "the-refresh-token", ...sent]) {
        expect(JSON.stringify(results)).not.toContain(token);
      }
      // A second time there is nothing to renew, and what is told is what was kept.
      idp.generation = "-that-nobody-asked-for";
      const again = await browser.post<Tokens>("/api/auth/get-access-token", { accountId });
      expect(again.body.accessToken).toBe(`the-access-token-of-${path.slice(1)}`);
    },
  );
});

it.each(providers)(
  "account info from %s is shown to the account's owner alone",
  async (provider) => {
    const browser = target.open();
    const state = await idp.begin(browser, provider);
    expect(await idp.finish(browser, provider, state)).toBe(target.consoleUrl);
    const { body: accounts } =
      await browser.get<{ id: string; providerId: string }[]>("/api/auth/list-accounts");
    const [{ id } = { id: "" }] = accounts;
    const ask = async (by: Browser) => by.get(`/api/auth/account-info?accountId=${id}`);
    expect(await ask(browser)).toMatchObject({
      status: 200,
      body: {
        user: { name: "Ada", email: idp.claims["email"], emailVerified: true },
        data: { sub: idp.claims.sub },
        account: { id, providerId: provider, accountId: idp.claims.sub },
      },
    });
    expect((await ask(target.open())).status).toBe(401);
    expect((await ask((await target.enter()).browser)).body).toMatchObject({
      code: "ACCOUNT_NOT_FOUND",
    });
    // Hours later the provider takes the access token no more, and nobody is signed out for it.
    idp.takenAccessToken = "a-newer-one";
    const refused = { status: 400, body: { code: "ACCOUNT_INFO_UNAVAILABLE" } };
    expect(await ask(browser)).toMatchObject(refused);
    expect(await isSignedIn(browser)).toBe(true);
  },
);

it.each(providers)("no token from %s is stored in plain text", async (provider) => {
  const [first, second] = [target.open(), target.open()];
  const state = await idp.begin(first, provider);
  const { sub = "", email } = idp.claims;
  const sent: string[] = ["the-access-token", "the-refresh-token"];
  idp.issue = async (payload) => {
    const token = await idp.sign(payload);
    sent.push(token);
    return token;
  };
  expect(await idp.finish(first, provider, state)).toBe(target.consoleUrl);
  const again = await idp.begin(second, provider, { sub, email });
  expect(await idp.finish(second, provider, again)).toBe(target.consoleUrl);
  expect(sent).toHaveLength(4);
  for (const table of ["account", "verification", "session", "user", "audit_event"]) {
    const { results } = await target.database.prepare(`SELECT * FROM ${table}`).all();
    const text = JSON.stringify(results);
    for (const token of sent) expect(text).not.toContain(token);
  }
  const row = await target.database
    .prepare(
      "SELECT access_token, refresh_token, id_token FROM account WHERE account_id = ? AND provider_id = ?",
    )
    .bind(sub, provider)
    .first<Record<string, string | null>>();
  expect(row).toMatchObject({
    access_token: expect.any(String) as string,
    refresh_token: expect.any(String) as string,
    id_token: null,
  });
});

describe("the audit log", () => {
  const events = async (where: string, ...values: string[]) =>
    (
      await target.database
        .prepare(`SELECT event, actor_id, detail FROM audit_event WHERE ${where} ORDER BY id`)
        .bind(...values)
        .all<{ event: string; actor_id: string | null; detail: string | null }>()
    ).results;

  it.each<[Provider, string]>([
    ["google", "google"],
    ["acme", "acme"],
    ["google", "credential"],
  ])(
    "records a sign-in through %s with its route, and the removal of the %s account",
    async (provider, unlinked) => {
      const browser = target.open();
      const state = await idp.begin(browser, provider);
      expect(await idp.finish(browser, provider, state)).toBe(target.consoleUrl);
      const { id } = (await browser.session()).user;
      await target.database
        .prepare(
          "INSERT INTO account (id, account_id, provider_id, user_id, created_at, updated_at) VALUES (?, ?, 'credential', ?, 0, 0)",
        )
        .bind(`password-of-${id}`, id, id)
        .run();
      const account = await target.database
        .prepare("SELECT id FROM account WHERE user_id = ? AND provider_id = ?")
        .bind(id, unlinked)
        .first<string>("id");
      const left = await browser.post("/api/auth/unlink-account", { accountId: account });
      expect(left.status).toBe(200);
      const actor = { actor_id: id };
      expect(await events("actor_id = ?", id)).toEqual([
        { ...actor, event: "account.linked", detail: JSON.stringify({ provider }) },
        { ...actor, event: "session.created", detail: '{"route":"/callback/:id"}' },
        { ...actor, event: "account.unlinked", detail: JSON.stringify({ provider: unlinked }) },
      ]);
    },
  );

  it("records failed sign-ins up to a limit, and callbacks with a made-up state once", async () => {
    const headers = { "cf-connecting-ip": "198.51.100.77" };
    const fail = async () => {
      const browser = target.open();
      const state = await idp.begin(browser, "google");
      idp.issue = async (payload) => idp.sign({ ...payload, nonce: "another" });
      await idp.finish(browser, "google", state, headers);
    };
    const told = async () => (await events("ip_address = '198.51.100.77'")).length;
    for (let count = 0; count < 3; count += 1) await fail();
    expect(await told()).toBe(3);
    for (let count = 0; count < 3; count += 1) {
      await idp.finish(target.open(), "google", "x".repeat(32), headers);
    }
    expect(await told()).toBe(4);
    await target.database
      .prepare("UPDATE throttle SET tries = 60 WHERE key LIKE 'sign-in-failure:%'")
      .run();
    await fail();
    expect(await told()).toBe(4);
  });
});
