/** A redirect that a request or a mailed link asks for leads to a page of the platform, and nowhere else. */
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { newEmail, password, type Answer, type Browser, type Person } from "../people.ts";
import { startTarget, type Target } from "./target.ts";

let target: Target;
let user: Person;
/** Signed up, and not yet verified: each is sent few mails. */
let unverified: string;
let signingIn: string;

beforeAll(async () => {
  target = await startTarget({
    cheapHashes: true,
    bindings: { GOOGLE_CLIENT_ID: "google-client", GOOGLE_CLIENT_SECRET: "google-secret" },
  });
  user = await target.enter();
  [unverified, signingIn] = [newEmail(), newEmail()];
  for (const email of [unverified, signingIn]) {
    await target.open().post("/api/auth/sign-up/email", { name: "Ada", email, password });
    await target.mailTo(email, "Confirm");
  }
  return target.stop;
});

/** Ways to write another site's address, or a script, that has passed some check somewhere. */
const elsewhere = [
  "https://evil.com",
  "https://evil.com/",
  "http://evil.com",
  "HTTPS://EVIL.COM",
  "//evil.com",
  "///evil.com",
  "////evil.com/%2e%2e",
  "/\\evil.com",
  "\\/evil.com",
  "\\\\evil.com",
  "/\t/evil.com",
  "/\n/evil.com",
  "/\r\n/evil.com",
  "\t//evil.com",
  " //evil.com",
  " https://evil.com",
  "\u0000//evil.com",
  "\u0001https://evil.com",
  "ht\ntps://evil.com",
  "https:evil.com",
  "https:/evil.com",
  "https:\\\\evil.com",
  "https://evil.com\\@console.app.default.k3m9p2xw7q.nno.app",
  "https://console.app.default.k3m9p2xw7q.nno.app@evil.com",
  "https://console.app.default.k3m9p2xw7q.nno.app:password@evil.com",
  "https://console.app.default.k3m9p2xw7q.nno.app.evil.com",
  "https://console.app.default.k3m9p2xw7q.nno.app%2eevil.com",
  "https://console.app.default.k3m9p2xw7q.nno.app%00.evil.com",
  "https://console.app.default.k3m9p2xw7q.nno.app%23@evil.com",
  "https://evil-k3m9p2xw7q.nno.app",
  "https://evil.com#.k3m9p2xw7q.nno.app",
  "https://evil.com?.k3m9p2xw7q.nno.app",
  "https://evil.com/.k3m9p2xw7q.nno.app",
  "https://evil.com;.k3m9p2xw7q.nno.app",
  "https://evil.com%E3%80%82k3m9p2xw7q.nno.app",
  "https://evil。com",
  "https://ｅvil.com",
  "//evil%E3%80%82com",
  "/%2F/evil.com",
  "/%5Cevil.com",
  "/%09/evil.com",
  "/.//evil.com",
  "/..//evil.com",
  "/a/..//evil.com",
  "/%2e%2e//evil.com",
  "http://2130706433",
  "https://[::1]",
  "javascript:alert(1)",
  "JaVaScRiPt:alert(1)",
  "java\nscript:alert(1)",
  "javascript://console.app.default.k3m9p2xw7q.nno.app/%0aalert(1)",
  "data:text/html,<script>alert(1)</script>",
  "blob:https://evil.com/1",
  "vbscript:msgbox(1)",
  "file:///etc/passwd",
  "ftp://x.k3m9p2xw7q.nno.app",
  "myapp://evil",
  "http://console.app.default.k3m9p2xw7q.nno.app",
  "https://console.app.default.a1b2c3d4e5.nno.app",
  "https://nno.app",
];

const consolePages = ["/welcome", "https://console.app.default.k3m9p2xw7q.nno.app/a?b=c"];
const shop = "https://shop.k3m9p2xw7q.nno.app/";
const pages = [...consolePages, shop];

/** Where a browser goes that is told `location`, by a page of the console or the auth host. */
const expectOnPlatform = (location: string) => {
  for (const base of [target.authUrl, target.consoleUrl]) {
    const { protocol, hostname, port, username } = new URL(location, base);
    expect([location, protocol, port, username]).toEqual([location, "https:", "", ""]);
    expect(hostname).toMatch(/\.k3m9p2xw7q\.nno\.app$/);
    expect(hostname).not.toMatch(/evil/);
  }
};

/** Every parameter below that is a page to go to. */
const nestedPages = (location: string) =>
  [...new URL(location, target.authUrl).searchParams]
    .filter(([name]) => /url|redirect|callback/i.test(name))
    .map(([, value]) => value);

let mails: number;
beforeEach(() => {
  mails = target.mail.length;
});

