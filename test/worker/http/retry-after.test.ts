/** How long to wait, in the body as in the header, whatever refused the request. */
import { env } from "cloudflare:workers";
import { afterEach, expect, it, vi } from "vitest";
import { connectionLost, faulty, type Fault } from "../db/faulty.ts";
import { createTenant, enter, newEmail, openApp, type Answer } from "../browser.ts";

let fault: Fault = () => {};
const opened = openApp({}, { DB: faulty(env.DB, (sql) => fault(sql)) });

afterEach(() => {
  fault = () => {};
  vi.restoreAllMocks();
});

const expectWait = (answer: Answer, status: number) => {
  const seconds = Number(answer.headers.get("retry-after"));
  expect(seconds).toBeGreaterThan(0);
  expect(answer).toMatchObject({ status, body: { retryAfter: seconds } });
};

it("of wrong tries", async () => {
  const { email } = await enter(opened);
  const guess = async () =>
    opened
      .open()
      .post(
        "/api/auth/sign-in/email",
        { email, password: "wrong wrong wrong" },
        { "cf-connecting-ip": "192.0.2.9" },
      );
  for (const _ of [1, 2, 3]) await guess();
  expectWait(await guess(), 429);
});

it("of an invitation that was just sent", async () => {
  const { browser } = await enter(opened);
  const { id } = await createTenant(browser, "retry-after");
  const body = { email: newEmail(), role: "member", organizationId: id, resend: true };
  await browser.post("/api/auth/organization/invite-member", body);
  expectWait(await browser.post("/api/auth/organization/invite-member", body), 429);
});

it("of the outer rate limit", async () => {
  const limiter = { limit: async () => ({ success: false }) };
  const limited = openApp({}, { RATE_LIMITER: limiter }).open();
  expectWait(await limited.get("/api/auth/ok"), 429);
  expectWait(await limited.get("/healthz"), 429);
});

it.each(["/api/auth/session", "/api/auth/list-sessions"])(
  "of a database that is down: %s",
  async (path) => {
    vi.spyOn(console, "error").mockReturnValue();
    vi.spyOn(console, "warn").mockReturnValue();
    const { browser } = await enter(opened);
    fault = () => {
      throw connectionLost();
    };
    expectWait(await browser.get(path), 503);
    fault = () => {};
  },
);
