/** Guesses at codes of a second factor by somebody who knows the password, and codes that are used twice. */
import { symmetricEncrypt } from "better-auth/crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { authenticator, enrol, password, type Browser } from "../people.ts";
import { newNetwork, openGuessing, type Guessing } from "./guesses.ts";
import type { Target } from "./target.ts";

let target: Target;
let guess: Guessing["guess"];
let counted: Guessing["counted"];

beforeAll(async () => {
  ({ target, guess, counted } = await openGuessing());
  return target.stop;
});

/** Encrypts as the platform encrypts what it keeps. */
const encrypt = async (data: string) =>
  symmetricEncrypt({ key: { keys: new Map([[1, target.secret]]), currentVersion: 1 }, data });

describe("a second factor", () => {
  it("allows ten wrong codes from all networks together, in a challenge and in a live session", async () => {
    const { browser, email } = await target.enter();
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

    const thief = await target.enter();
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
    "allows ten wrong codes from anybody who knows the password, then refuses even a right one at %s",
    async (path) => {
      const { browser, email } = await target.enter();
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

  it("is not closed to its owner on a new device by one network that knows the password", async () => {
    const { browser, email } = await target.enter();
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

  it("accepts a code once, even if six requests on two isolates send it concurrently", async () => {
    const { browser, email, id } = await target.enter();
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

  it("accepts a backup code once, even if six requests on two isolates send it concurrently", async () => {
    const { browser, email } = await target.enter();
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
