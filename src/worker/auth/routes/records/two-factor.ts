/** Routes of the second factor: enrolment, the challenge and backup codes. */
import { always, asksForPassword, changesUser } from "./outcome.ts";
import type { RouteRecords } from "../record.ts";

export const twoFactorRoutes = {
  "POST /two-factor/enable": {
    who: "user",
    guess: "own-password",
    proof: { ask: "password" },
    newSession: "replacement",
    audit: { ...asksForPassword, success: "two_factor.enrolment_started" },
  },
  "POST /two-factor/disable": {
    who: "user",
    guess: "own-password",
    takesFactor: true,
    proof: { ask: "password" },
    newSession: "replacement",
    audit: {
      success: "two_factor.disabled",
      failure: always("two_factor.disable_failed"),
      change: changesUser,
    },
    leavesPasswordAlone: true,
  },
  // Anybody who has seen the secret can generate codes until the factor is turned off.
  "POST /two-factor/get-totp-uri": {
    who: "user",
    guess: "own-password",
    onlyWhileEnrolling: true,
    proof: { ask: "password" },
    audit: { ...asksForPassword, success: "two_factor.secret_shown" },
  },
  "POST /two-factor/generate-backup-codes": {
    who: "user",
    guess: "own-password",
    takesFactor: true,
    proof: { ask: "password" },
    audit: { ...asksForPassword, success: "two_factor.backup_codes_replaced" },
  },
  // The code completes a sign-in. In a session it is a proof, or the first code of an enrolment.
  "POST /two-factor/verify-totp": {
    who: "anyone",
    apps: "allowed",
    guess: "code",
    takesTotp: true,
    proves: true,
    newSession: "replacement",
    audit: { failure: always("two_factor.failed"), actor: "challenged" },
  },
  "POST /two-factor/verify-backup-code": {
    who: "anyone",
    apps: "allowed",
    guess: "code",
    proves: true,
    newSession: "challenged",
    audit: {
      success: "two_factor.backup_code_used",
      signsIn: true,
      failure: always("two_factor.failed"),
      actor: "challenged",
    },
  },
  "POST /two-factor/verify-otp": {
    who: "anyone",
    apps: "allowed",
    guess: "code",
    newSession: "challenged",
    audit: { failure: always("two_factor.failed"), actor: "challenged" },
  },
  "POST /two-factor/send-otp": { who: "anyone", apps: "allowed", mail: "plugin" },
} as const satisfies RouteRecords;
