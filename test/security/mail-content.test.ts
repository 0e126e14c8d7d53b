/** Mail in the platform's name: no stranger's words in it, and no relay to strangers. */
import { beforeAll, describe, expect, it } from "vitest";
import { createTenant, newEmail, password, type Person } from "../people.ts";
import { startTarget, type Target } from "./target.ts";

let target: Target;

beforeAll(async () => {
  target = await startTarget({ cheapHashes: true });
  return target.stop;
});

const scam = "Claim your prize at https://evil.example/pay";

describe("a name", () => {
  const refused = { status: 400, body: { code: "INVALID_NAME" } };
  const names = [
    scam,
    "evil.example/pay",
    "www.evil.example",
    "write to eve@evil.example",
    "javascript:alert(1)",
    "Ada\n\nYour account is locked",
    "Ada\r\nBcc: eve",
    "\u202Eecila",
    "ＨＴＴＰＳ：／／evil",
  ];

  it.each(names)("with a link or line breaks is refused at a sign-up: %j", async (name) => {
    const email = newEmail();
    const signedUp = await target.open().post("/api/auth/sign-up/email", { name, email, password });
    expect(signedUp).toMatchObject(refused);
  });

  it("is refused at every other door, too", async () => {
    const admin = await target.enterAdmin();
    const { browser } = await target.enter();
    await admin.browser.post("/api/auth/verify-password", { password });
    const { id } = await createTenant(browser, "doors");
    const doors: [Person["browser"], string, string, unknown][] = [
      [browser, "POST", "/update-user", { name: scam }],
      [browser, "POST", "/organization/create", { name: scam, slug: "scam" }],
      [browser, "POST", "/organization/update", { organizationId: id, data: { name: scam } }],
      [admin.browser, "POST", "/admin/create-user", { name: scam, email: newEmail(), password }],
      [admin.browser, "POST", "/admin/update-user", { userId: admin.id, data: { name: scam } }],
      [admin.browser, "POST", "/platform/tenants", { name: scam, slug: "scam", ownerId: admin.id }],
      [admin.browser, "PATCH", `/platform/tenants/${id}`, { name: scam }],
    ];
    for (const [by, method, path, body] of doors) {
      expect(await by.send(method, `/api/auth${path}`, body), path).toMatchObject(refused);
    }
  });

  it.each(["Dr.med. Jürgen O'Leary-Müller", "J.R.R. Tolkien", "علی‌رضا", "Anna 👩‍🚀", "Booking.com"])(
    "that people have is taken: %s",
    async (name) => {
      const email = newEmail();
      const signedUp = await target
        .open()
        .post("/api/auth/sign-up/email", { name, email, password });
      expect(signedUp.status).toBe(200);
    },
  );
});

describe("a mail to an address that is not confirmed", () => {
  /** Nothing of what a stranger has typed in. */
  const expectNoWords = (mail: { subject: string; text: string }, ...words: string[]) => {
    for (const word of words) expect(`${mail.subject}\n${mail.text}`).not.toContain(word);
  };

  it("repeats no name of a sign-up, of a second one, or of a reset", async () => {
    const email = newEmail();
    const signUp = async (name: string) =>
      target.open().post("/api/auth/sign-up/email", { name, email, password });
    await signUp("Mallory Words");
    expectNoWords(await target.mailTo(email, "Confirm your email"), "Mallory");
    await signUp("Mallory Again");
    expectNoWords(await target.mailTo(email, "already have an account"), "Mallory");
    await target.open().post("/api/auth/request-password-reset", { email });
    expectNoWords(await target.mailTo(email, "Reset"), "Mallory");
  });

  it("repeats neither tenant nor inviter nor role of an invitation", async () => {
    const { browser } = await target.enter("Mallory Words");
    const created = await browser.post<{ id: string }>("/api/auth/organization/create", {
      name: "Prize evil.example",
      slug: "prize",
    });
    const email = newEmail();
    await browser.post("/api/auth/organization/invite-member", {
      email,
      role: "member",
      organizationId: created.body.id,
    });
    expectNoWords(await target.mailTo(email, "Invitation"), "Mallory", "Prize", "evil");
  });
});

it("a mail to a confirmed address names the tenant, with nothing to follow in it", async () => {
  const { browser } = await target.enter("Mallory Words");
  const { email } = await target.enter();
  const created = await browser.post<{ id: string }>("/api/auth/organization/create", {
    name: `Prize evil.example ${"long ".repeat(30)}`,
    slug: "prize-again",
  });
  const invited = await browser.post("/api/auth/organization/invite-member", {
    email,
    role: "member",
    organizationId: created.body.id,
  });
  expect(invited.status).toBe(200);
  const mail = await target.mailTo(email, "Invitation to Prize evil example");
  expect(mail.subject.length).toBeLessThan(80);
  expect(mail.text).toContain("Mallory Words has invited you");
  expect(mail.text).not.toContain("evil.example");
});

