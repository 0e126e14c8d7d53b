/** Somebody with a session and the password: what they may do to the second factor without having it. */
import { beforeAll, describe, expect, it } from "vitest";
import { enrol, password } from "../people.ts";
import { startTarget, type Target } from "./target.ts";

let target: Target;

beforeAll(async () => {
  target = await startTarget({ cheapHashes: true });
  return target.stop;
});

const required = { status: 400, body: { code: "TWO_FACTOR_CODE_REQUIRED" } };
const weaken = ["disable", "generate-backup-codes"] as const;

async function enrolled() {
  const ada = await target.enter();
  const { code, backupCodes } = await enrol(ada.browser);
  const act = async (route: string, body: object = {}) =>
    ada.browser.post<{ code?: string; backupCodes?: string[] }>(`/api/auth/two-factor/${route}`, {
      password,
      ...body,
    });
  const row = async () =>
    target.database
      .prepare("SELECT secret, backup_codes, last_totp_step FROM two_factor WHERE user_id = ?")
      .bind(ada.id)
      .first();
  return { ada, code, backupCodes, act, row };
}

it("is shown the secret while the enrolment is open, and never after", async () => {
  const { browser } = await target.enter();
  await browser.post("/api/auth/two-factor/enable", { password });
  const show = async () => browser.post("/api/auth/two-factor/get-totp-uri", { password });
  expect(await show()).toMatchObject({
    status: 200,
    body: { totpURI: expect.stringContaining("secret=") as string },
  });
  const { act, code } = await enrolled();
  const hidden = { status: 403, body: { code: "TWO_FACTOR_SECRET_HIDDEN" } };
  expect(await act("get-totp-uri")).toMatchObject(hidden);
  expect(await act("get-totp-uri", { password: "not the password" })).toMatchObject(hidden);
  // A code makes no difference: the route knows none.
  expect((await act("get-totp-uri", { code: await code(1) })).status).toBe(400);
});

describe.each(weaken)("asks for the factor itself before /two-factor/%s", (route) => {
  it("and refuses without a code, with an empty one, and with a wrong one", async () => {
    const { act, row, ada } = await enrolled();
    const before = await row();
    expect(await act(route)).toMatchObject(required);
    expect(await act(route, { code: "" })).toMatchObject(required);
    for (const code of ["000000", "aaaaa-aaaaa", " ", "__proto__"]) {
      expect(await act(route, { code })).toMatchObject({
        status: 401,
        body: { code: "INVALID_CODE" },
      });
    }
    expect(await row()).toEqual(before);
    expect((await ada.browser.session()).user.twoFactorEnabled).toBe(true);
  });

  it("and takes a code of the authenticator once, and none for a wrong password", async () => {
    const { act, code } = await enrolled();
    const used = { code: await code(0) };
    expect(await act(route, used)).toMatchObject({ status: 401, body: { code: "INVALID_CODE" } });
    const right = { code: await code(1) };
    expect(await act(route, { ...right, password: "not the password" })).toMatchObject({
      status: 400,
      body: { code: "INVALID_PASSWORD" },
    });
    expect((await act(route, right)).status).toBe(200);
  });

  it("and takes a backup code", async () => {
    const { act, backupCodes, ada } = await enrolled();
    const [code] = backupCodes;
    expect((await act(route, { code })).status).toBe(200);
    const subject = route === "disable" ? "authentication is off" : "backup codes were replaced";
    await target.mailTo(ada.email, subject);
  });

  it("and uses a code up for one of six requests at once", async () => {
    const { act, code } = await enrolled();
    const body = { code: await code(1) };
    const answers = await Promise.all(Array.from({ length: 6 }, async () => act(route, body)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });
});

it("begins no other enrolment", async () => {
  const { act, row } = await enrolled();
  const before = await row();
  expect((await act("enable")).status).toBe(400);
  expect((await act("enable", { method: "otp" })).status).toBe(400);
  expect(await row()).toEqual(before);
});

it("gives up an enrolment that is not complete without a code", async () => {
  const { browser } = await target.enter();
  await browser.post("/api/auth/two-factor/enable", { password });
  expect((await browser.post("/api/auth/two-factor/disable", { password })).status).toBe(200);
});
