/** Routes that sign users up and in with a password, change or reset the password, and delete the account. */
import { always, asksForPassword, changesPassword, signIn } from "./outcome.ts";
import { consolePages } from "../../mail/console-pages.ts";
import type { RouteRecords } from "../record.ts";

export const passwordRoutes = {
  "POST /sign-up/email": {
    who: "anyone",
    apps: "allowed",
    mail: "ours",
    newPassword: { whose: "new", field: "password" },
    held: true,
    input: { userFields: "sign-up" },
  },
  "POST /sign-in/email": {
    who: "anyone",
    apps: "allowed",
    guess: "sign-in",
    takesCode: true,
    address: "uses-proof",
    audit: signIn,
    input: { pathsOfCaller: true },
  },
  "POST /verify-password": {
    who: "user",
    guess: "own-password",
    proves: true,
    audit: asksForPassword,
  },
  "POST /change-password": {
    who: "user",
    guess: "own-password",
    newSession: "replacement",
    ends: { what: "credentials", whose: "own" },
    audit: {
      success: "password.changed",
      failure: always("password.change_failed"),
      change: changesPassword,
    },
    newPassword: { whose: "own", field: "newPassword" },
  },
  "POST /request-password-reset": {
    who: "anyone",
    mail: "ours",
    held: true,
    apps: "allowed",
    handsSecretToPage: true,
  },
  "GET /reset-password/:token": {
    who: "anyone",
    apps: "allowed",
    handsSecretToPage: true,
    input: { defaultPage: consolePages.resetPassword },
  },
  "POST /reset-password": {
    who: "anyone",
    audit: {
      success: "password.reset",
      failure: always("password.reset_failed"),
      isForStrangers: true,
      change: changesPassword,
      actor: "reset-token",
    },
    newPassword: { whose: "reset", field: "newPassword" },
  },
  "POST /update-user": {
    who: "user",
    apps: "allowed",
    input: { userFields: "own", changesData: true },
  },
  "POST /delete-user": {
    who: "user",
    guess: "own-password",
    proof: { ask: "password", always: true },
    audit: asksForPassword,
  },
  "GET /delete-user/callback": { who: "user" },
} as const satisfies RouteRecords;
