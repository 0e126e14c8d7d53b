/** Calls of the auth Worker: every outcome is data, a refusal with its code or a server that does not answer. */

/** What Better Auth's client answers. */
interface Answer<Data> {
  data: Data | null;
  error: { code?: string | undefined; status: number; message?: string | undefined } | null;
}

export interface Failure {
  code: string;
  /** 0 when nothing answered that could be used. */
  status: number;
}

export type Outcome<Data> = { ok: true; data: Data } | { ok: false; failure: Failure };

const notTheWorker: Failure = { code: "UNAVAILABLE", status: 0 };

export async function call<Data>(request: () => Promise<Answer<Data>>): Promise<Outcome<Data>> {
  try {
    const { data, error } = await request();
    if (error === null) {
      // Every route answers an object or a list. Anything else is not from the Worker: a host that serves its page for
      // every address, or a hotspot that asks to sign in first.
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

/** Whether the same question may get another answer in a moment. */
export const isPassing = ({ status }: Failure) => status === 0 || status === 429 || status >= 500;

export function codeOf(status: number): string {
  if (status === 0) return "UNREACHABLE";
  if (status === 401) return "UNAUTHORIZED";
  if (status === 403) return "FORBIDDEN";
  if (status === 429) return "TOO_MANY_REQUESTS";
  return status >= 502 ? "UNAVAILABLE" : "UNKNOWN";
}
