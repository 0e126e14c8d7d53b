/** One call to Cloudflare: when it is repeated, how long it waits, and how it reads an answer. */
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, it } from "vitest";
import type { Clock } from "../../src/provisioning/clock.ts";
import { CloudflareError, OutcomeUnknownError } from "../../src/provisioning/cloudflare/errors.ts";
import { createRateBudget, unlimited } from "../../src/provisioning/cloudflare/rate-budget.ts";
import { createTransport } from "../../src/provisioning/cloudflare/transport.ts";

const ended: (() => void)[] = [];
afterEach(() => {
  for (const end of ended.splice(0)) end();
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  ended.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const success = JSON.stringify({ success: true, errors: [], messages: [], result: "here" });

/** A clock that skips every wait and records it. */
function jumping(): Clock & { waits: number[] } {
  let now = 1_000_000;
  const waits: number[] = [];
  return {
    waits,
    now: () => now,
    async sleep(ms) {
      waits.push(ms);
      now += ms;
    },
  };
}

/** A server that gives these answers in turn, and a transport to it. */
async function answering(...answers: RequestListener[]) {
  let requests = 0;
  const apiBaseUrl = await serve((request, response) => {
    const answer = answers[Math.min(requests, answers.length - 1)];
    requests += 1;
    answer?.(request, response);
  });
  const clock = jumping();
  const access = { accountId: "a", apiToken: "secret", apiBaseUrl, budget: unlimited, clock };
  return { call: createTransport(access), clock, access, requests: () => requests };
}

const ok: RequestListener = (_, response) => response.end(success);
const broken: RequestListener = (_, response) => response.writeHead(500).end("oops");
const read = { method: "GET", path: "/x", repeatable: true } as const;
const write = { method: "POST", path: "/x", json: {}, repeatable: false } as const;

it("repeats a call that may be repeated when the server fails", async () => {
  const { call, requests } = await answering(broken, (request) => request.socket.destroy(), ok);
  expect(await call(read)).toMatchObject({ result: "here" });
  expect(requests()).toBe(3);
});

it("gives up after four attempts", async () => {
  const { call, requests } = await answering(broken);
  await expect(call(read)).rejects.toThrow(OutcomeUnknownError);
  expect(requests()).toBe(4);
});

it("never repeats a call that may have taken effect", async () => {
  const { call, requests } = await answering(broken, ok);
  await expect(call(write)).rejects.toThrow(OutcomeUnknownError);
  expect(requests()).toBe(1);
});

it("waits for as long as a 429 asks, and repeats any call, because it had no effect", async () => {
  const { call, clock, requests } = await answering(
    (_, response) => response.writeHead(429, { "Retry-After": "7" }).end("{}"),
    ok,
  );
  expect(await call(write)).toMatchObject({ result: "here" });
  expect(clock.waits).toContain(7000);
  expect(requests()).toBe(2);
});

it("reads a Retry-After that is a date", async () => {
  const { call, clock } = await answering((_, response) => {
    const date = new Date(clock.now() + 3000).toUTCString();
    response.writeHead(429, { "Retry-After": date }).end("{}");
  }, ok);
  await call(read);
  expect(clock.waits[0]).toBeGreaterThan(1000);
  expect(clock.waits[0]).toBeLessThanOrEqual(3000);
});

it.each(["0", "-5", "", new Date(0).toUTCString()])(
  "gives up a rate limit that does not end, with Retry-After: %j",
  async (retryAfter) => {
    const { call, clock, requests } = await answering((_, response) =>
      response.writeHead(429, { "Retry-After": retryAfter }).end("{}"),
    );
    await expect(call(read)).rejects.toMatchObject({ status: 429 });
    expect(requests()).toBe(100);
    expect(Math.min(...clock.waits)).toBeGreaterThanOrEqual(1000);
  },
);

it("runs the guard before every attempt, and sends no call if the guard fails", async () => {
  const limited: RequestListener = (_, response) =>
    response.writeHead(429, { "Retry-After": "7" }).end("{}");
  const { call, requests } = await answering(limited, broken, ok);
  const seen: number[] = [];
  const beforeEach = async () => {
    seen.push(requests());
    if (requests() === 2) throw new Error("lost");
  };
  await expect(call({ ...read, beforeEach })).rejects.toThrow("lost");
  expect(seen).toEqual([0, 1, 2]);
  expect(requests()).toBe(2);
});

it("gives up on a call that gets no answer", async () => {
  const { access } = await answering(() => {});
  const call = createTransport({ ...access, timeoutMs: 100 });
  await expect(call(write)).rejects.toThrow("no answer in 0.1 s");
});

it("keeps Cloudflare's error codes, and repeats no call that was refused", async () => {
  const refusal = {
    success: false,
    errors: [{ code: 7502, message: "taken" }],
    messages: [],
    result: null,
  };
  const { call, requests } = await answering((_, response) =>
    response.writeHead(409).end(JSON.stringify(refusal)),
  );
  const error = await call(read).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(CloudflareError);
  expect(error).toMatchObject({ status: 409, errors: [{ code: 7502 }] });
  expect(requests()).toBe(1);
});

it("never reveals the token in an error", async () => {
  const { call } = await answering(broken);
  const error = await call(write).catch((caught: unknown) => caught);
  expect(JSON.stringify(error) + String(error)).not.toContain("secret");
});

it("sends a burst at once, and 3.5 calls a second after it", async () => {
  const clock = jumping();
  const startedAt = clock.now();
  const budget = createRateBudget({ requestsPerSecond: 3.5, burst: 10, clock });
  for (let call = 0; call < 10; call += 1) await budget.take();
  expect(clock.now() - startedAt).toBe(0);
  await Promise.all(Array.from({ length: 35 }, async () => budget.take()));
  expect((clock.now() - startedAt) / 1000).toBeCloseTo(10, 0);
});

it("stays below Cloudflare's 1,200 calls in 5 minutes", async () => {
  const clock = jumping();
  const startedAt = clock.now();
  const budget = createRateBudget({ clock });
  let calls = 0;
  while (clock.now() - startedAt < 5 * 60 * 1000) {
    await budget.take();
    calls += 1;
  }
  expect(calls).toBeLessThan(1200);
});

it("holds every caller back while a 429 lasts", async () => {
  const clock = jumping();
  const budget = createRateBudget({ clock });
  budget.pause(5000);
  const startedAt = clock.now();
  await budget.take();
  expect(clock.now() - startedAt).toBe(5000);
});
