/** Guesses from one network, guesses with a stolen session, and the limiter itself as a weapon. */
import { beforeAll, describe, expect, it } from "vitest";
import { createTenant, enrol, newEmail, password, type Browser } from "../people.ts";
import { newNetwork, openGuessing, wrong, type Guessing } from "./guesses.ts";
import type { Target } from "./target.ts";

let target: Target;
let guess: Guessing["guess"];
let counted: Guessing["counted"];
let checkAtOnce: Guessing["checkAtOnce"];

beforeAll(async () => {
  ({ target, guess, counted, checkAtOnce } = await openGuessing());
  return target.stop;
});

describe("one network", () => {
  it("has three wrong tries in ten seconds, over all accounts and isolates", async () => {
    const address = newNetwork();
    const people = await Promise.all(Array.from({ length: 4 }, async () => target.enter()));
    const tries = [];
    for (const { email } of people) {
      tries.push(await guess(target.open(), email, wrong, address));
    }
    expect(tries.map(({ status }) => status)).toEqual([401, 401, 401, 429]);
    const wait = Number(tries[3]?.headers.get("retry-after"));
    expect(wait).toBeGreaterThan(0);
    expect(wait).toBeLessThanOrEqual(10);
    expect(tries[3]?.body).toMatchObject({ code: "TOO_MANY_TRIES" });
  });

  it("has three, even if twenty come at once", async () => {
    const address = newNetwork();
    const people = await Promise.all(Array.from({ length: 20 }, async () => target.enter()));
    const tries = await Promise.all(
      people.map(async ({ email }) => guess(target.open(), email, wrong, address)),
    );
    expect(tries.filter(({ status }) => status === 401)).toHaveLength(3);
    expect(tries.filter(({ status }) => status === 429)).toHaveLength(17);
  });

  it("lets six people sign in at once with the right password", async () => {
    const { email } = await target.enter();
    const address = newNetwork();
    const headers = { "cf-connecting-ip": address };
    const signIn = async (secret: string) =>
      target.open().post("/api/auth/sign-in/email", { email, password: secret }, headers);
    const right = await Promise.all(Array.from({ length: 6 }, async () => signIn(password)));
    expect(right.map(({ status }) => status)).toEqual(Array.from({ length: 6 }, () => 200));
  });

  it.each([
    ["an IPv4 address", () => "192.0.2.66"],
    ["an IPv6 /64", (count: number) => `2001:db8:64:1::${count}`],
    ["an IPv6 /48", (count: number) => `2001:db8:48:${count}::1`],
  ])("cannot close an account to others, however long it guesses: %s", async (_name, address) => {
    const { email } = await target.enter();
    const tries = [];
    for (let count = 0; count < 15; count += 1) {
      tries.push(await guess(target.open(), email, wrong, address(count)));
      // Another ten seconds have gone by.
      await counted("network:", 0);
    }
    expect(tries.map(({ status }) => status)).toEqual([
      ...Array.from({ length: 5 }, () => 401),
      ...Array.from({ length: 10 }, () => 429),
    ]);
    expect((await guess(target.open(), email, password, newNetwork())).status).toBe(200);
  });

  it("cannot close an account to others by concurrent guesses on both isolates", async () => {
    const { email } = await target.enter();
    const tries = await Promise.all(
      Array.from({ length: 12 }, async (_, index) =>
        guess(target.open(), email, wrong, `2001:db8:50:${index}::1`),
      ),
    );
    expect(tries.filter(({ status }) => status === 401)).toHaveLength(5);
    expect((await guess(target.open(), email, password, newNetwork())).status).toBe(200);
  });

  it.each([
    ["60 wrong tries in a quarter of an hour", "network-long:", 60, "192.0.2.60", "192.0.2.60"],
    ["120 if it is an IPv6 /48", "site:", 120, "2001:db8:a:1::1", "2001:db8:a:2::1"],
  ])("has %s, over all accounts", async (_name, kind, limit, first, next) => {
    await guess(target.open(), newEmail(), wrong, first);
    await counted(kind, limit - 1);
    await counted("network:", 0);
    const { email } = await target.enter();
    expect((await guess(target.open(), email, wrong, first)).status).toBe(401);
    await counted("network:", 0);
    const refused = await guess(target.open(), newEmail(), wrong, next);
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(10 * 60);
    expect(Number(refused.headers.get("retry-after"))).toBeLessThanOrEqual(15 * 60);
    const elsewhere = ["192.0.2.61", "2001:db8:b:2::1"];
    for (const address of elsewhere) {
      const { email: other } = await target.enter();
      expect((await guess(target.open(), other, wrong, address)).status).toBe(401);
    }
  });
});
it("a stolen session cannot guess the password", async () => {
  const { browser } = await target.signUp();
  const statuses = [];
  for (let count = 0; count < 4; count += 1) {
    if (count === 1) await counted("device:", 9);
    const { status } = await browser.post("/api/auth/verify-password", { password: wrong });
    statuses.push(status);
  }
  expect(statuses).toEqual([400, 400, 429, 429]);
});

