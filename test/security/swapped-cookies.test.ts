/** What the auth host signed for one cookie is sent under the name of another. */
import { beforeAll, expect, it } from "vitest";
import { enrol, password, type Person } from "../people.ts";
import { startTarget, type Target } from "./target.ts";

let target: Target;
/** One value that the auth host signed for each cookie, by its name. */
const values = new Map<string, string>();
let ada: Person;
let code: (offset?: number) => Promise<string>;

const prefix = "__Host-better-auth.";
const names = ["two_factor", "trust_device", "known_device", "dont_remember", "admin_session"];

beforeAll(async () => {
  target = await startTarget({ cheapHashes: true });
  const admin = await target.enterAdmin();
  ada = await target.enter();
  ({ code } = await enrol(ada.browser));
  const browser = target.open();
  const keep = () => {
    for (const name of names) {
      const value = browser.cookies.get(`${prefix}${name}`);
      if (value !== undefined) values.set(`${prefix}${name}`, value);
    }
  };
  const credentials = { email: ada.email, password, rememberMe: false };
  await browser.post("/api/auth/sign-in/email", credentials);
  keep();
  const trusted = { code: await code(1), trustDevice: true };
  expect((await browser.post("/api/auth/two-factor/verify-totp", trusted)).status).toBe(200);
  keep();
  await admin.browser.post("/api/auth/admin/impersonate-user", { userId: ada.id });
  values.set(`${prefix}admin_session`, admin.browser.cookies.get(`${prefix}admin_session`) ?? "");
  const session = ada.browser.cookies.get("__Secure-better-auth.session_token") ?? "";
  values.set("__Secure-better-auth.session_token", session);
  expect([...values.values()].every((value) => value !== "")).toBe(true);
  expect(values.size).toBe(names.length + 1);
  return target.stop;
});

it("it is worth nothing there, and no answer is a 5xx", async () => {
  const requests: [string, string, object | undefined][] = [
    ["GET", "/api/auth/session", undefined],
    ["GET", "/api/auth/get-session", undefined],
    ["POST", "/api/auth/sign-in/email", { email: ada.email, password }],
    ["POST", "/api/auth/two-factor/verify-totp", { code: "000000" }],
    ["POST", "/api/auth/admin/stop-impersonating", {}],
    ["POST", "/api/auth/sign-out", {}],
  ];
  const passed: unknown[] = [];
  for (const [from, value] of values) {
    for (const name of values.keys()) {
      if (name === from) continue;
      for (const spelled of [value, decodeURIComponent(value), `"${value}"`]) {
        for (const [method, path, body] of requests) {
          const browser = target.open();
          const answer = await browser.send<{ user?: unknown; twoFactorRedirect?: boolean }>(
            method,
            path,
            body,
            { cookie: `${name}=${spelled}` },
          );
          const isIn = path.endsWith("session") && answer.body?.user !== undefined;
          const isTrusted = path.includes("sign-in") && answer.body?.twoFactorRedirect !== true;
          if (answer.status >= 500 || isIn || (isTrusted && answer.status === 200)) {
            passed.push([from, name, method, path, answer.status, answer.body]);
          }
        }
      }
    }
  }
  expect(passed).toEqual([]);
}, 120_000);

it("each is what it was under its own name", async () => {
  const browser = target.open();
  for (const name of [`${prefix}trust_device`, `${prefix}known_device`]) {
    browser.cookies.set(name, values.get(name) ?? "");
  }
  const signedIn = await browser.post("/api/auth/sign-in/email", { email: ada.email, password });
  expect(signedIn.status).toBe(200);
  expect((await browser.session()).user.id).toBe(ada.id);
});
