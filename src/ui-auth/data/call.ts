/** Calls to the auth Worker. Each ends in data or in a failure with a code; none throws. */
import type { NnoErrorCode } from "@neutrino-io/sdk";

/** The result of a call of Better Auth's client. */
interface Answer<Data> {
  data: Data | null;
  error: { code?: string | undefined; status: number; message?: string | undefined } | null;
}

/** Codes for failures that the Worker has no part in: the connection, the browser, and the input of a form. */
export type ComponentErrorCode =
  | "UNREACHABLE"
  | "UNAVAILABLE"
  | "UNKNOWN"
  | "CLIPBOARD"
  /** A wrong code was given with the email and the password. */
  | "INVALID_EMAIL_PASSWORD_OR_CODE"
  | "EMAIL_MISSING"
  | "PASSWORD_MISSING"
  | "CODE_MISSING"
  | "VALUE_MISSING"
  | "TYPE_MISMATCH"
  | "TOO_SHORT"
  | "PATTERN_MISMATCH";

export interface Failure {
  /** One of `NnoErrorCode`, of `ComponentErrorCode`, or of a plugin of the platform's owner. */
  code: string;
  /** 0 when there was no usable answer. */
  status: number;
}

export type Outcome<Data> = { ok: true; data: Data } | { ok: false; failure: Failure };

const notTheWorker: Failure = { code: "UNAVAILABLE", status: 0 };

export async function call<Data>(request: () => Promise<Answer<Data>>): Promise<Outcome<Data>> {
  try {
    const { data, error } = await request();
    if (error === null) {
      // The Worker answers with an object or a list. Anything else came from something in between: a web server that
      // answers every path with its page, or the sign-in page of a hotspot.
      if (typeof data !== "object" || data === null) return { ok: false, failure: notTheWorker };
      return { ok: true, data };
    }
    return {
      ok: false,
      failure: { code: error.code ?? codeOf(error.status), status: error.status },
    };
  } catch {
    return { ok: false, failure: { code: "UNREACHABLE", status: 0 } };
  }
}

/** True if the same call may succeed when it is repeated. */
export const isTransient = ({ status }: Failure) => status === 0 || status === 429 || status >= 500;

/** A code for an answer that has none. */
export function codeOf(status: number): NnoErrorCode | ComponentErrorCode {
  if (status === 0) return "UNREACHABLE";
  if (status === 401) return "UNAUTHORIZED";
  if (status === 403) return "FORBIDDEN";
  if (status === 429) return "TOO_MANY_REQUESTS";
  return status >= 502 ? "UNAVAILABLE" : "UNKNOWN";
}
