/**
 * The format of a session token. Besides its secret characters, it has a mark that can be read without a query, but must not
 * be trusted before the token's signature or its row has been verified.
 */
import { generateRandomString } from "better-auth/crypto";

const firstCharacters = 32;
const lastCharacters = 16;
const kinds = { own: "b", impersonation: "i", older: "s" } as const;

/** A token has no `.` or `:`, because Better Auth splits signed values and the impersonator's cookie at those. */
const tokenPattern = /^[A-Za-z0-9]{32}-([bis])-([A-Za-z0-9]{16})$/;
/** The middle of a token, which ordinary text rarely has. */
const middles = Object.values(kinds).map((kind) => `-${kind}-`);

export interface SessionToken {
  impersonation: boolean;
  /**
   * The binding of a session that an earlier release began: a part of the token itself. Such a session ends after
   * `session.absoluteLifetimeSeconds` at the latest.
   */
  olderBinding?: string;
}

export function createSessionToken({ impersonation }: { impersonation: boolean }): string {
  const kind = impersonation ? kinds.impersonation : kinds.own;
  return `${random(firstCharacters)}-${kind}-${random(lastCharacters)}`;
}

/** Undefined for a token of a release without bindings. Such a session stays valid until it ends. */
export function readSessionToken(token: string): SessionToken | undefined {
  const [, kind, last] = tokenPattern.exec(token) ?? [];
  if (last === undefined) return undefined;
  const impersonation = kind === kinds.impersonation;
  return kind === kinds.older ? { impersonation, olderBinding: last } : { impersonation };
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
    let at = text.indexOf(middle, firstCharacters);
    while (at !== -1) {
      const end = at + middle.length;
      if (
        hasRun(text, { from: at - 1, step: -1, characters: firstCharacters }) &&
        hasRun(text, { from: end, step: 1, characters: lastCharacters })
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

function random(characters: number): string {
  return generateRandomString(characters, "a-z", "A-Z", "0-9");
}
