/**
 * Values of Better Auth's that this template compares with and that Better Auth does not export. An upgrade may change them
 * without a compile error; the entries of the register that stand on them say so, and their tests fail.
 */

/** The `requestType` of the two links that move an account: to the old address, and then to the new one. */
export const addressChangeLinks = {
  confirmation: "change-email-confirmation",
  verification: "change-email-verification",
} as const;

/** What the return from a provider tells in its redirect (better-auth 1.7.25 oauth2/errors.mjs and link-account.mjs). */
export const callbackErrors = {
  accountNotLinked: "account_not_linked",
  emailNotVerified: "email_not_verified",
} as const;

/** The sign-in that Better Auth's own challenge is for, and the cookie of a device that is not challenged. */
export const twoFactorChallenge = {
  path: "/sign-in/email",
  answer: "twoFactorRedirect",
  trustedDeviceCookie: "trust_device",
} as const;
