/**
 * Looks a password up in the corpus of Have I Been Pwned. The look-up is k-anonymous: only five hexadecimal digits of
 * the SHA-1 leave the Worker. The service answers with all suffixes of that prefix, and pads the list so that its
 * length reveals nothing (https://haveibeenpwned.com/API/v3#SearchingPwnedPasswordsByRange).
 */

const rangeUrl = "https://api.pwnedpasswords.com/range/";
const prefixDigits = 5;

export interface BreachCheckOptions {
  fetch?: (url: string, init: RequestInit) => Promise<Response>;
  now?: () => number;
  timeoutMilliseconds?: number;
  /** How long the service is not asked again after it failed to answer. */
  pauseMilliseconds?: number;
}

/** Resolves to `undefined` when the corpus cannot be asked; the caller then relies on its own list. */
export type BreachCheck = (password: string) => Promise<boolean | undefined>;

export function createBreachCheck({
  fetch: ask = (url, init) => fetch(url, init),
  now = Date.now,
  timeoutMilliseconds = 1500,
  pauseMilliseconds = 60_000,
}: BreachCheckOptions = {}): BreachCheck {
  let pausedUntil = 0;
  return async (password) => {
    if (now() < pausedUntil) return undefined;
    const digest = await sha1(password.normalize("NFKC"));
    try {
      const answer = await ask(rangeUrl + digest.slice(0, prefixDigits), {
        headers: { "Add-Padding": "true", "User-Agent": "nno-auth" },
        signal: AbortSignal.timeout(timeoutMilliseconds),
      });
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      return isListed(await answer.text(), digest.slice(prefixDigits));
    } catch (error) {
      pausedUntil = now() + pauseMilliseconds;
      const reason = error instanceof Error ? error.name : "unknown";
      console.warn(
        `passwords: the breach corpus cannot be asked (${reason}); only the built-in list is checked`,
      );
      return undefined;
    }
  };
}

/** Each line is `SUFFIX:count`. Lines that pad the list have the count 0. */
function isListed(lines: string, suffix: string): boolean {
  return lines.split("\n").some((line) => {
    const [listed, count] = line.trim().split(":");
    return listed === suffix && Number(count) > 0;
  });
}

async function sha1(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-1", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0"))
    .join("")
    .toUpperCase();
}
