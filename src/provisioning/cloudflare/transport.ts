/**
 * The only fetch to Cloudflare: sends one call, with its retries, its time-out and its place in the rate budget. A
 * repeatable call is sent again after an unclear outcome. Any other call then ends with OutcomeUnknownError, and its
 * caller has to look at what happened before it acts again.
 */
import { systemClock, type Clock } from "../clock.ts";
import { CloudflareError, OutcomeUnknownError, type CloudflareErrorEntry } from "./errors.ts";
import { createRateBudget, type RateBudget } from "./rate-budget.ts";

export interface CloudflareAccess {
  accountId: string;
  apiToken: string;
  /** Default: https://api.cloudflare.com/client/v4 */
  apiBaseUrl?: string | undefined;
  /** All clients that use the same account must share one. */
  budget?: RateBudget | undefined;
  fetch?: typeof fetch | undefined;
  clock?: Clock | undefined;
  /** How long to wait for an answer. Default: 30 seconds. */
  timeoutMs?: number | undefined;
  /** Called for every request that is sent, retries included. */
  onCall?: ((call: { method: string; path: string }) => void) | undefined;
}

export interface Guard {
  /**
   * Runs before every attempt. If it throws, the call is not sent. A single call may wait for minutes (429), and the lease
   * that allowed it may meanwhile have passed to another job.
   */
  beforeEach?: (() => Promise<void>) | undefined;
}

interface CallRequest extends Guard {
  method: "GET" | "POST" | "PUT" | "DELETE";
  path: string;
  query?: Record<string, string> | undefined;
  json?: unknown;
  form?: FormData;
  /** Whether sending the call twice has the same effect as sending it once. */
  repeatable: boolean;
}

export type Call = (request: CallRequest) => Promise<{ result: unknown }>;

const attempts = 4;
const firstBackoffMs = 500;
/** A call that was answered with 429 had no effect, so any call may wait and try again, but not for ever. */
const rateLimitPatienceMs = 10 * 60 * 1000;
const defaultRetryAfterMs = 5000;
/** A Retry-After of zero, or a date in the past, would otherwise make us ask again at once, without end. */
const minimumRetryAfterMs = 1000;
const rateLimitedAttempts = 100;

export function createTransport(access: CloudflareAccess): Call {
  const { apiToken, timeoutMs = 30_000, clock = systemClock } = access;
  const base = (access.apiBaseUrl ?? "https://api.cloudflare.com/client/v4").replace(/\/$/, "");
  const budget = access.budget ?? createRateBudget({ clock });
  const send = access.fetch ?? fetch;

  async function sendOnce(
    call: CallRequest,
    title: string,
  ): Promise<{ result: unknown } | { retryAfterMs: number }> {
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
    return { result: envelope.result };
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
        const answer = await sendOnce(call, title);
        if ("result" in answer) return answer;
        waitedMs += answer.retryAfterMs;
        limited += 1;
        if (waitedMs > rateLimitPatienceMs || limited >= rateLimitedAttempts) {
          throw new CloudflareError(title, 429, [
            { code: 429, message: "Cloudflare keeps refusing calls because of its rate limit" },
          ]);
        }
        budget.pause(answer.retryAfterMs);
        await clock.sleep(answer.retryAfterMs);
      } catch (error) {
        failures += 1;
        const mayRepeat = error instanceof OutcomeUnknownError && call.repeatable;
        if (!mayRepeat || failures >= attempts) throw error;
        // The jitter keeps the platforms of a fleet from all coming back at the same instant.
        await clock.sleep(firstBackoffMs * 2 ** (failures - 1) * (0.5 + Math.random() / 2));
      }
    }
  };
}

/** Reads Retry-After in either form (RFC 9110 section 10.2.3). Returns milliseconds. */
function readRetryAfter(value: string | null, now: number): number {
  if (value === null) return defaultRetryAfterMs;
  const seconds = Number(value);
  if (Number.isFinite(seconds)) return Math.max(minimumRetryAfterMs, seconds * 1000);
  const date = Date.parse(value);
  return Number.isNaN(date) ? defaultRetryAfterMs : Math.max(minimumRetryAfterMs, date - now);
}

interface Envelope {
  success: boolean;
  errors: CloudflareErrorEntry[];
  result: unknown;
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
  };
}