const fields = ["callbackURL", "errorCallbackURL", "newUserCallbackURL"] as const;

const routes: [string, string, (browser: Browser, page: string) => Promise<Answer<unknown>>][] = [
  ...fields.map(
    (field) =>
      [
        "POST sign-in/social",
        field,
        async (browser, page) =>
          browser.post("/api/auth/sign-in/social", { provider: "google", [field]: page }),
      ] satisfies (typeof routes)[number],
  ),
  ...(["callbackURL", "errorCallbackURL"] as const).map(
    (field) =>
      [
        "POST link-social",
        field,
        async (_, page) =>
          user.browser.post("/api/auth/link-social", { provider: "google", [field]: page }),
      ] satisfies (typeof routes)[number],
  ),
  ...(["nobody", "user", "unverified"] as const).map(
    (who) =>
      [
        `POST sign-in/email of ${who}`,
        "callbackURL",
        async (browser, page) => {
          const email = { nobody: newEmail(), user: user.email, unverified: signingIn }[who];
          return browser.post("/api/auth/sign-in/email", { email, password, callbackURL: page });
        },
      ] satisfies (typeof routes)[number],
  ),
  [
    "POST sign-up/email",
    "callbackURL",
    async (browser, page) =>
      browser.post("/api/auth/sign-up/email", {
        name: "Ada",
        email: newEmail(),
        password,
        callbackURL: page,
      }),
  ],
  [
    "POST send-verification-email",
    "callbackURL",
    async (browser, page) =>
      browser.post("/api/auth/send-verification-email", { email: unverified, callbackURL: page }),
  ],
  [
    "POST request-password-reset",
    "redirectTo",
    async (browser, page) =>
      browser.post("/api/auth/request-password-reset", { email: user.email, redirectTo: page }),
  ],
  [
    "POST change-email",
    "callbackURL",
    async (_, page) =>
      user.browser.post("/api/auth/change-email", { newEmail: newEmail(), callbackURL: page }),
  ],
  [
    "POST delete-user",
    "callbackURL",
    async (_, page) =>
      user.browser.post("/api/auth/delete-user", { password: "wrong", callbackURL: page }),
  ],
  [
    "POST sign-out",
    "callbackURL",
    async (browser, page) => browser.post("/api/auth/sign-out", { callbackURL: page }),
  ],
  [
    "GET verify-email",
    "callbackURL",
    async (browser, page) =>
      browser.get(`/api/auth/verify-email?token=none&callbackURL=${encodeURIComponent(page)}`),
  ],
  [
    "GET reset-password",
    "callbackURL",
    async (browser, page) =>
      browser.get(`/api/auth/reset-password/none?callbackURL=${encodeURIComponent(page)}`),
  ],
  [
    "GET delete-user/callback",
    "callbackURL",
    async (_, page) =>
      user.browser.get(
        `/api/auth/delete-user/callback?token=none&callbackURL=${encodeURIComponent(page)}`,
      ),
  ],
  [
    "GET error",
    "error",
    async (browser, page) => browser.get(`/api/auth/error?error=${encodeURIComponent(page)}`),
  ],
  [
    "GET callback",
    "state",
    async (browser, page) =>
      browser.get(`/api/auth/callback/google?error=a&state=${encodeURIComponent(page)}`),
  ],
];

describe.each(routes)("%s with %s", (_route, _field, send) => {
  it(`leads to none of ${elsewhere.length} ways to write another site`, async () => {
    for (const page of elsewhere) {
      const answer = await send(target.open(), page);
      expect([page, answer.status]).toEqual([page, expect.toSatisfy((status) => status < 500)]);
      const { url } = (answer.body ?? {}) as { url?: string | null };
      for (const location of [answer.headers.get("location"), url]) {
        if (typeof location !== "string") continue;
        // The provider is where a sign-in goes first; where it comes back to is below.
        if (location.startsWith("https://accounts.google.com/")) continue;
        expectOnPlatform(location);
        nestedPages(location).forEach(expectOnPlatform);
      }
    }
    for (const mail of target.mail.slice(mails)) {
      for (const [link] of mail.text.matchAll(/https?:\/\/\S+/g)) {
        expectOnPlatform(link);
        nestedPages(link).forEach(expectOnPlatform);
      }
    }
  });
});

