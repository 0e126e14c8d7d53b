/** What every answer carries, whatever it is; which origins may read one; and that no header decides where a mail leads. */
import { beforeAll, describe, expect, it, vi } from "vitest";
import { createTenant, linkIn, newEmail, password, type Browser } from "../people.ts";
import { foreignOrigins } from "./foreign-origins.ts";
import { readOperations } from "./operations.ts";
import { startTarget, type Target } from "./target.ts";

let target: Target;

beforeAll(async () => {
  target = await startTarget({ cheapHashes: true });
  return target.stop;
});

/** The same for everybody. */
const cached = ["GET /api/auth/jwks", "GET /api/auth/openapi.json"];

/** What must be in the answer to `path`. */
const expectSecured = (path: string, headers: Headers) => {
  expect([path, Object.fromEntries(headers)]).toEqual([
    path,
    expect.objectContaining({
      "strict-transport-security": expect.stringMatching(/max-age=(\d{8,}); includeSubDomains/),
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "x-frame-options": "DENY",
      "content-security-policy": expect.stringMatching(
        /^default-src 'none'(?=.*base-uri 'none')(?=.*form-action 'none')(?=.*frame-ancestors 'none')(?!.*unsafe)/,
      ),
      "cache-control": cached.includes(path) ? "public, max-age=300" : "no-store",
      vary: expect.stringContaining("Origin"),
    }),
  ]);
};

describe("every answer", () => {
  it("has the security headers, on every route of the document, signed in or not", async () => {
    const { browser } = await target.enter();
    const operations = await readOperations(target);
    for (const visitor of [target.open(), browser]) {
      for (const { method, path } of operations) {
        const url = `/api/auth${path.replaceAll(/\{\w+\}/g, "nothing")}`;
        const answer = await visitor.send(method, url, method === "GET" ? undefined : {});
        expectSecured(`${method} ${url}`, answer.headers);
      }
    }
  });

  const kinds: [string, number, (browser: Browser) => ReturnType<Browser["send"]>][] = [
    ["a page", 200, async (browser) => browser.get("/claim")],
    ["of an unhealthy Worker", 503, async (browser) => browser.get("/healthz")],
    ["nothing here", 404, async (browser) => browser.get("/nothing")],
    ["nothing there", 404, async (browser) => browser.get("/api/auth/nothing")],
    ["a redirect", 302, async (browser) => browser.get("/api/auth/error?error=a")],
    ["a preflight", 204, async (browser) => browser.send("OPTIONS", "/api/auth/sign-in/email")],
    [
      "a method that is not there",
      405,
      async (browser) => browser.send("PUT", "/api/auth/session"),
    ],
    ["only headers", 200, async (browser) => browser.send("HEAD", "/api/auth/session")],
    [
      "a body that is no JSON",
      400,
      async (browser) => browser.post("/api/auth/sign-in/email", "{"),
    ],
    [
      "a body that is too large",
      413,
      async (browser) => browser.post("/api/auth/sign-in/email", "a".repeat(100_000)),
    ],
    [
      "another site's request",
      403,
      async (browser) =>
        browser.post(
          "/api/auth/sign-in/email",
          { email: newEmail(), password },
          { origin: "https://evil.com" },
        ),
    ],
  ];

  it.each(kinds)("has them when it is %s", async (_, status, send) => {
    const answer = await send(target.open());
    expect(answer.status).toBe(status);
    expectSecured("", answer.headers);
  });

  it("has them when the Worker is not configured, or its database fails", async () => {
    const unconfigured = await startTarget({ bindings: { BETTER_AUTH_SECRET: "short" } });
    const broken = await startTarget({ cheapHashes: true });
    try {
      const refused = await unconfigured.open().get("/api/auth/session");
      expect(refused.status).toBe(503);
      expectSecured("", refused.headers);
      const { browser } = await broken.enter();
      await broken.database.prepare("DROP TABLE session").run();
      const failed = await browser.get("/api/auth/session");
      expect(failed.status).toBe(500);
      expectSecured("", failed.headers);
      expect(failed.headers.get("access-control-allow-origin")).toBe(broken.consoleUrl);
    } finally {
      await Promise.all([unconfigured.stop(), broken.stop()]);
    }
  });
});

