/**
 * A neighbour under the root domain sets cookies with `Domain=.nno.app`, so that the browser of a victim sends them beside
 * the victim's own, in the order that the neighbour likes. `test/browser/tossed-cookies.test.ts` has a real browser do it.
 */
import { connect } from "node:net";
import { beforeAll, describe, expect, it } from "vitest";
import { enrol, password, type Browser, type Person } from "../people.ts";
import { startTarget, type Target } from "./target.ts";

let target: Target;
let mallory: Person;
/** Mallory's session: signed by this platform, and valid. */
let attackers: string;

const sessionCookie = "__Secure-better-auth.session_token";
const bindingCookie = "__Host-better-auth.session_binding";
/** What only browsers say. */
const fromBrowser = { "sec-fetch-site": "same-site", "sec-fetch-mode": "cors" };

beforeAll(async () => {
  target = await startTarget();
  mallory = await target.signUp("Mallory");
  attackers = mallory.browser.cookies.get(sessionCookie) ?? "";
  return target.stop;
});

/** A Cookie header: the browser's own cookies, with tossed session cookies before or after. */
function withTossed(browser: Browser, tossed: string[], order: "first" | "last"): string {
  const own = [...browser.cookies].map(([name, value]) => `${name}=${value}`);
  const foreign = tossed.map((value) => `${sessionCookie}=${value}`);
  return (order === "first" ? [...foreign, ...own] : [...own, ...foreign]).join("; ");
}

async function userOf(browser: Browser, headers: Record<string, string> = {}) {
  const { body } = await browser.get<{ user?: { id: string } }>("/api/auth/session", headers);
  return body.user?.id;
}

/** The user of the session that a Cookie header of any bytes selects. A client library would refuse or correct such bytes. */
async function userOfBytes(cookie: string | Buffer): Promise<"Ada" | "Mallory" | "nobody"> {
  const answer = await new Promise<string>((resolve, reject) => {
    let text = "";
    const socket = connect(target.port, "127.0.0.1");
    socket.on("data", (chunk) => (text += chunk.toString()));
    socket.on("end", () => resolve(text));
    socket.on("error", reject);
    const head = `GET /api/auth/session HTTP/1.1\r\nhost: ${target.authHost}\r\nsec-fetch-site: same-site\r\nconnection: close\r\ncookie: `;
    socket.write(Buffer.concat([head, cookie, "\r\n\r\n"].map((part) => Buffer.from(part))));
  });
  expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  if (answer.includes(mallory.id)) return "Mallory";
  return answer.includes('{"session":null}') ? "nobody" : "Ada";
}

const garbage: [string, () => string][] = [
  ["garbage", () => "garbage"],
  ["nothing", () => ""],
  ["a signature of another platform", () => `${attackers.slice(0, 60)}${"A".repeat(43)}%3D`],
  ["broken escapes", () => "%E0%A4%A.%%%"],
  ["quotes", () => '"x; y"'],
  ["8 kB", () => "x".repeat(8000)],
];

