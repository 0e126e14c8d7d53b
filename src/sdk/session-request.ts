/** The requests for the session, the active tenant and its permissions. They are stateless. */
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
  /** No answer: there is no network or no server, or CORS refused it. A script cannot tell these apart. */
  | "unreachable"
  /** No answer in time. */
  | "timeout"
  /** The server cannot answer at the moment (5xx). */
  | "unavailable"
  /** Too many requests (429). */
  | "rate_limited"
  /** The answer is not from the auth Worker: the address is wrong, or a proxy is not set up. */
  | "unexpected_answer";

/** The session could not be read. This never means that nobody is signed in. */
export class NnoSessionError extends Error {
  override readonly name = "NnoSessionError";
  readonly code: NnoSessionErrorCode;
  /** The HTTP status, if there was an answer. */
  readonly status: number | undefined;
  /** The `Retry-After` of the answer. */
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
 * Requests the active tenant and the user's role in it. The tenant is null if the membership has ended in the meantime.
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
    if (!answer.ok) throw statusError(answer, baseUrl);
    return read(await answer.json());
  } catch (cause) {
    throw sessionError(cause, baseUrl, limit.signal.aborted);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", cancel);
  }
}

function statusError(answer: Response, baseUrl: string): NnoSessionError {
  const { status } = answer;
  const asked = Number(answer.headers.get("Retry-After") ?? "");
  const retryAfterSeconds = asked > 0 ? asked : undefined;
  if (status === 429) {
    return new NnoSessionError("rate_limited", "Too many requests. Wait a moment.", {
      status,
      retryAfterSeconds,
    });
  }
  if (status >= 500) {
    return new NnoSessionError(
      "unavailable",
      `${baseUrl} cannot answer at the moment (${status}).`,
      {
        status,
        retryAfterSeconds,
      },
    );
  }
  return new NnoSessionError("unexpected_answer", `${baseUrl} answered ${status}: ${wrongServer}`, {
    status,
  });
}

const wrongServer =
  "this is not the auth Worker. Check VITE_AUTH_URL, or the proxy behind VITE_AUTH_API_URL.";

function sessionError(cause: unknown, baseUrl: string, aborted: boolean): NnoSessionError {
  if (cause instanceof NnoSessionError) return cause;
  if (cause instanceof UnexpectedAnswer || cause instanceof SyntaxError) {
    return new NnoSessionError("unexpected_answer", `${baseUrl}: ${wrongServer}`, { cause });
  }
  return aborted
    ? new NnoSessionError("timeout", `${baseUrl} did not answer in ${answerSeconds} s.`, { cause })
    : new NnoSessionError("unreachable", `${baseUrl} cannot be reached.`, { cause });
}
