/** The requests behind a session: who is signed in, and what the active tenant is. Knows no state. */
import {
  readPermission,
  readSessionAnswer,
  readTenantList,
  readTenantRole,
  UnexpectedAnswer,
  type NnoTenant,
  type NnoTenantSummary,
  type Principal,
} from "./session.ts";

export type NnoSessionErrorCode =
  /** No answer came: no network, no server, or a CORS refusal, which a script cannot tell apart. */
  | "unreachable"
  /** No answer came in time. */
  | "timeout"
  /** The server says that it cannot answer now (5xx). */
  | "unavailable"
  /** Too many requests (429). */
  | "rate_limited"
  /** Something answered that is not the auth Worker: a wrong address, or a proxy that is not set up. */
  | "unexpected_answer";

/** Why it is not known who is signed in. It never means that nobody is. */
export class NnoSessionError extends Error {
  override readonly name = "NnoSessionError";
  readonly code: NnoSessionErrorCode;
  /** The HTTP status, where there was one. */
  readonly status: number | undefined;
  /** When the server asked to be asked again. */
  readonly retryAfterSeconds: number | undefined;

  constructor(
    code: NnoSessionErrorCode,
    message: string,
    options: ErrorOptions & {
      status?: number | undefined;
      retryAfterSeconds?: number | undefined;
    } = {},
  ) {
    super(message, options);
    this.code = code;
    this.status = options.status;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}

export type Fetch = (input: string, init?: RequestInit) => Promise<Response>;

export interface Server {
  /** `https://auth.…/api/auth` */
  baseUrl: string;
  fetch: Fetch;
}

const answerSeconds = 10;

/** @throws {NnoSessionError} */
export async function requestPrincipal(
  server: Server,
  signal: AbortSignal,
): Promise<Principal | null> {
  return request(server, "/session", signal, readSessionAnswer);
}

/** @throws {NnoSessionError} */
export async function requestTenantList(
  server: Server,
  signal: AbortSignal,
): Promise<readonly NnoTenantSummary[]> {
  return request(server, "/organization/list", signal, readTenantList);
}

/**
 * The active tenant and the user's role in it; null when the membership has ended since it was made active.
 *
 * @throws {NnoSessionError}
 */
export async function requestActiveTenant(
  server: Server,
  id: string,
  signal: AbortSignal,
): Promise<{ tenant: NnoTenant | null; list: readonly NnoTenantSummary[] }> {
  const query = new URLSearchParams({ organizationId: id });
  const [list, role] = await Promise.all([
    requestTenantList(server, signal),
    request(server, `/organization/get-active-member-role?${query}`, signal, readTenantRole).catch(
      noMembership,
    ),
  ]);
  const summary = list.find((tenant) => tenant.id === id);
  const known = summary !== undefined && role !== null;
  return { tenant: known ? Object.freeze({ ...summary, role }) : null, list };
}

/** @throws {NnoSessionError} */
export async function requestPermission(
  server: Server,
  organizationId: string,
  permission: string,
): Promise<boolean> {
  const [resource = "", action = ""] = permission.split(":");
  const body = JSON.stringify({ organizationId, permissions: { [resource]: [action] } });
  const { signal } = new AbortController();
  return request(server, "/organization/has-permission", signal, readPermission, {
    method: "POST",
    body,
    headers: { accept: "application/json", "content-type": "application/json" },
  });
}

function noMembership(error: unknown): null {
  const status = error instanceof NnoSessionError ? error.status : undefined;
  if (status === 400 || status === 403) return null;
  throw error;
}

async function request<Result>(
  { baseUrl, fetch }: Server,
  path: string,
  signal: AbortSignal,
  read: (body: unknown) => Result,
  init: RequestInit = { headers: { accept: "application/json" } },
): Promise<Result> {
  const limit = new AbortController();
  const cancel = () => limit.abort();
  const timer = setTimeout(cancel, answerSeconds * 1000);
  signal.addEventListener("abort", cancel);
  if (signal.aborted) cancel();
  try {
    const answer = await fetch(`${baseUrl}${path}`, {
      credentials: "include",
      cache: "no-store",
      ...init,
      signal: limit.signal,
    });
    if (!answer.ok) throw refusal(answer, baseUrl);
    return read(await answer.json());
  } catch (cause) {
    throw sessionError(cause, baseUrl, limit.signal.aborted);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", cancel);
  }
}

function refusal(answer: Response, baseUrl: string): NnoSessionError {
  const { status } = answer;
  const asked = Number(answer.headers.get("Retry-After") ?? "");
  const retryAfterSeconds = asked > 0 ? asked : undefined;
  if (status === 429) {
    return new NnoSessionError("rate_limited", "Too many requests were made. Wait a moment.", {
      status,
      retryAfterSeconds,
    });
  }
  if (status >= 500) {
    return new NnoSessionError("unavailable", `${baseUrl} cannot answer now (${status}).`, {
      status,
      retryAfterSeconds,
    });
  }
  return new NnoSessionError("unexpected_answer", `${baseUrl} answered ${status}: ${wrongServer}`, {
    status,
  });
}

const wrongServer =
  "this is not the auth Worker. Look at VITE_AUTH_URL, or at the proxy behind VITE_AUTH_API_URL.";

function sessionError(cause: unknown, baseUrl: string, aborted: boolean): NnoSessionError {
  if (cause instanceof NnoSessionError) return cause;
  if (cause instanceof UnexpectedAnswer || cause instanceof SyntaxError) {
    return new NnoSessionError("unexpected_answer", `${baseUrl}: ${wrongServer}`, { cause });
  }
  return aborted
    ? new NnoSessionError("timeout", `${baseUrl} did not answer in ${answerSeconds} s.`, { cause })
    : new NnoSessionError("unreachable", `${baseUrl} cannot be reached.`, { cause });
}
