/**
 * Routes of Better Auth's own plugins that an owner may add. Their records are here, so that the owner need not
 * describe them. The record of a plugin that is not installed has no effect.
 */
import { always, signIn } from "./outcome.ts";
import type { RouteRecord, RouteRecords } from "../record.ts";

/**
 * Guesses at a password or code of the account that the body names. Without either, the request only begins a sign-in.
 */
const signsIn = {
  who: "anyone",
  guess: "sign-in",
  apps: "allowed",
  audit: signIn,
} as const satisfies RouteRecord;
/** Success leaves the event of the write: only the row says whose password it is. */
const resetsPassword = {
  who: "anyone",
  audit: { failure: always("password.reset_failed"), isForStrangers: true },
} as const satisfies RouteRecord;
/** Sends a mail or a text message. */
const sendsMail = { who: "anyone", mail: "plugin", apps: "allowed" } as const satisfies RouteRecord;
const anyone = { who: "anyone", apps: "allowed" } as const satisfies RouteRecord;
const signedIn = { who: "user" } as const satisfies RouteRecord;

export const pluginRoutes = {
  // username
  "POST /sign-in/username": { ...signsIn, input: { pathsOfCaller: true } },
  "POST /is-username-available": anyone,
  // magic-link
  "POST /sign-in/magic-link": { ...signsIn, mail: "plugin" },
  "GET /magic-link/verify": anyone,
  // email-otp
  "POST /sign-in/email-otp": signsIn,
  "POST /email-otp/send-verification-otp": sendsMail,
  "POST /email-otp/check-verification-otp": anyone,
  "POST /email-otp/verify-email": anyone,
  "POST /email-otp/request-password-reset": sendsMail,
  "POST /forget-password/email-otp": sendsMail,
  "POST /email-otp/reset-password": resetsPassword,
  "POST /email-otp/request-email-change": { ...signedIn, mail: "plugin" },
  "POST /email-otp/change-email": signedIn,
  // phone-number
  "POST /sign-in/phone-number": signsIn,
  "POST /phone-number/send-otp": sendsMail,
  "POST /phone-number/verify": anyone,
  "POST /phone-number/request-password-reset": sendsMail,
  "POST /phone-number/reset-password": resetsPassword,
  // anonymous
  "POST /sign-in/anonymous": signsIn,
  "POST /delete-anonymous-user": signedIn,
  // one-tap
  "POST /one-tap/callback": anyone,
  // siwe
  "POST /siwe/nonce": anyone,
  "POST /siwe/get-nonce": anyone,
  "POST /siwe/verify": anyone,
  // open-api
  "GET /open-api/generate-schema": anyone,
  "GET /reference": anyone,
} as const satisfies RouteRecords;
