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
/** Matches a token anywhere in a text, with or without its signature. */
const tokenAnywhere = /[A-Za-z0-9]{32}-[si]-[A-Za-z0-9]{16}/;

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

/** Finds tokens that must not leave the Worker. */
export function hasSessionToken(text: string): boolean {
  return tokenAnywhere.test(text);
}