describe.each(["first", "last"] as const)("tossed %s, and the victim", (order) => {
  it.each([...garbage, ["the attacker's valid session", () => attackers] as const])(
    "is herself beside %s",
    async (_name, value) => {
      const ada = await target.enter();
      const cookie = withTossed(ada.browser, [value()], order);
      expect(await userOf(ada.browser, { cookie, ...fromBrowser })).toBe(ada.id);
      expect(await userOf(ada.browser, { cookie })).toBe(ada.id);
    },
  );

  it("is herself beside twenty of the attacker's", async () => {
    const ada = await target.enter();
    const cookie = withTossed(ada.browser, Array(20).fill(attackers) as string[], order);
    expect(await userOf(ada.browser, { cookie, ...fromBrowser })).toBe(ada.id);
  });

  it("does what she does in her own name", async () => {
    const ada = await target.enter();
    const cookie = withTossed(ada.browser, [attackers], order);
    const answer = await ada.browser.post(
      "/api/auth/update-user",
      { name: "Ada, herself" },
      { cookie, ...fromBrowser },
    );
    expect(answer.status).toBe(200);
    const { results } = await target.database
      .prepare("SELECT id FROM user WHERE name = 'Ada, herself'")
      .all();
    expect(results).toContainEqual({ id: ada.id });
    expect(results).not.toContainEqual({ id: mallory.id });
  });

  it("is not signed out by a session that has ended", async () => {
    const [eve, ada] = [await target.enter("Eve"), await target.enter()];
    const ended = eve.browser.cookies.get(sessionCookie) ?? "";
    await eve.browser.post("/api/auth/sign-out");
    const cookie = withTossed(ada.browser, [ended], order);
    expect(await userOf(ada.browser, { cookie, ...fromBrowser })).toBe(ada.id);
    expect(ada.browser.cookies.get(sessionCookie)).toBeDefined();
    expect(await userOf(ada.browser)).toBe(ada.id);
  });

  it("signs out of her own session", async () => {
    const ada = await target.enter();
    const cookie = withTossed(ada.browser, [attackers], order);
    await ada.browser.post("/api/auth/sign-out", {}, { cookie, ...fromBrowser });
    expect(await userOf(mallory.browser)).toBe(mallory.id);
    const left = await target.database
      .prepare("SELECT count(*) AS n FROM session WHERE user_id = ?")
      .bind(ada.id)
      .first("n");
    expect(left).toBe(0);
  });

  it("signs in as herself, and the attacker's session is not the one that her sign-in replaces", async () => {
    const ada = await target.enter();
    ada.browser.cookies.clear();
    const cookie = withTossed(ada.browser, [attackers], order);
    const { email } = ada;
    const headers = { cookie, ...fromBrowser };
    const signedIn = await ada.browser.post(
      "/api/auth/sign-in/email",
      { email, password },
      headers,
    );
    expect(signedIn.status).toBe(200);
    const after = withTossed(ada.browser, [attackers], order);
    expect(await userOf(ada.browser, { cookie: after, ...fromBrowser })).toBe(ada.id);
    expect(await userOf(mallory.browser)).toBe(mallory.id);
  });
});

