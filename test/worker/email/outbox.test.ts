import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { openDatabase } from "../../../src/worker/db/database.ts";
import { removeExpired } from "../../../src/worker/db/maintenance.ts";
import { emailOutbox } from "../../../src/worker/db/schema.ts";
import { createOutbox } from "../../../src/worker/email/outbox.ts";
import { render, templates } from "../../../src/worker/email/templates.ts";
import {
  cloudflareEmail,
  EmailTransportError,
  resendEmail,
  type EmailMessage,
  type EmailTransport,
} from "../../../src/worker/email/transports.ts";
import {
  database,
  mailTo,
  newEmail,
  openApp,
  password,
  patience,
  secret,
  enter,
} from "../browser.ts";

const minuteMilliseconds = 60_000;
const message: EmailMessage = {
  to: "ada@example.com",
  subject: "Reset",
  text: "https://example.com/reset?token=planted-token",
  html: "<p>planted-token</p>",
};

/** An outbox with a clock and a provider that the test holds. */
function openOutbox(transport: EmailTransport | undefined) {
  const clock = { now: Date.now() };
  const outbox = createOutbox({
    database: openDatabase(env.DB),
    transport,
    from: "no-reply@example.com",
    key: secret,
    now: () => clock.now,
  });
  return { outbox, clock };
}

function provider() {
  const state = { down: true, sent: [] as { to: string; key: string }[], attempts: 0 };
  const transport: EmailTransport = {
    name: "provider",
    async send({ to }, { idempotencyKey }) {
      state.attempts += 1;
      if (state.down) throw new EmailTransportError("502 from the provider");
      state.sent.push({ to, key: idempotencyKey });
    },
  };
  return { state, transport };
}

async function waiting() {
  return database.select().from(emailOutbox);
}

describe("the outbox", () => {
  it("keeps a message while the provider is down, and sends it once when it is back", async () => {
    await database.delete(emailOutbox);
    const warn = vi.spyOn(console, "warn").mockReturnValue();
    const { state, transport } = provider();
    const { outbox, clock } = openOutbox(transport);
    await outbox.send(message, 60 * 60);
    expect(await waiting()).toMatchObject([{ attempts: 1, lastError: "502 from the provider" }]);
    expect(await outbox.deliverDue()).toEqual({ sent: 0, failed: 0 });
    clock.now += 1.5 * minuteMilliseconds;
    expect(await outbox.deliverDue()).toEqual({ sent: 0, failed: 1 });
    state.down = false;
    clock.now += 2.5 * minuteMilliseconds;
    expect(await outbox.deliverDue()).toEqual({ sent: 1, failed: 0 });
    expect(state.sent).toHaveLength(1);
    expect(await waiting()).toEqual([]);
    expect(warn).toHaveBeenCalledTimes(2);
    warn.mockRestore();
  });

  it("gives the same key to every attempt, so that a provider can drop the second", async () => {
    await database.delete(emailOutbox);
    const keys: string[] = [];
    const { outbox, clock } = openOutbox({
      name: "provider",
      send: async (_message, { idempotencyKey }) => {
        keys.push(idempotencyKey);
        if (keys.length === 1) throw new Error("answer lost");
      },
    });
    await outbox.send(message, 60 * 60);
    clock.now += 2 * minuteMilliseconds;
    await outbox.deliverDue();
    expect(keys).toHaveLength(2);
    expect(new Set(keys).size).toBe(1);
  });

  it("is sent by one of two isolates that drain it at once", async () => {
    await database.delete(emailOutbox);
    const { state, transport } = provider();
    const [first, second] = [openOutbox(transport), openOutbox(transport)];
    await first.outbox.send(message, 60 * 60);
    state.down = false;
    for (const { clock } of [first, second]) clock.now += 2 * minuteMilliseconds;
    await Promise.all([first.outbox.deliverDue(), second.outbox.deliverDue()]);
    expect(state.sent).toHaveLength(1);
  });

  it("keeps what a Worker that died was sending", async () => {
    await database.delete(emailOutbox);
    const { outbox } = openOutbox({ name: "slow", send: () => new Promise(() => {}) });
    void outbox.send(message, 60 * 60);
    await vi.waitFor(async () => expect(await waiting()).toHaveLength(1), patience);
    const { state, transport } = provider();
    state.down = false;
    const next = openOutbox(transport);
    next.clock.now += 2 * minuteMilliseconds;
    expect(await next.outbox.deliverDue()).toEqual({ sent: 1, failed: 0 });
  });

  it("drops a message that is worth nothing any more", async () => {
    await database.delete(emailOutbox);
    const { transport, state } = provider();
    const { outbox, clock } = openOutbox(transport);
    await outbox.send(message, 60);
    state.down = false;
    clock.now += 2 * minuteMilliseconds;
    expect(await outbox.deliverDue()).toEqual({ sent: 0, failed: 0 });
    expect(state.sent).toEqual([]);
    await removeExpired(openDatabase(env.DB), { now: clock.now, auditRetentionDays: 1 });
    expect(await waiting()).toEqual([]);
  });

  it("sends a backlog in one run once the provider is back", async () => {
    await database.delete(emailOutbox);
    const warn = vi.spyOn(console, "warn").mockReturnValue();
    const { state, transport } = provider();
    const { outbox, clock } = openOutbox(transport);
    for (let index = 0; index < 50; index += 1) await outbox.send(message, 60 * 60);
    clock.now += 2 * minuteMilliseconds;
    const attempts = state.attempts;
    await outbox.deliverDue();
    expect(state.attempts - attempts).toBeLessThanOrEqual(20);
    state.down = false;
    clock.now += 5 * minuteMilliseconds;
    expect(await outbox.deliverDue()).toEqual({ sent: 50, failed: 0 });
    warn.mockRestore();
  });

  it("logs and keeps nothing that a transport's error quotes", async () => {
    await database.delete(emailOutbox);
    const warn = vi.spyOn(console, "warn").mockReturnValue();
    const { outbox } = openOutbox({
      name: "chatty",
      send: async ({ to }) => Promise.reject(new Error(`cannot send to ${to}`)),
    });
    await outbox.send(message, 60);
    expect(JSON.stringify([warn.mock.calls, await waiting()])).not.toContain(message.to);
    warn.mockRestore();
  });

  it("waits, encrypted, while no transport is configured", async () => {
    await database.delete(emailOutbox);
    const { outbox } = openOutbox(undefined);
    await outbox.send(message, 60 * 60);
    const rows = await waiting();
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toMatch(/planted-token|ada@example/);
  });
});