describe("a stolen session without its device", () => {
  const stolen = ["__Secure-better-auth.session_token", "__Host-better-auth.session_binding"];
  const steal = ({ cookies }: Browser) => {
    const thief = target.open();
    for (const name of stolen) thief.cookies.set(name, cookies.get(name) ?? "");
    return thief;
  };

  it.each([
    ["the password", "/verify-password", { password: wrong }, { password }],
    [
      "the password, to turn the second factor off",
      "/two-factor/disable",
      { password: wrong, code: "000000" },
      async (code: (offset?: number) => Promise<string>) => ({ password, code: await code(1) }),
    ],
    [
      "a code, to turn the second factor off",
      "/two-factor/disable",
      { password, code: "000000" },
      async (code: (offset?: number) => Promise<string>) => ({ password, code: await code(1) }),
    ],
    [
      "a code",
      "/two-factor/verify-totp",
      { code: "000000" },
      async (code: (offset?: number) => Promise<string>) => ({ code: await code(1) }),
    ],
    ["a backup code", "/two-factor/verify-backup-code", { code: "aaaaa-aaaaa" }, undefined],
  ])("has ten tries at %s, and uses up none of its owner's", async (_name, path, body, right) => {
    const { browser } = await target.enter();
    const { code, backupCodes } = await enrol(browser);
    const thief = steal(browser);
    const statuses = [];
    for (let count = 0; count < 13; count += 1) {
      statuses.push((await thief.post(`/api/auth${path}`, body)).status);
    }
    expect(statuses.filter((status) => status === 400 || status === 401)).toHaveLength(10);
    expect(statuses.slice(10)).toEqual([429, 429, 429]);
    const solution =
      right === undefined
        ? { code: backupCodes[0] }
        : typeof right === "function"
          ? await right(code)
          : right;
    expect((await steal(browser).post(`/api/auth${path}`, solution)).status).toBe(429);
    expect((await browser.post(`/api/auth${path}`, solution)).status).toBe(200);
  });
});

it("a short password is not confirmed to be right once the tries are used up", async () => {
  const { browser } = await target.enter();
  const { backupCodes } = await enrol(browser);
  const short = "violet 27 lamp";
  const changed = await browser.post("/api/auth/change-password", {
    currentPassword: password,
    newPassword: short,
  });
  expect(changed.status).toBe(200);
  const body = { password: short, code: backupCodes[0] };
  const disable = async () => browser.post("/api/auth/two-factor/disable", body);
  const told = { status: 400, body: { code: "PASSWORD_TOO_SHORT_ALONE" } };
  expect(await disable()).toMatchObject(told);
  await counted("device:", 9);
  expect(await disable()).toMatchObject(told);
  expect((await disable()).status).toBe(429);
});

describe("the limiter as a weapon", () => {
  const rows = async () =>
    target.database.prepare("SELECT count(*) AS count FROM throttle").first<number>("count");

  it("writes no rows for unknown paths, session checks, or requests that guess nothing", async () => {
    const before = await rows();
    const { browser } = await target.signUp();
    await Promise.all(
      Array.from({ length: 30 }, async (_, index) => {
        await target.open().get(`/api/auth/unknown-${index}`);
        await target.open().post(`/api/auth/sign-in/unknown-${index}`, {});
        await target.open().post("/api/auth/sign-in/email", { email: newEmail() });
        await browser.get("/api/auth/session");
      }),
    );
    await createTenant(browser, "weapon");
    // The sign-in of the sign-up above: its account, its share of that and its network, given back; and its hash. The
    // tenant that was created has a counter, too.
    expect(await rows()).toBeLessThanOrEqual((before ?? 0) + 6);
  });

  it("locks nobody out through guesses without a client address", async () => {
    const [victim, other] = [await target.signUp(), await target.signUp()];
    await checkAtOnce(victim);
    const statuses = [];
    for (let count = 0; count < 12; count += 1) {
      statuses.push((await guess(target.open(), victim.email, wrong, "")).status);
    }
    expect(statuses.slice(0, 5)).toEqual([401, 401, 401, 401, 401]);
    expect(new Set(statuses.slice(5))).toEqual(new Set([429]));
    expect((await guess(target.open(), victim.email, password, newNetwork())).status).toBe(200);
    expect((await guess(target.open(), other.email, password, "")).status).toBe(200);
    expect((await guess(victim.browser, victim.email, password, "")).status).toBe(200);
  });

  it("stores neither email addresses nor network addresses", async () => {
    const { email } = await target.enter();
    await guess(target.open(), email, wrong, "192.0.2.77");
    const { results } = await target.database.prepare("SELECT * FROM throttle").all();
    expect(results.length).toBeGreaterThan(0);
    for (const leaked of [email, "192.0.2.77"]) {
      expect(JSON.stringify(results)).not.toContain(leaked);
    }
  });

  it("writes one audit event for all the tries that it refused", async () => {
    const address = newNetwork();
    const people = await Promise.all(Array.from({ length: 6 }, async () => target.enter()));
    // At once: one after another they may take longer than the window.
    await Promise.all(people.map(async ({ email }) => guess(target.open(), email, wrong, address)));
    const events = await target.database
      .prepare("SELECT count(*) AS count FROM audit_event WHERE ip_address = ?")
      .bind(address)
      .first<number>("count");
    expect(events).toBe(3 + 1);
  });
});
