/**
 * The format of a session token. Besides its secret, a token contains a binding, which the auth host also keeps in a cookie
 * that no other host can set, and a mark for impersonation. Both can be read without a query, but they must not be trusted
 * before the token's signature or its row has been verified.
 */
import { generateRandomString } from "better-auth/crypto";

const secretCharacters = 32;
const bindingCharacters = 16;
const kinds = { own: "s", impersonation: "i" } as const;

/** A token has no `.` or `:`, because Better Auth splits signed values and the impersonator's cookie at those. */
const tokenPattern = /^[A-Za-z0-9]{32}-([si])-([A-Za-z0-9]{16})$/;
/** The middle of a token, which ordinary text rarely has. */
const middles = Object.values(kinds).map((kind) => `-${kind}-`);

export interface SessionToken {
  /** A browser may only use this token if the auth host's binding cookie has this value. */
  binding: string;
  impersonation: boolean;
}

export function createSessionToken({ impersonation }: { impersonation: boolean }): string {
  const kind = impersonation ? kinds.impersonation : kinds.own;
  return `${generateRandomString(secretCharacters, "a-z", "A-Z", "0-9")}-${kind}-${generateRandomString(bindingCharacters, "a-z", "A-Z", "0-9")}`;
}

/** Undefined for a token of a release without bindings. Such a session stays valid until it ends. */
export function readSessionToken(token: string): SessionToken | undefined {
  const [, kind, binding] = tokenPattern.exec(token) ?? [];
  if (binding === undefined) return undefined;
  return { binding, impersonation: kind === kinds.impersonation };
}

/** The token in a signed cookie value. The signature is not verified; without one, the result is empty. */
export function tokenOf(value: string): string {
  return value.slice(0, Math.max(0, value.lastIndexOf(".")));
}

/**
 * Finds tokens that must not leave the Worker, anywhere in a text, with or without their signatures. Every answer is
 * searched, so the search is for the middle of a token, and looks around it only where there is one: a regular expression
 * that begins with the secret would try 32 characters at each position. A run of letters ends at the next hyphen, so no
 * character is looked at more than a few times, whatever the text is.
 */
export function hasSessionToken(text: Pick<string, "indexOf" | "charCodeAt">): boolean {
  return middles.some((middle) => {
    let at = text.indexOf(middle, secretCharacters);
    while (at !== -1) {
      const end = at + middle.length;
      if (
        hasRun(text, { from: at - 1, step: -1, characters: secretCharacters }) &&
        hasRun(text, { from: end, step: 1, characters: bindingCharacters })
      ) {
        return true;
      }
      at = text.indexOf(middle, at + 1);
    }
    return false;
  });
}

interface RunOfLetters {
  from: number;
  step: 1 | -1;
  characters: number;
}

/** Whether there are so many ASCII letters and digits in a row. */
function hasRun(text: Pick<string, "charCodeAt">, { from, step, characters }: RunOfLetters) {
  for (let count = 0; count < characters; count += 1) {
    const code = text.charCodeAt(from + step * count);
    const isDigit = code >= 48 && code <= 57;
    // Bit 5 is the difference between upper and lower case.
    const isLetter = (code | 32) >= 97 && (code | 32) <= 122 && code < 128;
    if (!isDigit && !isLetter) return false;
  }
  return true;
}
