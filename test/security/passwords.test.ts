/**
 * Weak passwords: NIST SP 800-63B-4 section 3.1.1.2, on every route that sets one. Have I Been Pwned cannot be reached
 * from a test: what stands for it answers as its documentation says.
 */
import { createHash } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { bearerOf, enrol, linkIn, newEmail, password } from "../people.ts";
import { startTarget, type Target } from "./target.ts";

/** The routes that take a new password. */
const judged = [
  "/sign-up/email",
  "/reset-password",
  "/change-password",
  "/admin/create-user",
  "/admin/set-user-password",
  "/platform/claim",
];

const breached = "velvet orchards 41 tortoise";
const digest = createHash("sha1").update(breached).digest("hex").toUpperCase();
const padded = createHash("sha1").update("only padding 41 tortoise").digest("hex").toUpperCase();

let target: Target;
let cutOff: Target;
const asked: string[] = [];

beforeAll(async () => {
  target = await startTarget({
    outbound: async (request) => {
      asked.push(request.url);
      const listed = [digest, padded].filter((hash) => request.url.endsWith(hash.slice(0, 5)));
      const lines = listed.map((hash) => `${hash.slice(5)}:${hash === digest ? 3 : 0}`);
      return new Response(["0018A45C4D1DEF81644B54AB7F969B88D65:0", ...lines].join("\r\n"));
    },
  });
  cutOff = await startTarget();
  return async () => Promise.all([target.stop(), cutOff.stop()]);
});

const signUp = async (at: Target, secret: string, more: object = {}) => {
  const body = { name: "Ada Lovelace", email: newEmail(), password: secret, ...more };
  return at.open().post("/api/auth/sign-up/email", body);
};

describe("a new password", () => {
  it.each([
    ["of 14 characters", "tortoise 41 or", "PASSWORD_TOO_SHORT"],
    ["of 14 code points that are 28 units", "🐢🦊🐙🦉🐝🦋🐌🐞🐜🦟🦗🕷🦂🐍", "PASSWORD_TOO_SHORT"],
    [
      "that is 15 only before it is composed",
      "e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301a",
      "PASSWORD_TOO_SHORT",
    ],
    ["of 129 characters", "tortoise ".repeat(15).slice(0, 129), "PASSWORD_TOO_LONG"],
    ["that is common, and a number", "password1234567!", "PASSWORD_COMMON"],
    ["that is a common one twice", "Passwordpassword", "PASSWORD_COMMON"],
    ["that is a row", "abcdefghijklmnop", "PASSWORD_COMMON"],
    ["that is a row of digits", "12345678901234567", "PASSWORD_COMMON"],
    ["that is one character", "aaaaaaaaaaaaaaaa", "PASSWORD_COMMON"],
    ["made of the name", "AdaLovelace-1815", "PASSWORD_COMMON"],
    ["made of the platform's id", "k3m9p2xw7q-2026", "PASSWORD_COMMON"],
    ["known from a breach", breached, "PASSWORD_BREACHED"],
  ])("%s is refused, with the reason", async (_, secret, code) => {
    const before = await usersOf(target);
    const { status, body } = await signUp(target, secret);
    expect({ status, code: body["code"] }).toEqual({ status: 400, code });
    expect(body["message"]).toMatch(/\w/);
    expect(await usersOf(target)).toBe(before);
  });

  it.each([
    ["of 15 lower-case letters: nothing is asked for but length", "turtlevelvetorc"],
    ["of 15 code points that are 30 units", "🐢🦊🐙🦉🐝🦋🐌🐞🐜🦟🦗🕷🦂🐍🦎"],
    ["of 128 code points that are 256 units", "🐢🦊🐙🦉🐝🦋🐌🐞".repeat(16).slice(0, -2) + "🦎"],
    ["with spaces, in any script", "черепаха и сорок один сад"],
    ["that only pads the breach corpus's answer", "only padding 41 tortoise"],
  ])("%s is accepted", async (_, secret) => {
    expect((await signUp(target, secret)).status).toBe(200);
  });

  it("is the same one in another Unicode form", async () => {
    const { browser, email } = await target.enter();
    await browser.post("/api/auth/change-password", {
      currentPassword: password,
      newPassword: "ﬁne café 41 orchards",
    });
    const other = "fine cafe\u0301 41 orchards";
    const { status } = await target
      .open()
      .post("/api/auth/sign-in/email", { email, password: other });
    expect(status).toBe(200);
  });

  it("is judged when a bearer token asks for it, too", async () => {
    const { browser } = await target.enter();
    const authorization = await bearerOf(browser, target.secret);
    const { body } = await target
      .open()
      .post(
        "/api/auth/change-password",
        { currentPassword: password, newPassword: "short one" },
        { authorization },
      );
    expect(body).toMatchObject({ code: "PASSWORD_TOO_SHORT" });
  });

  it("leaves the Worker as five digits of a hash", async () => {
    asked.length = 0;
    await signUp(target, "turtle velvet orchards");
    const hash = createHash("sha1").update("turtle velvet orchards").digest("hex").toUpperCase();
    expect(asked).toEqual([`https://api.pwnedpasswords.com/range/${hash.slice(0, 5)}`]);
  });

  it("is judged by the list of the Worker's own when the corpus cannot be reached", async () => {
    expect((await signUp(cutOff, breached)).status).toBe(200);
    const { body } = await signUp(cutOff, "passwordpassword");
    expect(body["code"]).toBe("PASSWORD_COMMON");
    expect(cutOff.log()).toContain("the breach corpus cannot be asked");
    expect(cutOff.log()).not.toContain(breached);
  });
});

