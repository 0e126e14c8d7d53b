/**
 * What happened to an account is mailed to its owner, at the address that a thief would rather keep silent: deletion, other
 * ways to sign in, a sign-in from elsewhere, power over the platform, and an admin who looks in.
 */
import { beforeAll, describe, expect, it, vi } from "vitest";
import { enrol, linkIn, password, type Browser, type Person } from "../people.ts";
import { startTarget, type Target } from "./target.ts";

let target: Target;

beforeAll(async () => {
  target = await startTarget();
  return target.stop;
});

const post = async (browser: Browser, path: string, body: object, headers = {}) =>
  browser.post<{ code?: string }>(`/api/auth${path}`, body, headers);
const mailsTo = (email: string, subject: string) =>
  target.mail.filter((message) => message.to === email && message.subject.includes(subject));
const newSignIn = "New sign-in";
const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

describe("a deleted account", () => {
  it("is mailed to its owner, who deleted it", async () => {
    const ada = await target.signUp("Ada");
    expect((await post(ada.browser, "/delete-user", { password })).status).toBe(200);
    const { text } = await target.mailTo(ada.email, "Your account was deleted");
    expect(text).toContain("contact an administrator");
  });

  it("is mailed to its owner when an admin deleted it", async () => {
    const [admin, ada] = [await target.signUpAdmin(), await target.enter("Ada")];
    expect((await post(admin.browser, "/admin/remove-user", { userId: ada.id })).status).toBe(200);
    await target.mailTo(ada.email, "Your account was deleted");
  });

  it("is not mailed when it was not deleted", async () => {
    const ada = await target.enter("Ada");
    const refused = await post(ada.browser, "/delete-user", { password: "wrong" });
    expect(refused.status).toBe(400);
    expect(mailsTo(ada.email, "deleted")).toEqual([]);
  });
});

it("a provider that is disconnected is mailed", async () => {
  const ada = await target.signUp("Ada");
  await target.database
    .prepare(
      "INSERT INTO account (id, account_id, provider_id, user_id, created_at, updated_at) VALUES ('acme-1', 'ada', 'google', ?, 0, 0)",
    )
    .bind(ada.id)
    .run();
  const removed = await post(ada.browser, "/unlink-account", { accountId: "acme-1" });
  expect(removed.status).toBe(200);
  expect((await target.mailTo(ada.email, "disconnected")).text).toContain("google");
});

it("what somebody repeats is mailed ten times in an hour", async () => {
  const [ada, bob] = [await target.signUp("Ada"), await target.signUp("Bob")];
  const disconnect = async ({ id, browser }: Person) => {
    await target.database
      .prepare(
        "INSERT INTO account (id, account_id, provider_id, user_id, created_at, updated_at) VALUES (?1, ?1, 'google', ?1, 0, 0)",
      )
      .bind(id)
      .run();
    expect((await post(browser, "/unlink-account", { accountId: id })).status).toBe(200);
  };
  for (let times = 1; times <= 14; times += 1) await disconnect(ada);
  await disconnect(bob);
  await target.mailTo(bob.email, "disconnected");
  expect(mailsTo(ada.email, "disconnected")).toHaveLength(10);
});

it("power over the platform is mailed, given and taken", async () => {
  const [admin, ada] = [await target.signUpAdmin(), await target.enter("Ada")];
  const setRole = async (role: string) =>
    post(admin.browser, "/admin/set-role", { userId: ada.id, role });
  expect((await setRole("platform-admin")).status).toBe(200);
  await target.mailTo(ada.email, "You are an administrator");
  expect((await setRole("user")).status).toBe(200);
  await target.mailTo(ada.email, "You are no administrator");
});

it("an impersonation is mailed to the person, and says nothing about a sign-in", async () => {
  const [admin, ada] = [await target.signUpAdmin(), await target.enter("Ada")];
  const started = await post(admin.browser, "/admin/impersonate-user", { userId: ada.id });
  expect(started.status).toBe(200);
  await target.mailTo(ada.email, "An administrator opened your account");
  expect(mailsTo(ada.email, newSignIn)).toEqual([]);
});

