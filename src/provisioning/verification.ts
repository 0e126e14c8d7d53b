/**
 * Asks a platform's host as any visitor could: it must run the release, be healthy, have nobody signed in, and reject a
 * session of another platform. None of this is a call to Cloudflare's API.
 */
import { systemClock, type Clock } from "./clock.ts";
import { randomToken } from "./random-token.ts";

export interface VerifyOptions {
  authUrl: string;
  platformId: string;
  /** The release that must answer. Default: any. */
  release?: string | undefined;
  /** For hosts that the system cannot resolve. */
  fetch?: typeof fetch | undefined;
  clock?: Clock | undefined;
  /** How long to wait for a host at which nobody answers; a new certificate takes minutes. Default: 5 minutes. */
  certificateSeconds?: number | undefined;
  /** How long to wait for a Worker that answers to be healthy; a new version takes seconds to spread. Default: 30 seconds. */
  settleSeconds?: number | undefined;
  /** Told the reason for waiting, and called often enough to renew a lease. */
  onWait?: ((reason: string) => Promise<void> | void) | undefined;
  signal?: AbortSignal | undefined;
}

export type Verification =
  | { ok: true; release: string; checks: string[] }
  | { ok: false; problem: string };

const requestTimeoutMs = 10_000;
const firstPauseMs = 250;
const longestPauseMs = 10_000;

export async function verifyPlatform(options: VerifyOptions): Promise<Verification> {
  const { certificateSeconds = 300, settleSeconds = 30, clock = systemClock, onWait } = options;
  const startedAt = clock.now();
  let answeredAt: number | undefined;
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    const attempt = await check(options);
    if (attempt.ok) return attempt;
    if (attempt.isOurs) answeredAt ??= clock.now();
    const deadline =
      answeredAt === undefined
        ? startedAt + certificateSeconds * 1000
        : answeredAt + settleSeconds * 1000;
    if (clock.now() + pauseMs > deadline) return { ok: false, problem: attempt.problem };
    await onWait?.(attempt.problem);
    await clock.sleep(pauseMs, options.signal);
  }
}

type Attempt = { ok: true; release: string; checks: string[] } | Failed;
interface Failed {
  ok: false;
  problem: string;
  /** Whether the auth Worker answered. If it did, it is not a certificate that is missing. */
  isOurs: boolean;
}

async function check(options: VerifyOptions): Promise<Attempt> {
  const health = await ask(options, "/healthz");
  if (!health.ok) return { ok: false, problem: health.problem, isOurs: false };
  const body = readObject(health.text);
  const isOurs = "platformId" in body || "code" in body;
  const failed = (problem: string): Failed => ({ ok: false, problem, isOurs });
  const { release } = body;
  if (typeof release !== "string") {
    const detail = typeof body["detail"] === "string" ? body["detail"] : `HTTP ${health.status}`;
    return failed(`/healthz: ${detail}`);
  }
  if (body["platformId"] !== options.platformId) {
    return failed(`/healthz answers for the platform ${String(body["platformId"])}`);
  }
  if (options.release !== undefined && release !== options.release) {
    return failed(`/healthz answers with release ${release}, not ${options.release}`);
  }
  if (health.status !== 200 || body["status"] !== "ok") {
    const { problem } = readObject(JSON.stringify(body["schema"] ?? {}));
    return failed(`/healthz: ${typeof problem === "string" ? problem : `HTTP ${health.status}`}`);
  }

  const nobody = '{"session":null}';
  const anonymous = await ask(options, "/api/auth/session");
  if (!anonymous.ok) return failed(anonymous.problem);
  if (anonymous.status !== 200 || anonymous.text !== nobody) {
    return failed(`/api/auth/session answers HTTP ${anonymous.status}, not ${nobody}`);
  }
  const foreign = await ask(options, "/api/auth/session", await foreignCookies());
  if (!foreign.ok) return failed(foreign.problem);
  if (foreign.status !== 200 || foreign.text !== nobody) {
    return failed("/api/auth/session accepts a cookie of another platform");
  }
  return {
    ok: true,
    release,
    checks: ["healthy", "nobody is signed in", "a cookie of another platform is refused"],
  };
}

type Reply = { ok: true; status: number; text: string } | { ok: false; problem: string };

async function ask(
  { authUrl, fetch: send = fetch }: VerifyOptions,
  path: string,
  cookie?: string,
): Promise<Reply> {
  const url = authUrl + path;
  try {
    const response = await send(url, {
      headers: cookie === undefined ? {} : { Cookie: cookie },
      redirect: "manual",
      signal: AbortSignal.timeout(requestTimeoutMs),
    });
    return { ok: true, status: response.status, text: await response.text() };
  } catch {
    const wait = url.startsWith("https:") ? "; its certificate may still be on the way" : "";
    return { ok: false, problem: `${new URL(url).host} cannot be reached yet${wait}` };
  }
}

/** What a browser with a session of another platform would send: a cookie signed as Better Auth signs, with another secret. */
async function foreignCookies(): Promise<string> {
  const token = randomToken();
  const encoder = new TextEncoder();
  const key = await crypto.subtle.importKey(
    "raw",
    encoder.encode(randomToken()),
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["sign"],
  );
  const signature = new Uint8Array(await crypto.subtle.sign("HMAC", key, encoder.encode(token)));
  const value = encodeURIComponent(`${token}.${btoa(String.fromCharCode(...signature))}`);
  return ["__Secure-better-auth.session_token", "better-auth.session_token"]
    .map((name) => `${name}=${value}`)
    .join("; ");
}

function readObject(text: string): Record<string, unknown> {
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === "object" && body !== null ? { ...body } : {};
  } catch {
    return {};
  }
}