describe("a second factor", () => {
  it("makes 8 characters enough, and goes only once the password is long enough without it", async () => {
    const { browser } = await target.enter();
    const change = async (currentPassword: string, newPassword: string) =>
      browser.post("/api/auth/change-password", { currentPassword, newPassword });
    const short = "otter-41";
    expect((await change(password, short)).body).toMatchObject({ code: "PASSWORD_TOO_SHORT" });
    const { backupCodes } = await enrol(browser);
    expect((await change(password, "otter41")).body).toMatchObject({ code: "PASSWORD_TOO_SHORT" });
    expect((await change(password, short)).status).toBe(200);
    const disable = async (secret: string) =>
      browser.post("/api/auth/two-factor/disable", { password: secret, code: backupCodes[0] });
    expect((await disable("otter-42")).body).toMatchObject({ code: "INVALID_PASSWORD" });
    expect((await disable(short)).body).toMatchObject({ code: "PASSWORD_TOO_SHORT_ALONE" });
    expect((await browser.session()).user.twoFactorEnabled).toBe(true);
    expect((await change(short, password)).status).toBe(200);
    expect((await disable(password)).status).toBe(200);
  });
});

describe("a reset link", () => {
  it("is still good after a password that was refused", async () => {
    const { email } = await target.enter();
    const stranger = target.open();
    await stranger.post("/api/auth/request-password-reset", { email });
    const token = linkIn(await target.mailTo(email, "password")).searchParams.get("token");
    const reset = async (newPassword: string) =>
      stranger.post("/api/auth/reset-password", { token, newPassword });
    expect((await reset("short one")).body).toMatchObject({ code: "PASSWORD_TOO_SHORT" });
    expect((await reset(breached)).body).toMatchObject({ code: "PASSWORD_BREACHED" });
    expect((await reset("a meadow of 52 lanterns")).status).toBe(200);
  });
});

it("of the first admin is judged too", async () => {
  const account = { name: "Grace", email: newEmail(), password: "short one" };
  const { body } = await target
    .open()
    .post("/api/auth/platform/claim", { token: "x".repeat(40), account });
  expect(body["code"]).toBe("PASSWORD_TOO_SHORT");
});

it("is taken by no route that is not known here", async () => {
  const { body: document } = await target.open().get<OpenApi>("/api/auth/openapi.json");
  const routes = Object.entries(document.paths).flatMap(([path, { post }]) =>
    JSON.stringify(post?.requestBody ?? {}).includes('assword"')
      ? [path.replace("/api/auth", "")]
      : [],
  );
  // They ask for the password that there is.
  const asking = [
    "/sign-in/email",
    "/verify-password",
    "/delete-user",
    "/two-factor/enable",
    "/two-factor/disable",
    "/two-factor/get-totp-uri",
    "/two-factor/generate-backup-codes",
  ];
  const setting = routes.filter((path) => !asking.includes(path)).sort();
  expect(setting).toEqual([...judged].sort());
});

it("set by an admin is judged too", async () => {
  const admin = await target.enterAdmin();
  const { id } = await target.enter();
  const { body } = await admin.browser.post("/api/auth/admin/set-user-password", {
    userId: id,
    newPassword: breached,
  });
  expect(body["code"]).toBe("PASSWORD_BREACHED");
  const created = await admin.browser.post("/api/auth/admin/create-user", {
    email: newEmail(),
    name: "Bob",
    password: "short one",
  });
  expect(created.body["code"]).toBe("PASSWORD_TOO_SHORT");
});

interface OpenApi {
  paths: Record<string, { post?: { requestBody?: unknown } }>;
}

async function usersOf({ database }: Target): Promise<number | null> {
  return database.prepare("SELECT count(*) AS count FROM user").first<number>("count");
}
