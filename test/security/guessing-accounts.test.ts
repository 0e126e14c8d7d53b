/** Guesses from many networks at one account: it closes to strangers, and stays open to its owner. */
import { beforeAll, describe, expect, it, vi } from "vitest";
import { enrol, newEmail, password, patience, type Browser, type Person } from "../people.ts";
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

describe("one account", () => {
  let owner: Person;
  let phone: Browser;
  let code: (offset?: number) => Promise<string>;

  beforeAll(async () => {
    owner = await target.enter();
    ({ code } = await enrol(owner.browser));
    phone = target.open();
    await guess(phone, owner.email, password, newNetwork());
    const solved = await phone.post("/api/auth/two-factor/verify-totp", { code: await code(1) });
    expect(solved.status).toBe(200);
    await owner.browser.post("/api/auth/sign-out");
    await phone.post("/api/auth/sign-out");
    await checkAtOnce(owner);
  });

  it("closes to forty networks and a /48 that guess its password", async () => {
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

  it("stays open on devices that have passed its second factor", async () => {
    for (const device of [owner.browser, phone]) {
      const { body } = await guess(device, owner.email, password, newNetwork());
      expect(body).toMatchObject({ twoFactorRedirect: true });
    }
  });

  it("stays open to its owner on a new device who sends a second-factor code with the password", async () => {
    // On a device that is known, so that enrolling uses none of a stranger's tries at a code.
    const [owner, plain] = await Promise.all([target.signUp(), target.enter()]);
    const { browser, email } = owner;
    await checkAtOnce(owner);
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

  describe("while closed, limits sign-ins that send a code with the password:", () => {
    /** A closed account; `waiting` has a challenge from before it closed. */
    const closed = async () => {
      // On a device that is known, so that enrolling uses none of a stranger's tries at a code.
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
    /** Leaves out the counters that bound the audit log. */
    const triesSoFar = async () =>
      target.database
        .prepare(
          "SELECT sum(tries) AS n FROM throttle WHERE key GLOB 'solv*' OR key GLOB 'account:*' OR key GLOB 'nobody:*'",
        )
        .first<number>("n");

    it("to the tries of one network", async () => {
      const { signIn, code } = await closed();
      const network = newNetwork();
      for (const sent of ["000000", "000001", "000002"]) await signIn(wrong, sent, network);
      expect(await signIn(password, code, network)).toBe(429);
      expect(await signIn(password, code)).toBe(200);
    });

    it("to ten codes from anybody who knows the password, those of a challenge included", async () => {
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

    it("to five passwords for one code, and ten for anybody who has the codes", async () => {
      const [one, another] = [await closed(), await closed()];
      for (let count = 0; count < 5; count += 1) await one.signIn(wrong, one.code);
      expect(await one.signIn(password, one.code)).toBe(401);
      await another.signIn(wrong, another.code);
      await counted("solvers:", 10);
      expect(await another.signIn(password, another.code)).toBe(401);
    });

    it("and neither checks nor counts a password that is too long", async () => {
      const { signIn, code } = await closed();
      const before = await triesSoFar();
      for (let count = 0; count < 6; count += 1) {
        expect(await signIn("x".repeat(2000), code)).toBe(400);
      }
      await vi.waitFor(async () => expect(await triesSoFar()).toBe(before), patience);
      expect(await signIn(password, code)).toBe(200);
    });
  });

  it("opens after a reset by mail, and stays open on the device that did the reset", async () => {
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
    // A person who reads the mail has no more tries at the code than a stranger.
    const challenged = await device.post("/api/auth/two-factor/verify-totp", { code: "000000" });
    expect(challenged.status).toBe(429);
  });

  it("closes in the same way if it does not exist", async () => {
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
