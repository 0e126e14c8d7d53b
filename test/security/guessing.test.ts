/**
 * Guessing passwords and codes: from one network, from many at one account, with a session that was stolen, and the limiter
 * itself as a weapon. Two isolates share the platform's database.
 */
import { createHMAC } from "@better-auth/utils/hmac";
import { symmetricEncrypt } from "better-auth/crypto";
import { beforeAll, describe, expect, it, vi } from "vitest";
import {
  authenticator,
  cheapPasswordHash,
  createTenant,
  enrol,
  linkIn,
  newEmail,
  password,
  patience,
  type Browser,
  type Person,
} from "../people.ts";
import { startTarget, type Target } from "./target.ts";

/** As the target keeps what it encrypts. */
const encrypt = async (data: string) =>
  symmetricEncrypt({ key: { keys: new Map([[1, target.secret]]), currentVersion: 1 }, data });

let target: Target;
let networks = 0;

beforeAll(async () => {
  target = await startTarget({ isolates: 2 });
  return target.stop;
});

const wrong = "not the password at all";
const knownDevice = "__Host-better-auth.known_device";
const newNetwork = () => {
  networks += 1;
  return `192.0.${Math.floor(networks / 250)}.${networks % 250}`;
};

/** Somebody at whose password others guess: a hash that is checked at once, or each guess would take a fourth of a second. */
async function signUpGuessed(): Promise<Person> {
  const person = await target.signUp();
  await checkAtOnce(person);
  return person;
}

async function checkAtOnce({ id }: Person): Promise<void> {
  const change = target.database.prepare("UPDATE account SET password = ? WHERE user_id = ?");
  await change.bind(cheapPasswordHash, id).run();
}

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
    // Four whose hash takes no time: the ten seconds begin with the first try.
    const people = await Promise.all(Array.from({ length: 4 }, async () => signUpGuessed()));
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

  it("has three, also when twenty come at once", async () => {
    const address = newNetwork();
    const tries = await Promise.all(
      Array.from({ length: 20 }, async () => guess(target.open(), newEmail(), wrong, address)),
    );
    expect(tries.filter(({ status }) => status === 401)).toHaveLength(3);
    expect(tries.filter(({ status }) => status === 429)).toHaveLength(17);
  });

  it("with six people who sign in rightly at once keeps none of them waiting for ten seconds", async () => {
    const { email } = await signUpGuessed();
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
  ])("cannot close an account to others, however long it tries: %s", async (_name, address) => {
    const { email } = await signUpGuessed();
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

  it("cannot close an account to others by guesses at once on both isolates", async () => {
    const { email } = await signUpGuessed();
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
    ["120, where it is an IPv6 /48", "site:", 120, "2001:db8:a:1::1", "2001:db8:a:2::1"],
  ])("has %s, at whatever accounts", async (_name, kind, limit, first, next) => {
    await guess(target.open(), newEmail(), wrong, first);
    await counted(kind, limit - 1);
    await counted("network:", 0);
    expect((await guess(target.open(), newEmail(), wrong, first)).status).toBe(401);
    await counted("network:", 0);
    const refused = await guess(target.open(), newEmail(), wrong, next);
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(10 * 60);
    expect(Number(refused.headers.get("retry-after"))).toBeLessThanOrEqual(15 * 60);
    const elsewhere = ["192.0.2.61", "2001:db8:b:2::1"];
    for (const address of elsewhere) {
      expect((await guess(target.open(), newEmail(), wrong, address)).status).toBe(401);
    }
  });
});

/** As if so many tries had been wrong, wherever one was: each by itself is a hash. */
async function counted(kind: string, tries: number): Promise<void> {
  await target.database
    .prepare("UPDATE throttle SET tries = ? WHERE substr(key, 1, length(?)) = ?")
    .bind(tries, kind, kind)
    .run();
}

