/**
 * What a session token says about itself. Beside its secret it has a binding, which the auth host keeps in a cookie that no
 * other host can set, and a mark when somebody impersonates; both can then be checked without a query. A token is only
 * believed once its signature, or its row, has been found to be right.
 */
import { generateRandomString } from "better-auth/crypto";

const secretCharacters = 32;
const bindingCharacters = 16;
const kinds = { own: "s", impersonation: "i" } as const;

/** No `.` and no `:`: Better Auth splits signed values and the impersonator's cookie at those. */
const tokenPattern = /^[A-Za-z0-9]{32}-([si])-([A-Za-z0-9]{16})$/;
/** A token, signed or not, wherever it stands in a text. */
const tokenAnywhere = /[A-Za-z0-9]{32}-[si]-[A-Za-z0-9]{16}/;

export interface SessionToken {
  /** What the cookie of the auth host must hold for a browser to use this token. */
  binding: string;
  impersonation: boolean;
}

export function createSessionToken({ impersonation }: { impersonation: boolean }): string {
  const kind = impersonation ? kinds.impersonation : kinds.own;
  return `${generateRandomString(secretCharacters, "a-z", "A-Z", "0-9")}-${kind}-${generateRandomString(bindingCharacters, "a-z", "A-Z", "0-9")}`;
}

/** Undefined for a token of a release that bound none: it is a session like any other, until it ends. */
export function readSessionToken(token: string): SessionToken | undefined {
  const [, kind, binding] = tokenPattern.exec(token) ?? [];
  if (binding === undefined) return undefined;
  return { binding, impersonation: kind === kinds.impersonation };
}

/** Whether a text has a session token in it; for what must not leave. */
export function hasSessionToken(text: string): boolean {
  return tokenAnywhere.test(text);
}
