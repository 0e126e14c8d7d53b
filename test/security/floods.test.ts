/** Floods that guess nothing: requests of one network, beginnings of sign-ins, and mail to somebody who asked for none. */
import { beforeAll, describe, expect, it, vi } from "vitest";
import { consoleUrl, linkIn, newEmail, password, type Browser } from "../people.ts";
import { startTarget, type Target } from "./target.ts";

const requestsPerMinute = 40;
let target: Target;

beforeAll(async () => {
  target = await startTarget({
    requestsPerMinute,
    bindings: { GOOGLE_CLIENT_ID: "id", GOOGLE_CLIENT_SECRET: "secret" },
  });
  return target.stop;
});

const from = (network: string) => ({ "cf-connecting-ip": network });

describe("one network", () => {
  it("is refused beyond the shield's limit, in its own name alone", async () => {
    const ask = async (path: string, network: string) => target.open().get(path, from(network));
    let refused = await ask("/api/auth/ok", "192.0.2.1");
    // Windows are fixed: the first may end on the way.
    for (let count = 0; count < 2 * requestsPerMinute && refused.status !== 429; count += 1) {
      refused = await ask(`/api/auth/unknown-${count}`, "192.0.2.1");
    }
    expect(refused).toMatchObject({ status: 429, body: { code: "TOO_MANY_REQUESTS" } });
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(refused.headers.get("access-control-allow-origin")).toBe(consoleUrl);
    expect((await ask("/api/auth/ok", "192.0.2.2")).status).toBe(200);
    expect((await ask("/api/auth/ok", "")).status).toBe(200);
  });

  it("is never refused a session check, on the fast path or off it", async () => {
    const { browser } = await target.enter();
    const paths = [
      "/api/auth/session",
      "/api/auth/get-session",
      // Neither of these is answered by the fast path.
      "/api/auth/session?a=b",
      "/api/auth/get-session?disableRefresh=true",
    ];
    const answers = await Promise.all(
      Array.from({ length: 2 * requestsPerMinute + 1 }, async (_, index) =>
        browser.get(paths[index % paths.length] ?? "", from("192.0.2.3")),
      ),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  });
});

it("lets one network begin thirty sign-ins at a provider in ten seconds, and writes no row for any", async () => {
  const begin = async (browser: Browser) =>
    (await browser.post("/api/auth/sign-in/social", { provider: "google" }, from("192.0.2.4")))
      .status;
  const statuses = await Promise.all(Array.from({ length: 35 }, async () => begin(target.open())));
  expect(statuses.filter((status) => status === 200)).toHaveLength(30);
  expect(statuses.filter((status) => status === 429)).toHaveLength(5);
  const states = await target.database
    .prepare("SELECT count(*) AS count FROM verification")
    .first<number>("count");
  expect(states).toBe(0);
});

describe("mail", () => {
  const reset = async (browser: Browser, email: string, network: string) =>
    (await browser.post("/api/auth/request-password-reset", { email }, from(network))).status;

  it("is asked for sixty times in five minutes by one network, to any address", async () => {
    const ask = async () => reset(target.open(), newEmail(), "192.0.2.5");
    expect(await ask()).toBe(200);
    await target.database
      .prepare("UPDATE throttle SET tries = 59 WHERE key LIKE 'mail-from:%'")
      .run();
    expect([await ask(), await ask()]).toEqual([200, 429]);
  });

  it("is asked for 120 times in five minutes from one /48", async () => {
    const ask = async (network: string) => reset(target.open(), newEmail(), network);
    expect(await ask("2001:db8:5:1::1")).toBe(200);
    await target.database
      .prepare("UPDATE throttle SET tries = 119 WHERE key LIKE 'mail-from-site:%'")
      .run();
    expect([await ask("2001:db8:5:2::1"), await ask("2001:db8:5:3::1")]).toEqual([200, 429]);
  });

  it("goes to one address five times, and nobody is told when it goes no more", async () => {
    const { email } = await target.enter();
    const statuses = await Promise.all(
      Array.from({ length: 7 }, async (_, index) =>
        reset(target.open(), email, `198.51.100.${index}`),
      ),
    );
    expect(new Set(statuses)).toEqual(new Set([200]));
    await target.mailTo(email, "password");
    // What is sent after the seventh is sent after all of the first, too.
    const later = await target.enter();
    await reset(target.open(), later.email, "198.51.100.9");
    await target.mailTo(later.email, "password");
    expect(target.mail.filter(({ to }) => to === email)).toHaveLength(5);
  });

  it("of a reset is not used up by a stranger's sign-ups", async () => {
    const { email } = await target.enter();
    await Promise.all(
      Array.from({ length: 7 }, async (_, index) =>
        target
          .open()
          .post(
            "/api/auth/sign-up/email",
            { name: "Mallory", email, password },
            from(`192.0.2.${10 + index}`),
          ),
      ),
    );
    await target.mailTo(email, "You already have an account");
    expect(await reset(target.open(), email, "192.0.2.20")).toBe(200);
    await target.mailTo(email, "Reset your password");
  });

  it("of a reset is not used up by one network that has it lead to a page of its own", async () => {
    const { email } = await target.enter();
    const redirectTo = `${consoleUrl}/no-such-page`;
    for (const index of [1, 2, 3, 4, 5, 6]) {
      const asked = await target
        .open()
        .post(
          "/api/auth/request-password-reset",
          { email, redirectTo },
          from(`2001:db8:1:${index}::1`),
        );
      expect(asked.status).toBe(200);
    }
    await reset(target.open(), email, "198.51.100.10");
    const usable = await vi.waitFor(
      () => {
        const resets = target.mail.filter(
          ({ to, subject }) => to === email && /Reset/.test(subject),
        );
        const found = resets.find((mail) => linkIn(mail).pathname === "/reset-password");
        if (found === undefined) throw new Error(`${resets.length} resets, none to the console`);
        return found;
      },
      { timeout: 10_000 },
    );
    expect(usable.to).toBe(email);
  });

  it("of a reset that was sent first opens the account after all that strangers asked for", async () => {
    const { email } = await target.enter();
    await reset(target.open(), email, "198.51.100.20");
    const token = linkIn(await target.mailTo(email, "Reset")).searchParams.get("token");
    await Promise.all(
      Array.from({ length: 7 }, async (_, index) =>
        reset(target.open(), email, `198.51.100.${21 + index}`),
      ),
    );
    const newPassword = "violet harbour 27 lanterns";
    const opened = await target.open().post("/api/auth/reset-password", { token, newPassword });
    expect(opened.status).toBe(200);
  });
});