describe("one account", () => {
  let owner: Person;
  let phone: Browser;
  let code: (offset?: number) => Promise<string>;

  beforeAll(async () => {
    owner = await target.signUp();
    ({ code } = await enrol(owner.browser));
    phone = target.open();
    await guess(phone, owner.email, password, newNetwork());
    const solved = await phone.post("/api/auth/two-factor/verify-totp", { code: await code(1) });
    expect(solved.status).toBe(200);
    await owner.browser.post("/api/auth/sign-out");
    await phone.post("/api/auth/sign-out");
    await checkAtOnce(owner);
  });

  it("is closed to forty networks and a /48 that guess at it", async () => {
    const tries = [];
    for (let count = 0; count < 40; count += 1) {
      const address = count % 2 === 0 ? newNetwork() : `2001:db8:7:${count.toString(16)}::1`;
      tries.push(await guess(target.open(), owner.email, wrong, address));
    }
    expect(tries.filter(({ status }) => status === 401)).toHaveLength(10);
    expect(tries.filter(({ status }) => status === 429)).toHaveLength(30);
    // Now not even the right one tells them anything, nor on a device that is somebody else's.
    const lucky = await guess(target.open(), owner.email, password, newNetwork());
    expect(lucky.status).toBe(429);
    const other = await target.signUp();
    expect((await guess(other.browser, owner.email, password, newNetwork())).status).toBe(429);
  });

  it("is open meanwhile on the devices that have solved its second factor", async () => {
    for (const device of [owner.browser, phone]) {
      const { body } = await guess(device, owner.email, password, newNetwork());
      expect(body).toMatchObject({ twoFactorRedirect: true });
    }
  });

  it("is open meanwhile to its owner on a new device, with a code of the second factor beside the password", async () => {
    const [{ browser, email }, plain] = await Promise.all([signUpGuessed(), signUpGuessed()]);
    const { code: codeOf } = await enrol(browser);
    for (const address of [email, plain.email]) {
      await guess(target.open(), address, wrong, newNetwork());
    }
    await counted("account:", 10);
    const signIn = async (device: Browser, body: object, network = newNetwork()) =>
      device.post("/api/auth/sign-in/email", { email, ...body }, { "cf-connecting-ip": network });
    const refused = await signIn(target.open(), { password });
    expect(refused.status).toBe(429);
    // Used, made up, or sent for an account that has no second factor: each as a wrong password is.
    const wrongCode = await signIn(target.open(), { password: wrong, code: await codeOf(1) });
    expect(wrongCode.status).toBe(401);
    for (const code of [await codeOf(0), "000000", "", "0".repeat(5000)]) {
      const told = await signIn(target.open(), { password, code });
      expect([told.status, told.body]).toEqual([401, wrongCode.body]);
    }
    const without = await signIn(target.open(), { email: plain.email, password, code: "000000" });
    expect([without.status, without.body]).toEqual([401, wrongCode.body]);

    const device = target.open();
    const code = await codeOf(1);
    const { body } = await signIn(device, { password, code });
    expect(body).toMatchObject({ twoFactorRedirect: true });
    const solved = await device.post("/api/auth/two-factor/verify-totp", { code });
    expect(solved.status).toBe(200);
    expect((await device.session()).user.email).toBe(email);
    // It was for one sign-in.
    expect((await signIn(target.open(), { password, code })).status).toBe(401);
  });

  describe("that is closed gives a password and a code beside it few tries:", () => {
    /** Somebody's account; `waiting` has a challenge from before. */
    const closed = async () => {
      const person = await target.signUp();
      const { browser, email } = person;
      const { code: codeOf } = await enrol(browser);
      const waiting = target.open();
      await guess(waiting, email, password, newNetwork());
      await checkAtOnce(person);
      await guess(target.open(), email, wrong, newNetwork());
      await counted("account:", 10);
      const signIn = async (secret: string, sent: string, network = newNetwork()) => {
        const body = { email, password: secret, code: sent };
        const headers = { "cf-connecting-ip": network };
        return (await target.open().post("/api/auth/sign-in/email", body, headers)).status;
      };
      return { signIn, waiting, code: await codeOf(1) };
    };
    /** But for what bounds the audit log. */
    const triesSoFar = async () =>
      target.database
        .prepare(
          "SELECT sum(tries) AS n FROM throttle WHERE key GLOB 'solv*' OR key GLOB 'account:*' OR key GLOB 'nobody:*'",
        )
        .first<number>("n");

    it("those of a network", async () => {
      const { signIn, code } = await closed();
      const network = newNetwork();
      for (const sent of ["000000", "000001", "000002"]) await signIn(wrong, sent, network);
      expect(await signIn(password, code, network)).toBe(429);
      expect(await signIn(password, code)).toBe(200);
    });

    it("ten codes in all from whoever knows the password, those of a challenge among them", async () => {
      const { signIn, waiting, code } = await closed();
      const guesses = Array.from({ length: 10 }, async (_, index) =>
        signIn(password, `00000${index}`),
      );
      for (const status of await Promise.all(guesses)) expect(status).toBe(401);
      expect(await signIn(password, code)).toBe(401);
      const { status } = await waiting.post("/api/auth/two-factor/verify-totp", { code });
      expect(status).toBe(429);
      // And it is written down as much about a right password as about a wrong one.
      const written = [];
      for (const secret of [password, wrong]) {
        const before = (await triesSoFar()) ?? 0;
        await signIn(secret, "000000");
        written.push(((await triesSoFar()) ?? 0) - before);
      }
      expect(written[0]).toBeGreaterThan(0);
      expect(written[0]).toBe(written[1]);
    });

    it("five passwords for one code, and ten for those who have the codes", async () => {
      const [one, another] = [await closed(), await closed()];
      for (let count = 0; count < 5; count += 1) await one.signIn(wrong, one.code);
      expect(await one.signIn(password, one.code)).toBe(401);
      await another.signIn(wrong, another.code);
      await counted("solvers:", 10);
      expect(await another.signIn(password, another.code)).toBe(401);
    });

    it("none that is too long to be judged, and nothing is written down about it", async () => {
      const { signIn, code } = await closed();
      const before = await triesSoFar();
      for (let count = 0; count < 6; count += 1) {
        expect(await signIn("x".repeat(2000), code)).toBe(400);
      }
      await vi.waitFor(async () => expect(await triesSoFar()).toBe(before), patience);
      expect(await signIn(password, code)).toBe(200);
    });
  });

  it("is open after a reset by mail, and stays so on the device that reset it", async () => {
    const device = target.open();
    await device.post("/api/auth/request-password-reset", { email: owner.email });
    const { text } = await target.mailTo(owner.email, "password");
    const token = new URL(/https:\/\/\S+/.exec(text)?.[0] ?? "").searchParams.get("token");
    const newPassword = "violet harbour 27 lanterns";
    const reset = await device.post("/api/auth/reset-password", { token, newPassword });
    expect(reset.status).toBe(200);
    expect((await guess(target.open(), owner.email, wrong, newNetwork())).status).toBe(401);
    await counted("account:", 10);
    const stranger = await guess(target.open(), owner.email, newPassword, newNetwork());
    expect(stranger.status).toBe(429);
    const back = await guess(device, owner.email, newPassword, newNetwork());
    expect(back.body).toMatchObject({ twoFactorRedirect: true });
    // Whoever reads the mail has no more tries at the code than a stranger.
    const challenged = await device.post("/api/auth/two-factor/verify-totp", { code: "000000" });
    expect(challenged.status).toBe(429);
  });

  it("that nobody has is closed alike", async () => {
    const email = newEmail();
    expect((await guess(target.open(), email, wrong, newNetwork())).status).toBe(401);
    await counted("account:", 9);
    const statuses = [];
    for (let count = 0; count < 3; count += 1) {
      statuses.push((await guess(target.open(), email, wrong, newNetwork())).status);
    }
    expect(statuses).toEqual([401, 429, 429]);
  });
});

