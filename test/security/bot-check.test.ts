/** The check against bots, with a stand-in for Turnstile. */
import { beforeAll, beforeEach, expect, it } from "vitest";
import { newEmail, password } from "../people.ts";
import { startTarget, type Target } from "./target.ts";

let target: Target;
let verified: Record<string, unknown>[] = [];
let isDown = false;

beforeAll(async () => {
  target = await startTarget({
    entry: "test/security/workers/bot-check.ts",
    cheapHashes: true,
    bindings: { TURNSTILE_SECRET_KEY: "the-secret-key" },
    outbound: async (request) => {
      if (!request.url.startsWith("https://verify.example/")) {
        return new Response(null, { status: 502 });
      }
      if (isDown) return new Response(null, { status: 500 });
      const form = (await request.json()) as Record<string, unknown>;
      const success = form["response"] === "passed" && form["secret"] === "the-secret-key";
      verified.push(form);
      return Response.json({ success });
    },
  });
  return target.stop;
});

beforeEach(() => {
  verified = [];
  isDown = false;
});

const requests: [string, () => object][] = [
  ["/sign-up/email", () => ({ name: "Ada", email: newEmail(), password })],
  ["/request-password-reset", () => ({ email: newEmail() })],
  ["/send-verification-email", () => ({ email: newEmail() })],
];

const send = async (path: string, body: object, token?: string) =>
  target
    .open()
    .post(`/api/auth${path}`, body, token === undefined ? {} : { "x-captcha-response": token });

it.each(requests)("%s needs a token that the provider confirms", async (path, body) => {
  const missing = { status: 400, body: { code: "BOT_CHECK_REQUIRED" } };
  expect(await send(path, body())).toMatchObject(missing);
  expect(await send(path, body(), "x".repeat(3000))).toMatchObject(missing);
  expect(verified).toEqual([]);
  const refused = await send(path, body(), "made up");
  expect(refused).toMatchObject({ status: 403, body: { code: "BOT_CHECK_FAILED" } });
  expect((await send(path, body(), "passed")).status).toBe(200);
  expect(verified.at(-1)).toMatchObject({ response: "passed", remoteip: expect.any(String) });
});

it.each(requests)("%s is closed while the provider is down", async (path, body) => {
  isDown = true;
  const refused = await send(path, body(), "passed");
  expect(refused).toMatchObject({
    status: 503,
    body: { code: "BOT_CHECK_UNAVAILABLE", retryAfter: 5 },
  });
});

it("asks nobody who is signed in, and no sign-in", async () => {
  const { browser, email } = await target.enter();
  const reset = await browser.post("/api/auth/request-password-reset", { email });
  expect(reset.status).toBe(200);
  const signedIn = await target.open().post("/api/auth/sign-in/email", { email, password });
  expect(signedIn.status).toBe(200);
  expect(verified).toEqual([]);
});

it("is not passed by a session cookie that opens nothing", async () => {
  const { browser, email } = await target.enter();
  await target.database.prepare("DELETE FROM session").run();
  const reset = await browser.post("/api/auth/request-password-reset", { email });
  expect(reset).toMatchObject({ status: 400, body: { code: "BOT_CHECK_REQUIRED" } });
});

it("is told to pages, without the secret", async () => {
  const { body } = await target.open().get("/api/auth/platform/sign-in-options");
  expect(body).toMatchObject({
    botCheck: {
      provider: "turnstile",
      siteKey: "the-site-key",
      scriptUrl: "https://challenges.cloudflare.com/turnstile/v0/api.js?render=explicit",
    },
  });
  expect(JSON.stringify(body)).not.toContain("the-secret-key");
});

it("stops a Worker that lacks the secret, and names it", async () => {
  const without = await startTarget({ entry: "test/security/workers/bot-check.ts" });
  const { status, body } = await without.open().get("/api/auth/session");
  await without.stop();
  expect(status).toBe(503);
  expect(JSON.stringify(body)).toContain("TURNSTILE_SECRET_KEY");
});