describe.each(fields)("a sign-in at a provider with %s", (field) => {
  /** Where the provider's answer leads: an error, at once. */
  const come = async (page: string) => {
    const browser = target.open();
    const { body } = await browser.post<{ url?: string }>("/api/auth/sign-in/social", {
      provider: "google",
      [field]: page,
    });
    if (body.url === undefined) return undefined;
    const state = new URL(body.url).searchParams.get("state") ?? "";
    const back = await browser.get(
      `/api/auth/callback/google?error=access_denied&state=${encodeURIComponent(state)}`,
    );
    return back.headers.get("location") ?? "";
  };

  it("does not even begin for another site", async () => {
    for (const page of elsewhere) {
      const location = await come(page);
      if (location !== undefined) expectOnPlatform(location);
    }
  });

  it("comes back to the platform's own pages", async () => {
    for (const page of pages) {
      const location = (await come(page)) ?? "";
      expectOnPlatform(location);
      if (field === "errorCallbackURL") {
        expect(new URL(location, target.authUrl).pathname).toBe(
          new URL(page, target.authUrl).pathname,
        );
      }
    }
  });
});

describe("a mail", () => {
  it("leads on to the page that was asked for, if it is the platform's", async () => {
    for (const page of pages) {
      const browser = target.open();
      await browser.post("/api/auth/request-password-reset", {
        email: user.email,
        redirectTo: page === shop ? "/" : page,
      });
      await browser.post("/api/auth/send-verification-email", {
        email: unverified,
        callbackURL: page,
      });
      const account = { email: newEmail(), password, callbackURL: page };
      await browser.post("/api/auth/sign-up/email", { name: "Ada", ...account });
      // The address is not confirmed: the mail goes out again.
      await browser.post("/api/auth/sign-in/email", account);
    }
    await expect.poll(() => target.mail.length - mails, { timeout: 10_000 }).toBe(4 * pages.length);
    for (const mail of target.mail.slice(mails)) {
      const link = /https:\/\/\S+/.exec(mail.text)?.[0] ?? "";
      expectOnPlatform(link);
      const asked = ["/", ...pages].map((page) => new URL(page, target.consoleUrl).href);
      expect(asked).toContain(new URL(nestedPages(link)[0] ?? "", target.consoleUrl).href);
    }
  });

  it("hands the secret of a reset to no app of the platform", async () => {
    const { email } = await target.enter();
    const ask = async (redirectTo: string) =>
      target.open().post("/api/auth/request-password-reset", { email, redirectTo });
    expect((await ask(`${target.consoleUrl}/a`)).status).toBe(200);
    const { text } = await target.mailTo(email, "Reset");
    const { pathname } = new URL(/https:\/\/\S+/.exec(text)?.[0] ?? "");
    for (const page of [shop, target.authUrl.replace("auth.svc", "notes.app")]) {
      const asked = await ask(page);
      expect([asked.status, asked.body["code"]]).toEqual([403, "INVALID_CALLBACK_URL"]);
      const followed = await target
        .open()
        .get(`${pathname}?callbackURL=${encodeURIComponent(page)}`);
      expect([followed.status, followed.headers.get("location")]).toEqual([403, null]);
    }
  });

  it("is not sent with another site in it", async () => {
    for (const page of elsewhere) {
      for (const [path, body] of [
        ["request-password-reset", { email: user.email, redirectTo: page }],
        ["send-verification-email", { email: unverified, callbackURL: page }],
        ["sign-in/email", { email: signingIn, password, callbackURL: page }],
        ["sign-up/email", { name: "Ada", email: newEmail(), password, callbackURL: page }],
      ] as const) {
        const { status } = await target.open().post(`/api/auth/${path}`, body);
        // A sign-in of an address that is not confirmed is refused, and mailed.
        if (status === 200 || status === 401) expectOnPlatform(page);
        else expect([400, 403]).toContain(status);
      }
    }
    for (const { text } of target.mail.slice(mails)) {
      for (const [link] of text.matchAll(/https?:\/\/\S+/g))
        nestedPages(link).forEach(expectOnPlatform);
    }
  });
});

it("a sign-in is sent on to the page that it asked for, if it is the platform's", async () => {
  for (const page of pages) {
    const { status, body, headers } = await target
      .open()
      .post("/api/auth/sign-in/email", { email: user.email, password, callbackURL: page });
    expect([status, body["url"]]).toEqual([200, page]);
    expectOnPlatform(page);
    expectOnPlatform(headers.get("location") ?? "");
  }
});

it("has no way for error texts to become markup or headers", async () => {
  const { status, headers } = await target
    .open()
    .get(
      "/api/auth/error?error=%0d%0aSet-Cookie:a=b%0d%0a&error_description=<script>alert(1)</script>",
    );
  expect(status).toBe(302);
  expectOnPlatform(headers.get("location") ?? "");
  expect(headers.getSetCookie()).toEqual([]);
  expect(headers.get("location")).not.toContain("<script>");
});