describe("a second factor", () => {
  it("has ten wrong codes, from whatever networks, in a challenge and in a live session alike", async () => {
    const { browser, email } = await target.signUp();
    const { code } = await enrol(browser);
    await browser.post("/api/auth/sign-out");
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
    // All of them from somebody who knows the password; the owner's device has tries of its own.
    await guess(browser, email, password, newNetwork());
    const home = await browser.post("/api/auth/two-factor/verify-totp", { code: await code(1) });
    expect(home.status).toBe(200);

    const thief = await target.signUp();
    await enrol(thief.browser);
    const inside = [];
    for (let count = 0; count < 4; count += 1) {
      if (count === 1) await counted("device:", 9);
      const { status } = await thief.browser.post("/api/auth/two-factor/verify-totp", {
        code: "000000",
      });
      inside.push(status);
    }
    expect(inside).toEqual([401, 401, 429, 429]);
  });

  it.each(["/two-factor/verify-backup-code", "/two-factor/verify-totp"])(
    "has ten wrong codes in all from whoever knows the password: then none counts at %s",
    async (path) => {
      const { browser, email } = await target.signUp();
      const { code, backupCodes } = await enrol(browser);
      const thief = target.open();
      const statuses = [];
      for (let count = 0; count < 14; count += 1) {
        // A challenge has fewer tries than an account.
        if (count % 3 === 0) await guess(thief, email, password, newNetwork());
        const [wrongPath, wrongCode] =
          count % 2 === 0
            ? ["/two-factor/verify-backup-code", "aaaaa-aaaaa"]
            : ["/two-factor/verify-totp", "000000"];
        statuses.push((await thief.post(`/api/auth${wrongPath}`, { code: wrongCode })).status);
      }
      expect(statuses.filter((status) => status === 401)).toHaveLength(10);
      expect(statuses.slice(10)).toEqual([429, 429, 429, 429]);
      const right = path.endsWith("totp") ? await code(1) : backupCodes[0];
      await guess(thief, email, password, newNetwork());
      expect((await thief.post(`/api/auth${path}`, { code: right })).status).toBe(429);
      await guess(browser, email, password, newNetwork());
      expect((await browser.post(`/api/auth${path}`, { code: right })).status).toBe(200);
    },
  );

  it("is not closed by one network that knows the password to an owner on a new device", async () => {
    const { browser, email } = await target.signUp();
    const { code } = await enrol(browser);
    const thief = target.open();
    const from = { "cf-connecting-ip": newNetwork() };
    const statuses = [];
    for (let count = 0; count < 12; count += 1) {
      if (count % 3 === 0) await guess(thief, email, password, newNetwork());
      const body = { code: "aaaaa-aaaaa" };
      const path = "/api/auth/two-factor/verify-backup-code";
      statuses.push((await thief.post(path, body, from)).status);
      await counted("network:", 0);
    }
    expect(statuses.filter((status) => status === 401)).toHaveLength(5);
    const device = target.open();
    await guess(device, email, password, newNetwork());
    const solved = await device.post("/api/auth/two-factor/verify-totp", { code: await code(1) });
    expect(solved.status).toBe(200);
  });

  it("takes a code once, in a challenge and from six who send it at once on two isolates", async () => {
    const { browser, email, id } = await target.signUp();
    const { code } = await enrol(browser);
    const verify = async (by: Browser, index: number, secret: string) => {
      const headers = { "x-test-isolate": String(index % 2) };
      return (await by.post("/api/auth/two-factor/verify-totp", { code: secret }, headers)).status;
    };
    const challenged = target.open();
    await guess(challenged, email, password, newNetwork());
    // Enrolling has used it up.
    expect(await verify(challenged, 0, await code(0))).toBe(401);
    const refusals = await target.database
      .prepare("SELECT count(*) AS count FROM audit_event WHERE event = 'two_factor.failed'")
      .first<number>("count");
    expect(refusals).toBeGreaterThan(0);
    const statuses = await Promise.all(
      Array.from({ length: 6 }, async (_, index) => verify(browser, index, await code(1))),
    );
    expect(statuses.toSorted()).toEqual([200, 401, 401, 401, 401, 401]);
    // Imported secrets have another form.
    const secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
    await target.database
      .prepare("UPDATE two_factor SET secret = ?, last_totp_step = NULL WHERE user_id = ?")
      .bind(await encrypt(`base32:${secret}`), id)
      .run();
    const imported = await authenticator(`otpauth://totp/a?secret=${secret}`)(0);
    const replays = [await verify(browser, 0, imported), await verify(browser, 1, imported)];
    expect(replays).toEqual([200, 401]);
  });

  it("takes a backup code once, also when six use it at once on two isolates", async () => {
    const { browser, email } = await target.signUp();
    const { backupCodes } = await enrol(browser);
    const use = async (by: Browser, index: number) => {
      const body = { code: backupCodes[0] };
      const headers = { "x-test-isolate": String(index % 2) };
      return (await by.post("/api/auth/two-factor/verify-backup-code", body, headers)).status;
    };
    const statuses = await Promise.all(
      Array.from({ length: 6 }, async (_, index) => use(browser, index)),
    );
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    const thief = target.open();
    await guess(thief, email, password, newNetwork());
    expect(await use(thief, 0)).toBe(401);
  });
});