describe("a sign-in", () => {
  const signIn = async (email: string, address: string, browser = target.open()) => {
    const headers = { "cf-connecting-ip": address, "user-agent": firefox };
    const answer = await post(browser, "/sign-in/email", { email, password }, headers);
    expect(answer.status).toBe(200);
    return browser;
  };
  const isSignedIn = async (browser: Browser) => (await browser.session()).session !== null;
  const signUp = async () => {
    const ada = await target.enter("Ada");
    const home = await signIn(ada.email, "203.0.113.50");
    return { ...ada, home };
  };
  /** The token is in the fragment, which no server sees. */
  const tokenOf = (link: URL) => new URLSearchParams(link.hash.slice(1)).get("token");
  const mailed = async (email: string) => {
    const mail = await target.mailTo(email, newSignIn);
    return { mail, link: linkIn(mail) };
  };

  it("on a new device and network is mailed: when, where, with which browser", async () => {
    const ada = await signUp();
    await signIn(ada.email, "198.51.100.77");
    const { mail } = await mailed(ada.email);
    expect(mail.text).toContain("Firefox on Linux");
    expect(mail.text).toContain("198.51.100.77");
    expect(mail.text).toContain(new Date().toISOString().slice(0, 10));
  });

  it("is not mailed the first time, on a known device, or from a known network", async () => {
    const ada = await signUp();
    // The device that was signed in, from another network; another device, from the network.
    await signIn(ada.email, "198.51.100.90", ada.home);
    await signIn(ada.email, "203.0.113.50");
    await signIn(ada.email, "2001:db8:1:1::1");
    await mailed(ada.email);
    // Another address of the same IPv6 network.
    await signIn(ada.email, "2001:db8:1:1::2");
    await signIn(ada.email, "2001:db8:2:2::2");
    await vi.waitFor(() => expect(mailsTo(ada.email, newSignIn)).toHaveLength(2));
  });

  it("is ended by the mail's link, with all others, once, and by no scanner", async () => {
    const ada = await signUp();
    const thief = await signIn(ada.email, "198.51.100.78");
    const { link } = await mailed(ada.email);
    const scanner = target.open();
    // A scanner asks for what it sees, with and without the fragment.
    for (const path of [link.pathname, `${link.pathname}?${link.hash.slice(1)}`]) {
      expect((await scanner.get(path)).status).toBe(200);
    }
    expect((await scanner.get(`/api/auth/end-sessions?token=${tokenOf(link)}`)).status).toBe(405);
    expect([await isSignedIn(thief), await isSignedIn(ada.home)]).toEqual([true, true]);

    const body = { token: tokenOf(link) };
    expect((await post(target.open(), "/end-sessions", body)).status).toBe(200);
    expect([await isSignedIn(thief), await isSignedIn(ada.home)]).toEqual([false, false]);
    const home = await signIn(ada.email, "203.0.113.50");
    expect((await post(target.open(), "/end-sessions", body)).body.code).toBe("INVALID_TOKEN");
    expect(await isSignedIn(home)).toBe(true);
    const wrong = await post(target.open(), "/end-sessions", { token: "x".repeat(43) });
    expect(wrong.status).toBe(400);
  });

  it("has a link that no other account's sessions end by, and that a reset by mail makes worthless", async () => {
    const [ada, bob] = [await signUp(), await signUp()];
    await signIn(ada.email, "198.51.100.79");
    const { link } = await mailed(ada.email);
    await post(target.open(), "/request-password-reset", { email: ada.email });
    const reset = linkIn(await target.mailTo(ada.email, "Reset"));
    const newPassword = "velvet orchards 41 tortoise";
    const body = { token: reset.searchParams.get("token"), newPassword };
    expect((await post(ada.home, "/reset-password", body)).status).toBe(200);
    const credentials = { email: ada.email, password: newPassword };
    expect((await post(ada.home, "/sign-in/email", credentials)).status).toBe(200);
    expect((await post(target.open(), "/end-sessions", { token: tokenOf(link) })).status).toBe(400);
    expect([await isSignedIn(ada.home), await isSignedIn(bob.home)]).toEqual([true, true]);
  });

  it("with a second factor is mailed once it is complete", async () => {
    const ada = (await signUp()) as Person & { home: Browser };
    const { code } = await enrol(ada.home);
    const headers = { "cf-connecting-ip": "198.51.100.80", "user-agent": firefox };
    const browser = target.open();
    await post(browser, "/sign-in/email", { email: ada.email, password }, headers);
    expect(mailsTo(ada.email, newSignIn)).toEqual([]);
    const verified = await post(
      browser,
      "/two-factor/verify-totp",
      { code: await code(1) },
      headers,
    );
    expect(verified.status).toBe(200);
    await mailed(ada.email);
  });

  it("that somebody repeats does not flood the mailbox", async () => {
    const ada = await signUp();
    for (let index = 0; index < 8; index += 1) await signIn(ada.email, `198.51.101.${index}`);
    await vi.waitFor(() => expect(mailsTo(ada.email, newSignIn)).toHaveLength(5));
  });
});
