/** The cost of hashing as a weapon: passwords that are all right, and sign-ups, that keep an isolate busy. */
import { beforeAll, describe, expect, it, vi } from "vitest";
import {
  cheapPasswordHash,
  newEmail,
  password,
  passwordHash,
  type Answer,
  type Browser,
  type Person,
} from "../people.ts";
import { startTarget, type Target } from "./target.ts";

let target: Target;

beforeAll(async () => {
  target = await startTarget();
  return target.stop;
});

const from = (network: string) => ({ "cf-connecting-ip": network });
const signIn = async (browser: Browser, email: string, network: string) =>
  browser.post("/api/auth/sign-in/email", { email, password }, from(network));
const signUp = async (email: string, network: string) =>
  target.open().post("/api/auth/sign-up/email", { name: "Ada", email, password }, from(network));

/** Somebody with a full-cost hash. */
const enterWithRealHash = async () => {
  const person = await target.enter();
  await target.database
    .prepare("UPDATE account SET password = ? WHERE user_id = ?")
    .bind(passwordHash, person.id)
    .run();
  return person;
};

/** Three people, on devices that their accounts do not know and in networks of their own, sign in during an attack. */
const othersSignIn = async () => {
  const others = await Promise.all([1, 2, 3].map(enterWithRealHash));
  return Promise.all(
    others.map(async ({ email }, index) =>
      insist(async () => signIn(target.open(), email, `198.51.100.${index}`)),
    ),
  );
};

/**
 * Sends `count` requests at a time, over and over, until `work` is done and the attack is told to come back later: on a fast
 * machine the work may be done long before.
 */
async function underAttack<Result>(
  attack: (index: number) => Promise<Answer<unknown>>,
  count: number,
  work: () => Promise<Result>,
) {
  const state = { isOver: false };
  const statuses: number[] = [];
  const attackers = Array.from({ length: count }, async (_, first) => {
    for (let index = first; !state.isOver; index += count) {
      const { status } = await attack(index);
      statuses.push(status);
      // As far away as most attackers are: how much a flood of refusals costs is another question.
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  });
  try {
    const result = await work();
    await vi.waitFor(() => expect(statuses.some(isRefusal)).toBe(true), {
      timeout: 90_000,
      interval: 200,
    });
    return result;
  } finally {
    state.isOver = true;
    await Promise.all(attackers);
  }
}

const isRefusal = (status: number) => status === 429 || status === 503;

/** Tries again as often as it is told to. @returns the last status, and the seconds that it was told to wait in all. */
async function insist(request: () => Promise<Answer<unknown>>) {
  let waitedSeconds = 0;
  for (;;) {
    const { status, headers } = await request();
    if (!isRefusal(status)) return { status, waitedSeconds };
    const seconds = Number(headers.get("retry-after"));
    expect(seconds).toBeGreaterThan(0);
    waitedSeconds += seconds;
    if (waitedSeconds > 60) return { status, waitedSeconds };
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  }
}

describe("a sign-in by others goes through", () => {
  it("while one address signs in to three accounts with right passwords alone", async () => {
    const attackers: Person[] = [];
    for (const _ of [1, 2, 3]) attackers.push(await target.signUp());
    const result = await underAttack(
      async (index) => {
        const { browser, email } = attackers[index % 3] ?? (await target.signUp());
        return signIn(browser, email, "192.0.2.1");
      },
      60,
      othersSignIn,
    );
    expect(result.map(({ status }) => status)).toEqual([200, 200, 200]);
  });

  it("while every /64 of one /48 signs up", async () => {
    const result = await underAttack(
      async (index) => signUp(newEmail(), `2001:db8:77:${index.toString(16)}::1`),
      60,
      othersSignIn,
    );
    expect(result.map(({ status }) => status)).toEqual([200, 200, 200]);
  });
});

describe("one network", () => {
  it("has 300 requests that hash in five minutes, even if every password is right", async () => {
    const { email } = await target.enter();
    const network = "192.0.2.30";
    expect((await signIn(target.open(), email, network)).status).toBe(200);
    await target.database
      .prepare("UPDATE throttle SET tries = 299 WHERE key LIKE 'hashes:%' AND tries > 0")
      .run();
    expect((await signIn(target.open(), email, network)).status).toBe(200);
    const refused = await signIn(target.open(), email, network);
    expect(refused).toMatchObject({ status: 429, body: { code: "TOO_MANY_REQUESTS" } });
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(60);
    expect((await signIn(target.open(), email, "192.0.2.31")).status).toBe(200);
  });

  it("has 30 for each account on devices that the account knows", async () => {
    const { browser, email } = await target.signUp();
    await target.database
      .prepare("UPDATE throttle SET tries = 29 WHERE key LIKE 'hashes-account:%'")
      .run();
    expect((await signIn(browser, email, "192.0.2.32")).status).toBe(200);
    await target.database
      .prepare("UPDATE throttle SET tries = 30 WHERE key LIKE 'hashes-account:%'")
      .run();
    expect((await signIn(browser, email, "192.0.2.33")).status).toBe(429);
  });

  it("pays for a hash that no guess and no mail has paid for", async () => {
    const { browser } = await target.enterAdmin();
    const create = async () =>
      browser.post(
        "/api/auth/admin/create-user",
        { email: newEmail(), name: "Bob", password },
        from("192.0.2.34"),
      );
    const proof = await browser.post("/api/auth/verify-password", { password }, from("192.0.2.35"));
    expect(proof.status).toBe(200);
    expect((await create()).status).toBe(200);
    await target.database
      .prepare("UPDATE throttle SET tries = 300 WHERE key LIKE 'hashes:%'")
      .run();
    expect(await create()).toMatchObject({ status: 429, body: { code: "TOO_MANY_REQUESTS" } });
  });

  it("lets an office of 200 in on Monday morning", async () => {
    const now = Date.now();
    const emails = Array.from({ length: 200 }, () => newEmail());
    const rows = emails.flatMap((email) => {
      const id = crypto.randomUUID();
      return [
        target.database
          .prepare(
            "INSERT INTO user (id, name, email, email_verified, created_at, updated_at) VALUES (?, 'Ada', ?, 1, ?, ?)",
          )
          .bind(id, email, now, now),
        target.database
          .prepare(
            "INSERT INTO account (id, account_id, provider_id, user_id, password, created_at, updated_at) VALUES (?, ?, 'credential', ?, ?, ?, ?)",
          )
          .bind(crypto.randomUUID(), id, id, cheapPasswordHash, now, now),
      ];
    });
    await target.database.batch(rows);
    const outcomes = await Promise.all(
      emails.map(async (email) => insist(async () => signIn(target.open(), email, "192.0.2.200"))),
    );
    expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set([200]));
    expect(Math.max(...outcomes.map(({ waitedSeconds }) => waitedSeconds))).toBeLessThanOrEqual(60);
  });

  it("lets a class of 25 sign up together", async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 25 }, async () => {
        const email = newEmail();
        return insist(async () => signUp(email, "192.0.2.25"));
      }),
    );
    expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set([200]));
    expect(Math.max(...outcomes.map(({ waitedSeconds }) => waitedSeconds))).toBeLessThanOrEqual(60);
  });
});
