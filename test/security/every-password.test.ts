/**
 * What holds for the template's routes holds for every route: a new password is judged and leaves an event whichever route
 * sets it, and a plugin's own limits count.
 */
import { beforeAll, describe, expect, it, vi } from "vitest";
import { enrol, newEmail, password, type Browser, type Person } from "../people.ts";
import { startTarget, type Target } from "./target.ts";

let target: Target;

const strong = "velvet orchards 41 tortoise";
const network = { "cf-connecting-ip": "198.51.100.7" };

beforeAll(async () => {
  target = await startTarget({ entry: "test/security/workers/codes.ts" });
  await target.database.batch([
    target.database.prepare("ALTER TABLE user ADD COLUMN phone_number text"),
    target.database.prepare("ALTER TABLE user ADD COLUMN phone_number_verified integer"),
  ]);
  return target.stop;
});

const codeFor = async (address: string) =>
  vi.waitFor(() => {
    const lines = target.log().split(`code for ${address}: `);
    const code = /^(\d+)\./.exec(lines.at(-1) ?? "")?.[1];
    if (lines.length < 2 || code === undefined) throw new Error(`no code for ${address}`);
    return code;
  });

const post = async (browser: Browser, path: string, body: object, headers = {}) =>
  browser.post<{ code?: string }>(`/api/auth${path}`, body, headers);

const signsIn = async ({ email }: Pick<Person, "email">, secret: string) =>
  (await post(target.open(), "/sign-in/email", { email, password: secret })).status === 200;

const eventsAbout = async ({ id }: Pick<Person, "id">) => {
  const { results } = await target.database
    .prepare("SELECT event FROM audit_event WHERE actor_id = ?1 OR subject_id = ?1 ORDER BY id")
    .bind(id)
    .all<{ event: string }>();
  return results.map(({ event }) => event);
};

describe("a reset with a code by mail", () => {
  const reset = async (email: string, secret: string) =>
    post(target.open(), "/email-otp/reset-password", {
      email,
      otp: await codeFor(email),
      password: secret,
    });
  const askFor = async (email: string) =>
    post(target.open(), "/email-otp/request-password-reset", { email });

  it.each([
    ["a", "PASSWORD_TOO_SHORT"],
    ["Passwordpassword", "PASSWORD_COMMON"],
    ["tortoise 41 or", "PASSWORD_TOO_SHORT"],
  ])("to %j is refused, and the code still works", async (weak, code) => {
    const ada = await target.enter("Ada");
    await askFor(ada.email);
    const refused = await reset(ada.email, weak);
    expect([refused.status, refused.body.code]).toEqual([400, code]);
    expect(await signsIn(ada, weak)).toBe(false);
    if (weak !== "tortoise 41 or") expect((await reset(ada.email, strong)).status).toBe(200);
  });

  it("leaves an event", async () => {
    const ada = await target.enter("Ada");
    await askFor(ada.email);
    expect((await reset(ada.email, strong)).status).toBe(200);
    expect(await eventsAbout(ada)).toContain("password.changed");
    expect(await signsIn(ada, strong)).toBe(true);
    expect(await signsIn(ada, password)).toBe(false);
  });

  it("may be shorter for somebody with a second factor", async () => {
    const ada = await target.signUp("Ada");
    await enrol(ada.browser);
    await askFor(ada.email);
    expect((await reset(ada.email, "tortoise 41 or")).status).toBe(200);
  });
});

describe("a route of the owner's own", () => {
  it.each(["a", "Passwordpassword", "tortoise 41 or"])("cannot set %j", async (weak) => {
    const ada = await target.enter("Ada");
    const changed = await post(ada.browser, "/owners/set-password", { password: weak });
    expect(changed.status).toBe(400);
    const bare = newEmail();
    const id = crypto.randomUUID();
    await target.database
      .prepare(
        "INSERT INTO user (id, name, email, email_verified, created_at, updated_at) VALUES (?, 'Bob', ?, 1, 0, 0)",
      )
      .bind(id, bare)
      .run();
    const body = { password: weak, userId: id };
    expect((await post(target.open(), "/owners/add-password", body)).status).toBe(400);
    expect([await signsIn(ada, weak), await signsIn({ email: bare }, weak)]).toEqual([
      false,
      false,
    ]);
  });

  it("sets a good one, and leaves an event", async () => {
    const ada = await target.enter("Ada");
    const changed = await post(ada.browser, "/owners/set-password", { password: strong });
    expect(changed.status).toBe(200);
    expect(await signsIn(ada, strong)).toBe(true);
    expect(await eventsAbout(ada)).toContain("password.changed");
  });
});

describe("a plugin's own limit", () => {
  it("is kept for its routes, for each network", async () => {
    const ping = async (headers: Record<string, string>) =>
      target.open().send("POST", "/api/auth/owners/ping", {}, headers);
    const answers = await Promise.all(Array.from({ length: 10 }, async () => ping(network)));
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(4);
    const refused = answers.find(({ status }) => status === 429);
    expect(refused?.body).toMatchObject({ code: "TOO_MANY_REQUESTS" });
    expect(Number(refused?.headers.get("retry-after"))).toBeGreaterThan(0);
    expect((await ping({ "cf-connecting-ip": "198.51.100.8" })).status).toBe(200);
  });

  it("is kept by Better Auth's plugins, with the limits of their documentation", async () => {
    const email = newEmail();
    const headers = { "cf-connecting-ip": "198.51.100.9" };
    const ask = async () =>
      post(
        target.open(),
        "/email-otp/check-verification-otp",
        { email, otp: "000000", type: "sign-in" },
        headers,
      );
    const statuses = [];
    for (let index = 0; index < 5; index += 1) statuses.push((await ask()).status);
    expect(statuses.slice(3)).toEqual([429, 429]);
    expect(statuses.slice(0, 3)).not.toContain(429);
  });

  it("does not let one number be sent text messages from many networks", async () => {
    const statuses = [];
    for (let index = 0; index < 12; index += 1) {
      const headers = { "cf-connecting-ip": `198.51.101.${index}` };
      statuses.push(
        (await post(target.open(), "/phone-number/send-otp", { phoneNumber: "+15550001" }, headers))
          .status,
      );
    }
    expect(statuses.filter((status) => status !== 429).length).toBeLessThanOrEqual(5);
  });

  it.each([
    [
      "number",
      "/phone-number/send-otp",
      [
        ["+4915550002", "+49 1555 0002", "004915550002", "+49-1555-0002"],
        ["+49 (0) 15550002", "+49.1555.0002", "+49/15550002", "tel:+4915550002"],
      ].flatMap((some) => some.map((phoneNumber) => ({ phoneNumber }))),
    ],
    [
      "address that an account is to move to",
      "/email-otp/request-email-change",
      Array.from({ length: 8 }, () => ({ newEmail: "stranger@example.org" })),
    ],
  ])("does not let one %s be sent codes however it is named", async (_, path, bodies) => {
    const ada = await target.enter();
    const statuses = await Promise.all(
      bodies.map(
        async (body, index) =>
          (await post(ada.browser, path, body, { "cf-connecting-ip": `198.51.102.${index}` }))
            .status,
      ),
    );
    expect(statuses.filter((status) => status === 429).length).toBeGreaterThanOrEqual(3);
  });
});