describe("somebody who is not signed in", () => {
  it("is nobody with the attacker's session, and not in the attacker's account", async () => {
    const visitor = target.open();
    const cookie = `${sessionCookie}=${attackers}`;
    expect(await userOf(visitor, { cookie, ...fromBrowser })).toBeUndefined();
    const acted = await visitor.post(
      "/api/auth/organization/create",
      { name: "Ada's secrets", slug: "adas-secrets" },
      { cookie, ...fromBrowser },
    );
    expect(acted.status).toBe(401);
  });

  it("cannot be given the binding: its name is one that no other host can set", async () => {
    const { email } = await target.enter();
    const browser = target.open();
    await browser.post("/api/auth/sign-in/email", { email, password });
    const line = browser.setCookies.find((cookie) => cookie.startsWith(`${bindingCookie}=`)) ?? "";
    // RFC 6265bis section 4.1.3.2: a browser takes the prefix with Secure, Path=/ and no Domain, from the host itself.
    expect(line).toMatch(/; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
    expect(line).not.toMatch(/Domain/i);
  });
});

describe("spellings that parsers read in another way than browsers", () => {
  let ada: string;
  let attackersBinding: string;

  beforeAll(async () => {
    const { browser } = await target.enter();
    ada = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    attackersBinding = mallory.browser.cookies.get(bindingCookie) ?? "";
    expect(attackersBinding).toMatch(/^[\w-]{43}$/);
  });

  const sessions: [string, (value: string) => string][] = [
    ["in quotes", (value) => `"${value}"`],
    ["in half a quote", (value) => `"${value}x`],
    ["in quotes, escaped", (value) => `%22${value}%22`],
    ["before a no-break space", (value) => `${value}\u00a0`],
    ["behind an em space and a quote", (value) => `\u2003"${value}"`],
    ["behind a vertical tab", (value) => `\v${value}`],
  ];

  it.each(sessions)("a session %s", async (_, spell) => {
    const tossed = `${sessionCookie}=${spell(attackers)}`;
    expect(await userOfBytes(tossed)).toBe("nobody");
    expect(await userOfBytes(`${tossed}; ${ada}`)).toBe("Ada");
    expect(await userOfBytes(`${ada}; ${tossed}`)).toBe("Ada");
  });

  // White space to String.trim(), and to browsers a part of the name.
  const spaces = ["\u2000", "\u00a0", "\u3000", "\ufeff", "\u2028", "\u1680", "\v", "\f"];
  const bindings: [string, (name: string) => string | Buffer][] = [
    ...spaces.flatMap((space): [string, (name: string) => string][] => [
      [`behind ${JSON.stringify(space)}`, (name) => `${space}${name}`],
      [`before ${JSON.stringify(space)}`, (name) => `${name}${space}`],
    ]),
    ["behind a byte of Latin-1", (name) => Buffer.from(`\u00a0${name}`, "latin1")],
    ["of a nameless cookie", (name) => `=${name}`],
    ["in lower case", (name) => name.toLowerCase()],
  ];

  it.each(bindings)("a binding with the name %s", async (_, spell) => {
    const name = spell(bindingCookie);
    const rest = `=${attackersBinding}; ${sessionCookie}=${attackers}`;
    const tossed = Buffer.concat([Buffer.from(name), Buffer.from(rest)]);
    expect(await userOfBytes(tossed)).toBe("nobody");
    expect(await userOfBytes(Buffer.concat([tossed, Buffer.from(`; ${ada}`)]))).toBe("Ada");
    expect(await userOfBytes(Buffer.concat([Buffer.from(`${ada}; `), tossed]))).toBe("Ada");
  });

  it("two bindings are none, whichever comes first", async () => {
    const tossed = `${bindingCookie}=${attackersBinding}; ${sessionCookie}=${attackers}`;
    expect(await userOfBytes(`${tossed}; ${ada}`)).toBe("nobody");
    expect(await userOfBytes(`${ada}; ${tossed}`)).toBe("nobody");
    expect(await userOfBytes(ada)).toBe("Ada");
  });
});

describe("tossed copies", () => {
  it("are expired, for every path that a cookie could have come from, and the victim's own is not", async () => {
    const ada = await target.enter();
    const cookie = withTossed(ada.browser, [attackers, "garbage"], "first");
    const answer = await ada.browser.get("/api/auth/session", { cookie, ...fromBrowser });
    expect(answer.status).toBe(200);
    const expired = ada.browser.setCookies.map((line) => line.split("; "));
    for (const [pair, ...attributes] of expired) {
      expect(pair).toBe(`${sessionCookie}=`);
      expect(attributes).toContain("Max-Age=0");
      expect(attributes).toContain("Domain=.nno.app");
      expect(attributes).toContain("Secure");
    }
    const pathsOf = (lines: string[][]) =>
      lines.map((attributes) => attributes.find((part) => part.startsWith("Path=")));
    const partitioned = expired.filter((attributes) => attributes.includes("Partitioned"));
    const others = expired.filter((attributes) => !attributes.includes("Partitioned"));
    for (const lines of [partitioned, others]) {
      expect(pathsOf(lines)).toEqual([
        "Path=/",
        "Path=/api",
        "Path=/api/",
        "Path=/api/auth",
        "Path=/api/auth/",
        "Path=/api/auth/session",
      ]);
    }
  });

  it("are not looked for while there are none", async () => {
    const ada = await target.enter();
    await ada.browser.get("/api/auth/session", fromBrowser);
    expect(ada.browser.setCookies).toEqual([]);
  });
});

describe("a session of a release that bound none", () => {
  /** Ada's session as it would have been made before the upgrade. */
  async function oldSession(person: Person): Promise<void> {
    const token = crypto.randomUUID().replaceAll("-", "");
    await target.database
      .prepare("UPDATE session SET token = ? WHERE user_id = ?")
      .bind(token, person.id)
      .run();
    const key = await crypto.subtle.importKey(
      "raw",
      new TextEncoder().encode(target.secret),
      { name: "HMAC", hash: "SHA-256" },
      false,
      ["sign"],
    );
    const mac = await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(token));
    const signature = Buffer.from(mac).toString("base64");
    person.browser.cookies.clear();
    person.browser.cookies.set(sessionCookie, encodeURIComponent(`${token}.${signature}`));
  }

  it("goes on, also beside the attacker's bound one", async () => {
    const ada = await target.enter();
    await oldSession(ada);
    expect(await userOf(ada.browser, fromBrowser)).toBe(ada.id);
    const cookie = withTossed(ada.browser, [attackers], "first");
    expect(await userOf(ada.browser, { cookie, ...fromBrowser })).toBe(ada.id);
  });

  it("is nobody's beside another such, and itself again at the next request", async () => {
    const [ada, eve] = [await target.enter(), await target.enter()];
    await oldSession(ada);
    await oldSession(eve);
    const cookie = withTossed(ada.browser, [eve.browser.cookies.get(sessionCookie) ?? ""], "first");
    expect(await userOf(ada.browser, { cookie, ...fromBrowser })).toBeUndefined();
    expect(ada.browser.setCookies.every((line) => line.includes("Domain=.nno.app"))).toBe(true);
    expect(await userOf(ada.browser, fromBrowser)).toBe(ada.id);
  });
});

