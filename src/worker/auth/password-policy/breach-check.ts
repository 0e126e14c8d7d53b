/**
 * Whether a password is in the corpus of Have I Been Pwned. By k-anonymity: five hexadecimal digits of its SHA-1 leave the
 * Worker, and come back as some hundred candidates, padded so that not even their number tells anything
 * (https://haveibeenpwned.com/API/v3#SearchingPwnedPasswordsByRange).
 */

const rangeUrl = "https://api.pwnedpasswords.com/range/";
const prefixDigits = 5;

export interface BreachCheckOptions {
  fetch?: (url: string, init: RequestInit) => Promise<Response>;
  now?: () => number;
  timeoutMilliseconds?: number;
  /** How long it is not asked after it did not answer. */
  pauseMilliseconds?: number;
}

/** `undefined` when the corpus cannot be asked: the caller then has its own list alone. */
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
        `passwords: the breach corpus cannot be asked (${reason}); the own list decides`,
      );
      return undefined;
    }
  };
}

/** Lines are `SUFFIX:count`; padding has the count 0. */
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
