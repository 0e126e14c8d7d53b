/**
 * Builds error responses. Outside Better Auth's routes they are RFC 9457 problem+json with a stable `code` (`problem`).
 * On Better Auth's routes they keep the `{ code, message }` that its client parses (`authError`).
 */
import { readDatabaseError } from "../db/d1-errors.ts";

export interface Problem {
  status: number;
  /** A stable code for programs, in UPPER_SNAKE_CASE. */
  code: string;
  /** Tells a person what is wrong and what to do. */
  detail: string;
  headers?: Record<string, string>;
  /** Extension members of this kind of problem (RFC 9457 section 3.2). */
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

/** An RFC 9457 response, which is never cached. */
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

/** An error response in Better Auth's format, for its routes. It is never cached. */
export function authError({ status, code, detail, headers }: Problem): Response {
  return Response.json(
    { code, message: detail },
    { status, headers: { "Cache-Control": "no-store", ...headers } },
  );
}

/**
 * Describes an error for the log by its name and where it was thrown. The message is left out, since it may quote user
 * input: Drizzle's messages contain query parameters such as password hashes and session tokens.
 */
export function describeError(error: unknown): string {
  const databaseError = readDatabaseError(error);
  if (databaseError !== undefined) return `DatabaseError ${databaseError.message}`;
  if (!(error instanceof Error)) return "a value that is not an Error was thrown";
  const frames = error.stack?.split("\n").filter((line) => /^\s+at /.test(line)) ?? [];
  return `${error.name} ${frames[0]?.trim() ?? ""}`.trim();
}
