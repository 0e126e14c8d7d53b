/**
 * Error answers outside Better Auth's own routes: RFC 9457 problem+json with a stable `code`.
 * Better Auth's routes keep its `{ code, message }`, which its client parses: `authError`.
 */
import { readDatabaseError } from "../db/errors.ts";

export interface Problem {
  status: number;
  /** Stable, for programs: UPPER_SNAKE_CASE. */
  code: string;
  /** For people: what is wrong and what to do. */
  detail: string;
  headers?: Record<string, string>;
  /** Members of this kind of problem alone (RFC 9457 section 3.2). */
  members?: Record<string, unknown>;
}

const titles: Record<number, string> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  413: "Content Too Large",
  415: "Unsupported Media Type",
  429: "Too Many Requests",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  503: "Service Unavailable",
};

/** An RFC 9457 answer; never cached. */
export function problem({ status, code, detail, headers, members }: Problem): Response {
  const body = { type: "about:blank", title: titles[status], status, code, detail, ...members };
  return Response.json(body, {
    status,
    headers: {
      "Content-Type": "application/problem+json",
      "Cache-Control": "no-store",
      ...headers,
    },
  });
}

/** An answer in Better Auth's shape, for its routes; never cached. */
export function authError({ status, code, detail, headers }: Problem): Response {
  return Response.json(
    { code, message: detail },
    { status, headers: { "Cache-Control": "no-store", ...headers } },
  );
}

/**
 * An error for the log: its name and where it came from. Not its message, which may quote what a user sent (Drizzle's
 * carry query parameters: password hashes, session tokens).
 */
export function describeError(error: unknown): string {
  const databaseError = readDatabaseError(error);
  if (databaseError !== undefined) return `DatabaseError ${databaseError.message}`;
  if (!(error instanceof Error)) return "a value that is no Error was thrown";
  const frames = error.stack?.split("\n").filter((line) => /^\s+at /.test(line)) ?? [];
  return `${error.name} ${frames[0]?.trim() ?? ""}`.trim();
}