describe("CORS", () => {
  const readers = [
    "https://console.app.default.k3m9p2xw7q.nno.app",
    "https://shop.k3m9p2xw7q.nno.app",
  ];

  it.each(["GET", "OPTIONS"])("names the platform's own origin, exactly, on %s", async (method) => {
    for (const origin of readers) {
      const { headers } = await target
        .open()
        .send(method, "/api/auth/session", undefined, { origin });
      expect(headers.get("access-control-allow-origin")).toBe(origin);
      expect(headers.get("access-control-allow-credentials")).toBe("true");
    }
  });

  it.each(["GET", "OPTIONS"])("names no other, on %s", async (method) => {
    for (const origin of foreignOrigins) {
      for (const path of ["/api/auth/session", "/api/auth/jwks", "/healthz", "/nothing"]) {
        const { headers } = await target.open().send(method, path, undefined, { origin });
        expect([origin, headers.get("access-control-allow-origin")]).toEqual([origin, null]);
      }
    }
  });
});

describe("a mailed link", () => {
  const lies: Record<string, string>[] = [
    { host: "evil.com" },
    { host: "evil.com:443" },
    { host: "auth.svc.default.k3m9p2xw7q.nno.app:1337" },
    { host: "auth.svc.default.k3m9p2xw7q.nno.app@evil.com" },
    { "x-forwarded-host": "evil.com" },
    { "x-forwarded-host": "evil.com", "x-forwarded-proto": "http" },
    { "x-forwarded-proto": "http" },
    { "x-forwarded-for": "evil.com" },
    { forwarded: "host=evil.com;proto=http" },
    { "x-original-url": "https://evil.com/", "x-rewrite-url": "https://evil.com/" },
    { "x-host": "evil.com", "x-forwarded-server": "evil.com", "x-forwarded-port": "1337" },
    { referer: "https://evil.com/" },
  ];

  it.each(lies)("leads to the console, whatever the headers say: %o", async (lie) => {
    const [email, invited] = [newEmail(), newEmail()];
    const stranger = target.open();
    const { browser: own, email: address } = await target.signUp();
    const slug = `of-${invited.split("@")[0]}`;
    const { id: organizationId } = await createTenant(own, slug);
    const verify = `${target.consoleUrl}/verify-email?token=`;
    const asked: [
      Browser,
      path: string,
      body: object,
      to: string,
      subject: string,
      link: string,
    ][] = [
      [
        stranger,
        "sign-up/email",
        { name: "Ada", email, password },
        email,
        "Confirm your email",
        verify,
      ],
      [
        stranger,
        "request-password-reset",
        { email },
        email,
        "Reset your password",
        `${target.consoleUrl}/reset-password?token=`,
      ],
      [stranger, "send-verification-email", { email }, email, "Confirm your email", verify],
      [own, "change-email", { newEmail: newEmail() }, address, "Confirm your new email", verify],
      [
        own,
        "organization/invite-member",
        { organizationId, email: invited, role: "member" },
        invited,
        "Invitation",
        `${target.consoleUrl}/accept-invitation?id=`,
      ],
    ];
    for (const [browser, path, body, to, subject, link] of asked) {
      const before = target.mail.length;
      const answer = await browser.post(`/api/auth/${path}`, body, lie);
      // None of them keeps somebody from what they came for, and so from being mailed.
      expect([path, answer.status]).toEqual([path, 200]);
      const mail = await vi.waitFor(
        () => {
          const found = target.mail
            .slice(before)
            .find((sent) => sent.to === to && sent.subject.includes(subject));
          if (found === undefined) throw new Error(`no mail "${subject}"`);
          return found;
        },
        { timeout: 10_000 },
      );
      expect(linkIn(mail).href.startsWith(link)).toBe(true);
      expect(JSON.stringify(mail)).not.toMatch(/evil|:1337|http:/);
      expect(JSON.stringify([answer.body, ...answer.headers])).not.toMatch(/evil|:1337/);
    }
  });

  it("is no one's, and no answer of a cache's, after a lie about the host", async () => {
    for (const lie of lies) {
      for (const path of [
        "/api/auth/jwks",
        "/api/auth/openapi.json",
        "/api/auth/error?error=a",
        "/claim",
      ]) {
        const lied = await target.open().get<unknown>(path, lie);
        expect(JSON.stringify([lied.body, ...lied.headers])).not.toMatch(/evil|:1337/);
      }
    }
    const { body } = await target
      .open()
      .get<{ servers: { url: string }[] }>("/api/auth/openapi.json");
    expect(body.servers[0]?.url).toBe(`${target.authUrl}/api/auth`);
  });
});