describe("invitations", () => {
  let tenants = 0;
  const openTenant = async () => {
    const { browser } = await target.enter();
    tenants += 1;
    const { id } = await createTenant(browser, `relay-${tenants}`);
    return { browser, id };
  };
  const invite = async (
    { browser, id }: { browser: Person["browser"]; id: string },
    email: string,
    more: object = {},
  ) =>
    browser.post<{ id: string; mailSent: boolean }>("/api/auth/organization/invite-member", {
      email,
      role: "member",
      organizationId: id,
      ...more,
    });
  const counted = async (kind: string, tries: number) =>
    target.database
      .prepare("UPDATE throttle SET tries = ? WHERE key LIKE ?")
      .bind(tries, `${kind}:%`)
      .run();

  it("of one account are fifty in a day, in all its tenants", async () => {
    const first = await openTenant();
    expect((await invite(first, newEmail())).status).toBe(200);
    await counted("invites-of-account", 49);
    const second = await createTenant(first.browser, "relay-next");
    expect((await invite({ ...first, id: second.id }, newEmail())).status).toBe(200);
    const refused = await invite({ ...first, id: second.id }, newEmail());
    expect(refused).toMatchObject({ status: 429, body: { code: "TOO_MANY_INVITATIONS" } });
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(60 * 60);
    expect((await invite(await openTenant(), newEmail())).status).toBe(200);
  });

  it("of one tenant are a hundred in a day", async () => {
    const tenant = await openTenant();
    expect((await invite(tenant, newEmail())).status).toBe(200);
    await counted("invites-of-tenant", 100);
    expect((await invite(tenant, newEmail())).status).toBe(429);
  });

  it("that are junk do not make a real tenant's disappear, and their sender is told", async () => {
    const email = newEmail();
    const junk = [await openTenant(), await openTenant()];
    const sent = [];
    for (const tenant of junk) {
      for (let count = 0; count < 5; count += 1) {
        const { status, body } = await invite(tenant, email);
        if (status !== 200) continue;
        sent.push(body.mailSent);
        await tenant.browser.post("/api/auth/organization/cancel-invitation", {
          invitationId: body.id,
        });
      }
    }
    expect(sent).toEqual([true, true, true, false, false, true, true, true, false, false]);
    const before = target.mail.filter(({ to }) => to === email).length;
    expect(before).toBeLessThanOrEqual(6);
    const real = await invite(await openTenant(), email);
    expect(real).toMatchObject({ status: 200, body: { mailSent: true, status: "pending" } });
  });

  it("to plus-addresses reach one mailbox, and are counted as such", async () => {
    const tenant = await openTenant();
    const [name] = newEmail().split("@");
    const sent = [];
    for (const tag of ["", "+1", "+2", "+3"]) {
      sent.push((await invite(tenant, `${name}${tag}@example.com`)).body.mailSent);
    }
    expect(sent).toEqual([true, true, true, false]);
  });

  it("of a platform admin say whether they were mailed, too", async () => {
    const admin = await target.enterAdmin();
    const { id } = await openTenant();
    await admin.browser.post("/api/auth/verify-password", { password });
    const invited = await admin.browser.post(`/api/auth/platform/tenants/${id}/invitations`, {
      email: newEmail(),
      role: "member",
    });
    expect(invited).toMatchObject({ status: 200, body: { mailSent: true } });
  });
});

it("resets for plus-addresses of one mailbox are counted together", async () => {
  const { id } = await target.enter();
  const ask = async (email: string) => {
    await target.database.prepare("UPDATE user SET email = ? WHERE id = ?").bind(email, id).run();
    return target.open().post("/api/auth/request-password-reset", { email });
  };
  for (let count = 0; count < 7; count += 1) {
    expect((await ask(`one-mailbox+${count}@example.com`)).status).toBe(200);
  }
  const later = await target.enter();
  await target.open().post("/api/auth/request-password-reset", { email: later.email });
  await target.mailTo(later.email, "Reset");
  expect(target.mail.filter(({ to }) => to.startsWith("one-mailbox"))).toHaveLength(5);
});

it("one mailbox is mailed five times by sign-ups, however its address is spelled", async () => {
  const spellings = ["gmail.com", "googlemail.com"].flatMap((domain) =>
    ["graceh", "grace.h", "g.r.a.c.e.h", "G.raceH+prize"].map((local) => `${local}@${domain}`),
  );
  const domains = ["b\u00FCcher.example", "xn--bcher-kva.example"];
  spellings.push(...domains.flatMap((at) => [`h@${at}`, `h+1@${at}`, `h+2@${at}`]));
  for (const [index, email] of spellings.entries()) {
    const headers = { "cf-connecting-ip": `192.0.2.${40 + index}` };
    const body = { name: "Grace", email, password };
    const { status } = await target.open().post("/api/auth/sign-up/email", body, headers);
    expect(status).toBe(200);
  }
  const last = newEmail();
  await target.open().post("/api/auth/sign-up/email", { name: "Ada", email: last, password });
  await target.mailTo(last, "Confirm");
  const sent = (pattern: RegExp) => target.mail.filter(({ to }) => pattern.test(to));
  expect(sent(/@(gmail|googlemail)\.com$/)).toHaveLength(5);
  expect(sent(/^h.*cher.*example$/)).toHaveLength(5);
});
