/**
 * The only fetch to Cloudflare: one call with its retries, time-out and place in the rate budget. A call that may be
 * repeated is; one that may not ends with OutcomeUnknownError, and its caller looks before acting again.
 */
import { systemClock, type Clock } from "./clock.ts";
import {
  CloudflareError,
  OutcomeUnknownError,
  type CloudflareErrorEntry,
} from "./cloudflare-error.ts";
import { createRateBudget, type RateBudget } from "./rate-budget.ts";

export interface CloudflareAccess {
  accountId: string;
  apiToken: string;
  /** Default: https://api.cloudflare.com/client/v4 */
  apiBaseUrl?: string | undefined;
  /** Share one among all platforms of a fleet. */
  budget?: RateBudget | undefined;
  fetch?: typeof fetch | undefined;
  clock?: Clock | undefined;
  /** Until a call without an answer is given up. Default: 30 seconds. */
  timeoutMs?: number | undefined;
  /** Told of every request that leaves, retries included. */
  onCall?: ((call: { method: string; path: string }) => void) | undefined;
}

export interface Call {
  method: "GET" | "POST" | "PUT" | "DELETE";
  path: string;
  query?: Record<string, string> | undefined;
  json?: unknown;
  form?: FormData;
  /** Whether doing it twice is the same as doing it once. */
  repeatable: boolean;
  /**
   * Done before every attempt; when it fails, the call is not made again. One call may wait for minutes (429), and what
   * allowed it, a lease, may have gone to somebody else meanwhile.
   */
  beforeEach?: (() => Promise<void>) | undefined;
}

export interface Answer {
  result: unknown;
  resultInfo: unknown;
}

const attempts = 4;
const firstBackoffMs = 500;
/** A 429 has not taken effect, so any call may wait for it; but not forever. */
const patientMs = 10 * 60 * 1000;
const defaultRetryAfterMs = 5000;
/** Whatever Retry-After says: zero, or a date in the past, would ask again at once and for ever. */
const leastRetryAfterMs = 1000;
const limitedAttempts = 100;

export function createTransport(access: CloudflareAccess): (call: Call) => Promise<Answer> {
  const { apiToken, timeoutMs = 30_000, clock = systemClock } = access;
  const base = (access.apiBaseUrl ?? "https://api.cloudflare.com/client/v4").replace(/\/$/, "");
  const budget = access.budget ?? createRateBudget({ clock });
  const send = access.fetch ?? fetch;

  async function once(call: Call, title: string): Promise<Answer | { retryAfterMs: number }> {
    const url = new URL(base + call.path);
    for (const [name, value] of Object.entries(call.query ?? {})) url.searchParams.set(name, value);
    const headers = new Headers({ Authorization: `Bearer ${apiToken}` });
    if (call.json !== undefined) headers.set("Content-Type", "application/json");
    const timeout = AbortSignal.timeout(timeoutMs);
    let status: number;
    let text: string;
    let retryAfter: string | null;
    try {
      const response = await send(url, {
        method: call.method,
        headers,
        body: call.form ?? (call.json === undefined ? null : JSON.stringify(call.json)),
        signal: timeout,
      });
      ({ status } = response);
      retryAfter = response.headers.get("Retry-After");
      text = await response.text();
    } catch (cause) {
      const reason = timeout.aborted
        ? `no answer in ${timeoutMs / 1000} s`
        : "the connection failed";
      throw new OutcomeUnknownError(title, reason, { cause });
    }
    if (status === 429) return { retryAfterMs: readRetryAfter(retryAfter, clock.now()) };
    const envelope = readEnvelope(text);
    if (status >= 500 || envelope === undefined) {
      throw new OutcomeUnknownError(title, `Cloudflare answered HTTP ${status}`);
    }
    if (status >= 400 || !envelope.success) {
      throw new CloudflareError(title, status, envelope.errors);
    }
    return { result: envelope.result, resultInfo: envelope.resultInfo };
  }

  return async (call) => {
    const title = `${call.method} ${call.path}`;
    let failures = 0;
    let waitedMs = 0;
    let limited = 0;
    for (;;) {
      await budget.take();
      await call.beforeEach?.();
      access.onCall?.({ method: call.method, path: call.path });
      try {
        const answer = await once(call, title);
        if ("result" in answer) return answer;
        waitedMs += answer.retryAfterMs;
        limited += 1;
        if (waitedMs > patientMs || limited >= limitedAttempts) {
          throw new CloudflareError(title, 429, [
            { code: 429, message: "the rate limit of Cloudflare's API does not end" },
          ]);
        }
        budget.pause(answer.retryAfterMs);
        await clock.sleep(answer.retryAfterMs);
      } catch (error) {
        failures += 1;
        const mayRepeat = error instanceof OutcomeUnknownError && call.repeatable;
        if (!mayRepeat || failures >= attempts) throw error;
        // Jitter, so that the platforms of a fleet do not come back at the same instant.
        await clock.sleep(firstBackoffMs * 2 ** (failures - 1) * (0.5 + Math.random() / 2));
      }
    }
  };
}

/** Retry-After in either form (RFC 9110 section 10.2.3), in milliseconds. */
function readRetryAfter(value: string | null, now: number): number {
  if (value === null) return defaultRetryAfterMs;
  const seconds = Number(value);
  if (Number.isFinite(seconds)) return Math.max(leastRetryAfterMs, seconds * 1000);
  const date = Date.parse(value);
  return Number.isNaN(date) ? defaultRetryAfterMs : Math.max(leastRetryAfterMs, date - now);
}

interface Envelope {
  success: boolean;
  errors: CloudflareErrorEntry[];
  result: unknown;
  resultInfo: unknown;
}

function readEnvelope(text: string): Envelope | undefined {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof body !== "object" || body === null || !("success" in body)) return undefined;
  const errors = "errors" in body && Array.isArray(body.errors) ? body.errors : [];
  return {
    success: body.success === true,
    errors: errors.map((entry: { code?: unknown; message?: unknown }) => ({
      code: Number(entry.code),
      message: String(entry.message),
    })),
    result: "result" in body ? body.result : undefined,
    resultInfo: "result_info" in body ? body.result_info : undefined,
  };
}