describe("a sign-up", () => {
  it("answers before a slow provider does, and loses nothing to one that is down", async () => {
    await database.delete(emailOutbox);
    const { open } = openApp({
      emailTransport: { name: "down", send: async () => Promise.reject(new Error("down")) },
    });
    const warn = vi.spyOn(console, "warn").mockReturnValue();
    const answer = await open().post("/api/auth/sign-up/email", {
      name: "Ada",
      email: newEmail(),
      password,
    });
    expect(answer.status).toBe(200);
    await vi.waitFor(
      async () => expect(await waiting()).toMatchObject([{ attempts: 1 }]),
      patience,
    );
    warn.mockRestore();
    const never = openApp({ emailTransport: { name: "never", send: () => new Promise(() => {}) } });
    const body = { name: "Ada", email: newEmail(), password };
    expect((await never.open().post("/api/auth/sign-up/email", body)).status).toBe(200);
  });

  it("with an address that has an account answers the same, and tells its owner", async () => {
    const opened = openApp();
    const ada = await enter(opened);
    const fresh = await opened
      .open()
      .post("/api/auth/sign-up/email", { name: "Eve", email: newEmail(), password });
    const taken = await opened
      .open()
      .post("/api/auth/sign-up/email", { name: "Eve", email: ada.email, password });
    expect(taken.status).toBe(fresh.status);
    const same = (body: Record<string, unknown>) => ({
      ...(body["user"] as object),
      id: "",
      email: "",
      createdAt: "",
      updatedAt: "",
    });
    expect(Object.keys(taken.body["user"] as object)).toEqual(
      Object.keys(fresh.body["user"] as object),
    );
    expect(same(taken.body)).toEqual(same(fresh.body));
    await mailTo(opened.mail, ada.email, "You already have an account");
  });
});

describe("a message", () => {
  it("says the same as text and as HTML, and escapes what a user wrote", () => {
    const url = "https://example.com/?a=1&b=2";
    const { text, html } = render(
      "ada@example.com",
      templates.resetPassword({ name: '<img src=x onerror="alert(1)">', emailVerified: true, url }),
    );
    expect(text).toContain(url);
    expect(html).toContain('href="https://example.com/?a=1&amp;b=2"');
    expect(html).not.toContain("<img");
  });

  it("keeps a line break in a name out of its headers", () => {
    const { subject } = render(
      "ada@example.com",
      templates.invitation({
        inviter: "a",
        tenant: "x\r\nBcc: eve@example.com",
        role: "b",
        url: "https://e.com",
        toConfirmedAddress: true,
      }),
    );
    expect(subject).not.toMatch(/[\r\n]/);
  });
});

describe("a transport", () => {
  it("hands Cloudflare's binding a message with sender, text and HTML", async () => {
    const sent: unknown[] = [];
    const transport = cloudflareEmail({ send: async (mail) => void sent.push(mail) });
    await transport.send(
      { ...message, from: "Acme <no-reply@example.com>" },
      { idempotencyKey: "1" },
    );
    expect(sent).toEqual([{ ...message, from: { name: "Acme", email: "no-reply@example.com" } }]);
  });

  it("sends through Resend with the key, and throws when it does not accept", async () => {
    const requests: Request[] = [];
    const status = { next: 200 };
    const transport = resendEmail("re_key", async (input, init) => {
      requests.push(new Request(input, init));
      return new Response("{}", { status: status.next });
    });
    const mail = { ...message, from: "no-reply@example.com" };
    await transport.send(mail, { idempotencyKey: "abc" });
    const [request] = requests;
    expect(request?.url).toBe("https://api.resend.com/emails");
    expect(request?.headers.get("authorization")).toBe("Bearer re_key");
    expect(request?.headers.get("idempotency-key")).toBe("abc");
    expect(await request?.json()).toEqual({ ...mail, to: [message.to] });
    status.next = 422;
    await expect(transport.send(mail, { idempotencyKey: "abc" })).rejects.toThrow("422");
  });
});
