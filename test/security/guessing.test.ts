/**
 * Guessing passwords and codes: from one network, from many at one account, with a session that was stolen, and the limiter
 * itself as a weapon. Two isolates share the platform's database.
 */
import { beforeAll, describe, expect, it } from "vitest";
import { createTenant, enrol, newEmail, password, type Browser } from "../people.ts";
import { startTarget, type Target } from "./target.ts";

let target: Target;
let networks = 0;

beforeAll(async () => {
  target = await startTarget({ isolates: 2 });
  return target.stop;
});

const wrong = "not the password at all";
const newNetwork = () => {
  networks += 1;
  return `192.0.${Math.floor(networks / 250)}.${networks % 250}`;
};

/** From one of the isolates, by turns. */
let turn = 0;
async function guess(browser: Browser, email: string, secret: string, address: string) {
  turn += 1;
  const headers = { "cf-connecting-ip": address, "x-test-isolate": String(turn % 2) };
  return browser.post("/api/auth/sign-in/email", { email, password: secret }, headers);
}

describe("one network", () => {
  it("has three wrong tries in ten seconds, at whatever account, on all isolates together", async () => {
    const address = newNetwork();
    const tries = [];
    for (let count = 0; count < 4; count += 1) {
      tries.push(await guess(target.open(), newEmail(), wrong, address));
    }
    expect(tries.map(({ status }) => status)).toEqual([401, 401, 401, 429]);
    const wait = Number(tries[3]?.headers.get("retry-after"));
    expect(wait).toBeGreaterThan(0);
    expect(wait).toBeLessThanOrEqual(10);
    expect(tries[3]?.body).toMatchObject({ code: "TOO_MANY_TRIES" });
  });

  it("has three, also when twenty come at once", async () => {
    const address = newNetwork();
    const tries = await Promise.all(
      Array.from({ length: 20 }, async () => guess(target.open(), newEmail(), wrong, address)),
    );
    expect(tries.filter(({ status }) => status === 401)).toHaveLength(3);
    expect(tries.filter(({ status }) => status === 429)).toHaveLength(17);
  });

  it("with ten people who sign in rightly locks nobody out", async () => {
    const { email } = await target.signUp();
    const address = newNetwork();
    for (let count = 0; count < 10; count += 1) {
      expect((await guess(target.open(), email, password, address)).status).toBe(200);
    }
  });
});

describe("one account", () => {
  it("is closed to forty networks and a /48 that guess at it, and open to its owner's device", async () => {
    const owner = await target.signUp();
    const tries = [];
    for (let count = 0; count < 40; count += 1) {
      const address = count % 2 === 0 ? newNetwork() : `2001:db8:7:${count.toString(16)}::1`;
      tries.push(await guess(target.open(), owner.email, wrong, address));
    }
    expect(tries.filter(({ status }) => status === 401)).toHaveLength(10);
    expect(tries.filter(({ status }) => status === 429)).toHaveLength(30);
    // Now not even the right one tells them anything.
    const lucky = await guess(target.open(), owner.email, password, newNetwork());
    expect(lucky.status).toBe(429);

    await owner.browser.post("/api/auth/sign-out");
    const home = await guess(owner.browser, owner.email, password, newNetwork());
    expect(home.status).toBe(200);
  });

  it("is open on a device that has solved its second factor, and after a reset by mail", async () => {
    const owner = await target.signUp();
    const { code } = await enrol(owner.browser);
    const phone = target.open();
    await guess(phone, owner.email, password, newNetwork());
    const solved = await phone.post("/api/auth/two-factor/verify-totp", { code: await code(1) });
    expect(solved.status).toBe(200);
    await phone.post("/api/auth/sign-out");
    for (let count = 0; count < 11; count += 1) {
      await guess(target.open(), owner.email, wrong, newNetwork());
    }
    expect((await guess(target.open(), owner.email, password, newNetwork())).status).toBe(429);
    expect((await guess(phone, owner.email, password, newNetwork())).body).toMatchObject({
      twoFactorRedirect: true,
    });

    const stranger = target.open();
    await stranger.post("/api/auth/request-password-reset", { email: owner.email });
    const { text } = await target.mailTo(owner.email, "password");
    const token = new URL(/https:\/\/\S+/.exec(text)?.[0] ?? "").searchParams.get("token");
    const newPassword = "violet harbour 27 lanterns";
    expect((await stranger.post("/api/auth/reset-password", { token, newPassword })).status).toBe(
      200,
    );
    const back = await guess(target.open(), owner.email, newPassword, newNetwork());
    expect(back.body).toMatchObject({ twoFactorRedirect: true });
  });

  it("that nobody has is closed alike", async () => {
    const email = newEmail();
    const statuses = [];
    for (let count = 0; count < 12; count += 1) {
      statuses.push((await guess(target.open(), email, wrong, newNetwork())).status);
    }
    expect(statuses).toEqual([...Array.from({ length: 10 }, () => 401), 429, 429]);
  });

  it("cannot be opened by a made-up cookie of a device", async () => {
    const owner = await target.signUp();
    const other = await target.signUp();
    for (let count = 0; count < 11; count += 1) {
      await guess(target.open(), owner.email, wrong, newNetwork());
    }
    // Somebody else's device is nobody's here.
    expect((await guess(other.browser, owner.email, password, newNetwork())).status).toBe(429);
  });
});