describe("devices that an account has signed in on", () => {
  const newPassword = "violet harbour 27 lanterns";
  /** Another one of somebody who knows the password. */
  const signInOn = async (device: Browser, { email }: Person, secret = password) => {
    expect((await guess(device, email, secret, newNetwork())).status).toBe(200);
    return device;
  };
  const resetOn = async (device: Browser, { email }: Person) => {
    await device.post("/api/auth/request-password-reset", { email });
    const token = linkIn(await target.mailTo(email, "password")).searchParams.get("token");
    const reset = await device.post("/api/auth/reset-password", { token, newPassword });
    expect(reset.status).toBe(200);
    return device;
  };
  const closeToStrangers = async ({ email }: Person) => {
    await guess(target.open(), email, wrong, newNetwork());
    await counted("account:", 10);
    expect((await guess(target.open(), email, wrong, newNetwork())).status).toBe(429);
  };
  /** From one address, by turns. */
  const guessSix = async (
    devices: Browser[],
    send: (device: Browser, address: string) => Promise<{ status: number }>,
  ) => {
    const address = newNetwork();
    const statuses = [];
    for (let count = 0; count < 6; count += 1) {
      const device = devices[count % devices.length] ?? target.open();
      statuses.push((await send(device, address)).status);
    }
    return statuses;
  };
  const ofStrangers = [401, 401, 401, 429, 429, 429];

  it.each([
    ["was reset", async (person: Person) => resetOn(target.open(), person)],
    [
      "was changed",
      async ({ browser }: Person) => {
        await browser.post("/api/auth/change-password", { currentPassword: password, newPassword });
        return browser;
      },
    ],
    [
      "was set by a platform admin",
      async (person: Person) => {
        const admin = await target.enterAdmin();
        const body = { userId: person.id, newPassword };
        await admin.browser.post("/api/auth/admin/set-user-password", body);
        return signInOn(target.open(), person, newPassword);
      },
    ],
    [
      "was joined by a second factor",
      async ({ browser }: Person) => {
        await enrol(browser);
        return browser;
      },
    ],
  ])(
    "have the tries of strangers once its password %s, until they show it",
    async (_name, change) => {
      const person = await target.signUp();
      const [first, second] = [target.open(), await signInOn(target.open(), person)];
      first.cookies.set(knownDevice, person.browser.cookies.get(knownDevice) ?? "");
      const device = await change(person);
      // It is `password` then.
      await checkAtOnce(person);
      const guesses = await guessSix([first, second], async (by, address) =>
        guess(by, person.email, wrong, address),
      );
      expect(guesses).toEqual(ofStrangers);
      await counted("account:", 10);
      for (const by of [first, second]) {
        expect((await guess(by, person.email, password, newNetwork())).status).toBe(429);
      }
      expect((await guess(device, person.email, password, newNetwork())).status).toBe(200);
    },
  );

  it("have the tries of strangers at codes of a second factor of which they have shown none", async () => {
    const person = await target.signUp();
    const { browser, email } = person;
    const plain = await signInOn(target.open(), person);
    await checkAtOnce(person);
    // This one has shown a code of the second factor that there was before.
    await enrol(browser);
    const before = new Map(browser.cookies);
    await browser.post("/api/auth/two-factor/disable", { password });
    const { code } = await enrol(browser);
    const earlier = target.open();
    earlier.cookies.set(knownDevice, before.get(knownDevice) ?? "");
    for (const device of [plain, earlier, browser]) {
      await guess(device, email, password, newNetwork());
    }
    const guesses = await guessSix([plain, earlier], async (by, address) => {
      const from = { "cf-connecting-ip": address };
      const body = { code: "aaaaa-aaaaa" };
      return by.post("/api/auth/two-factor/verify-backup-code", body, from);
    });
    expect(guesses).toEqual(ofStrangers);
    await counted("account:", 10);
    const verify = async (by: Browser) =>
      (await by.post("/api/auth/two-factor/verify-totp", { code: await code(1) })).status;
    expect([await verify(plain), await verify(browser)]).toEqual([429, 200]);
  });

  it("have thirty wrong tries together, however many they are and also when they come at once", async () => {
    const person = await target.signUp();
    const devices = [person.browser];
    for (let count = 0; count < 3; count += 1) devices.push(await signInOn(target.open(), person));
    await checkAtOnce(person);
    const guesses = await Promise.all(
      devices.flatMap((device) =>
        Array.from({ length: 10 }, async () => guess(device, person.email, wrong, newNetwork())),
      ),
    );
    expect(guesses.filter(({ status }) => status === 401)).toHaveLength(30);
    expect(guesses.filter(({ status }) => status === 429)).toHaveLength(10);
    // Strangers have theirs all the same, and so has whoever resets the password.
    expect((await guess(target.open(), person.email, wrong, newNetwork())).status).toBe(401);
    await resetOn(person.browser, person);
    await closeToStrangers(person);
    await signInOn(person.browser, person, newPassword);
  });

  it("stay known when the password is hashed anew at a sign-in", async () => {
    const person = await signUpGuessed();
    const device = await signInOn(target.open(), person);
    const hash = target.database.prepare("SELECT password FROM account WHERE user_id = ?");
    await vi.waitFor(
      async () => expect(await hash.bind(person.id).first("password")).not.toBe(cheapPasswordHash),
      patience,
    );
    await closeToStrangers(person);
    await signInOn(device, person);
  });

  it("are strangers' with a cookie that does not say what was shown, and known again after a sign-in", async () => {
    const person = await target.signUp();
    const device = target.open();
    const [value = ""] = decodeURIComponent(person.browser.cookies.get(knownDevice) ?? "").split(
      "].",
    );
    const [{ account, device: id }] = JSON.parse(`${value}]`) as [Record<string, string>];
    const old = JSON.stringify([{ account, device: id }]);
    const signature = await createHMAC("SHA-256", "base64").sign(target.secret, old);
    device.cookies.set(knownDevice, encodeURIComponent(`${old}.${signature}`));
    await closeToStrangers(person);
    expect((await guess(device, person.email, password, newNetwork())).status).toBe(429);
    await counted("account:", 0);
    await signInOn(device, person);
    await counted("account:", 10);
    await signInOn(device, person);
  });
});