describe("the other cookies", () => {
  it("are all ones that no other host can set", async () => {
    const [admin, ada] = [await target.enterAdmin(), await target.enter()];
    const lines: string[] = [];
    const keep = (browser: Browser) => lines.push(...browser.setCookies);
    const { code } = await enrol(ada.browser);
    const browser = target.open();
    const body = { email: ada.email, password, rememberMe: false };
    await browser.post("/api/auth/sign-in/email", body);
    keep(browser);
    const verify = { code: await code(1), trustDevice: true };
    await browser.post("/api/auth/two-factor/verify-totp", verify);
    keep(browser);
    await admin.browser.post("/api/auth/admin/impersonate-user", { userId: ada.id });
    keep(admin.browser);
    const names = new Set(lines.map((line) => line.slice(0, line.indexOf("="))));
    expect([...names].toSorted()).toEqual([
      "__Host-better-auth.admin_session",
      "__Host-better-auth.dont_remember",
      "__Host-better-auth.known_device",
      "__Host-better-auth.oauth_state",
      "__Host-better-auth.session_binding",
      "__Host-better-auth.session_data",
      "__Host-better-auth.trust_device",
      "__Host-better-auth.two_factor",
      sessionCookie,
    ]);
    for (const line of lines.filter((cookie) => cookie.startsWith("__Host-"))) {
      expect(line).toMatch(/; Path=\//);
      expect(line).toMatch(/; Secure/);
      expect(line).not.toMatch(/Domain/i);
    }
  });

  it("with the names that neighbours can set say nothing", async () => {
    const ada = await target.enter();
    await enrol(ada.browser);
    const eve = target.open();
    await eve.post("/api/auth/sign-in/email", { email: ada.email, password });
    const challenge = eve.cookies.get("__Host-better-auth.two_factor") ?? "";
    expect(challenge).not.toBe("");
    const cookie = `__Secure-better-auth.two_factor=${challenge}; better-auth.two_factor=${challenge}`;
    const answer = await target
      .open()
      .post("/api/auth/two-factor/verify-totp", { code: "000000" }, { cookie, ...fromBrowser });
    expect(answer.body).toMatchObject({ code: "INVALID_TWO_FACTOR_COOKIE" });
  });
});