describe("a second factor", () => {
  it("has ten wrong codes, from whatever networks, in a challenge and in a live session alike", async () => {
    const { browser, email } = await target.signUp();
    await enrol(browser);
    const challenged = target.open();
    await guess(challenged, email, password, newNetwork());
    const statuses = [];
    for (let count = 0; count < 12; count += 1) {
      const { status } = await challenged.post("/api/auth/two-factor/verify-totp", {
        code: "000000",
      });
      statuses.push(status);
      if (status === 401 && count % 4 === 3) await guess(challenged, email, password, newNetwork());
    }
    expect(statuses.filter((status) => status === 429).length).toBeGreaterThanOrEqual(2);

    const thief = await target.signUp();
    await enrol(thief.browser);
    const inside = [];
    for (let count = 0; count < 12; count += 1) {
      const { status } = await thief.browser.post("/api/auth/two-factor/verify-totp", {
        code: "000000",
      });
      inside.push(status);
    }
    expect(inside.slice(0, 10)).not.toContain(429);
    expect(inside.slice(10)).toEqual([429, 429]);
  });

  it("takes a backup code once, also when six use it at once on two isolates", async () => {
    const { browser, email } = await target.signUp();
    const { backupCodes } = await enrol(browser);
    const thieves = await Promise.all(
      Array.from({ length: 6 }, async () => {
        const thief = target.open();
        await guess(thief, email, password, newNetwork());
        return thief;
      }),
    );
    const answers = await Promise.all(
      thieves.map(async (thief, index) =>
        thief.post(
          "/api/auth/two-factor/verify-backup-code",
          { code: backupCodes[0] },
          { "x-test-isolate": String(index % 2) },
        ),
      ),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });
});

it("does not let a stolen session guess the password", async () => {
  const { browser } = await target.signUp();
  const statuses = [];
  for (let count = 0; count < 12; count += 1) {
    const { status } = await browser.post("/api/auth/verify-password", { password: wrong });
    statuses.push(status);
  }
  expect(statuses.slice(0, 10)).not.toContain(429);
  expect(statuses.slice(10)).toEqual([429, 429]);
});

describe("the limiter as a weapon", () => {
  const rows = async () =>
    target.database.prepare("SELECT count(*) AS count FROM throttle").first<number>("count");

  it("fills no table by unknown paths, session checks, or requests that guess nothing", async () => {
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
    // The sign-in of the sign-up above: its account and its network, given back.
    expect(await rows()).toBeLessThanOrEqual((before ?? 0) + 3);
  });

  it("locks nobody out who comes without an address", async () => {
    const { email } = await target.signUp();
    for (let count = 0; count < 6; count += 1) await guess(target.open(), newEmail(), wrong, "");
    expect((await guess(target.open(), email, password, "")).status).toBe(200);
  });

  it("keeps no address of a person or a network", async () => {
    const email = newEmail();
    await guess(target.open(), email, wrong, "192.0.2.77");
    const { results } = await target.database.prepare("SELECT * FROM throttle").all();
    expect(results.length).toBeGreaterThan(0);
    for (const leaked of [email, "192.0.2.77"]) {
      expect(JSON.stringify(results)).not.toContain(leaked);
    }
  });

  it("writes one audit event for the tries that it refused", async () => {
    const address = newNetwork();
    // At once: one after another they may take longer than the window.
    await Promise.all(
      Array.from({ length: 6 }, async () => guess(target.open(), newEmail(), wrong, address)),
    );
    const events = await target.database
      .prepare("SELECT count(*) AS count FROM audit_event WHERE ip_address = ?")
      .bind(address)
      .first<number>("count");
    expect(events).toBe(3 + 1);
  });
});