it("does not let a stolen session guess the password", async () => {
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
  const sessionCookie = "__Secure-better-auth.session_token";
  const steal = ({ cookies }: Browser) => {
    const thief = target.open();
    thief.cookies.set(sessionCookie, cookies.get(sessionCookie) ?? "");
    return thief;
  };

  it.each([
    ["the password", "/verify-password", { password: wrong }, { password }],
    [
      "the password, to turn the second factor off",
      "/two-factor/disable",
      { password: wrong },
      { password },
    ],
    [
      "a code",
      "/two-factor/verify-totp",
      { code: "000000" },
      async (code: (offset?: number) => Promise<string>) => ({ code: await code(1) }),
    ],
    ["a backup code", "/two-factor/verify-backup-code", { code: "aaaaa-aaaaa" }, undefined],
  ])("has ten tries at %s, and takes none of its owner's", async (_name, path, body, right) => {
    const { browser } = await signUpGuessed();
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

it("does not tell that a short password is right, once the tries are used up", async () => {
  const { browser } = await target.signUp();
  await enrol(browser);
  const short = "violet 27 lamp";
  const changed = await browser.post("/api/auth/change-password", {
    currentPassword: password,
    newPassword: short,
  });
  expect(changed.status).toBe(200);
  const disable = async () => browser.post("/api/auth/two-factor/disable", { password: short });
  const told = { status: 400, body: { code: "PASSWORD_TOO_SHORT_ALONE" } };
  expect(await disable()).toMatchObject(told);
  await counted("device:", 9);
  expect(await disable()).toMatchObject(told);
  expect((await disable()).status).toBe(429);
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
    // The sign-in of the sign-up above: its account, its share of that and its network, given back.
    expect(await rows()).toBeLessThanOrEqual((before ?? 0) + 4);
  });

  it("locks nobody out by guesses without an address: not who has one, no other account, no device", async () => {
    const [victim, other] = [await signUpGuessed(), await target.signUp()];
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
