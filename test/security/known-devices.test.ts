/** Devices that an account has signed in on: they have tries of their own while they have shown its current credentials. */
import { createHMAC } from "@better-auth/utils/hmac";
import { beforeAll, describe, expect, it, vi } from "vitest";
import {
  cheapPasswordHash,
  enrol,
  linkIn,
  password,
  patience,
  type Browser,
  type Person,
} from "../people.ts";
import { knownDevice, newNetwork, openGuessing, wrong, type Guessing } from "./guesses.ts";
import type { Target } from "./target.ts";

let target: Target;
let guess: Guessing["guess"];
let counted: Guessing["counted"];
let checkAtOnce: Guessing["checkAtOnce"];

beforeAll(async () => {
  ({ target, guess, counted, checkAtOnce } = await openGuessing());
  return target.stop;
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
      "was supplemented by a second factor",
      async ({ browser }: Person) => {
        await enrol(browser);
        return browser;
      },
    ],
  ])(
    "count as strangers once its password %s, until they have shown the new credentials",
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

  it("count as strangers at codes of a second factor that they have never passed", async () => {
    const person = await target.enter();
    const { browser, email } = person;
    const plain = await signInOn(target.open(), person);
    await checkAtOnce(person);
    // This one has shown a code of the second factor that there was before.
    const { backupCodes } = await enrol(browser);
    const before = new Map(browser.cookies);
    const off = { password, code: backupCodes[0] };
    expect((await browser.post("/api/auth/two-factor/disable", off)).status).toBe(200);
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

  it("share thirty wrong tries, however many devices there are, even if they guess at once", async () => {
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
    // Strangers keep their own tries, and so does somebody who resets the password.
    expect((await guess(target.open(), person.email, wrong, newNetwork())).status).toBe(401);
    await resetOn(person.browser, person);
    await closeToStrangers(person);
    await signInOn(person.browser, person, newPassword);
  });

  it("stay known when a sign-in rehashes the password", async () => {
    const person = await target.enter();
    const device = await signInOn(target.open(), person);
    const hash = target.database.prepare("SELECT password FROM account WHERE user_id = ?");
    await vi.waitFor(
      async () => expect(await hash.bind(person.id).first("password")).not.toBe(cheapPasswordHash),
      patience,
    );
    await closeToStrangers(person);
    await signInOn(device, person);
  });

  it("count as strangers with a cookie that does not say what was shown, and are known again after a sign-in", async () => {
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
