/** The catalogue of all words that the components show. A host can replace any part of it on the provider. */
import { audit } from "./audit.ts";
import { common } from "./common.ts";
import { errors } from "./errors.ts";
import { accept, members } from "./members.ts";
import { adminTenants, claim, impersonation, users } from "./platform.ts";
import { profile } from "./profile.ts";
import { roles } from "./roles.ts";
import { forgotPassword, resetPassword, signIn, signUp, verifyEmail } from "./sign-in.ts";
import { policy, tenants } from "./tenants.ts";
import { enrolment, twoFactor } from "./two-factor.ts";

export const english = {
  common,
  signIn,
  signUp,
  verifyEmail,
  forgotPassword,
  resetPassword,
  twoFactor,
  enrolment,
  profile,
  tenants,
  members,
  roles,
  policy,
  accept,
  users,
  impersonation,
  adminTenants,
  audit,
  claim,
  errors,
};

export type Messages = typeof english;

/** Any part of the catalogue. */
export type PartialMessages = {
  [Section in keyof Messages]?: Partial<Messages[Section]>;
};

/** The English catalogue with the host's words in place of its own. */
export function mergeMessages(replaced: PartialMessages): Messages {
  const merged: Record<string, object> = { ...english };
  for (const [section, words] of Object.entries(replaced)) {
    merged[section] = { ...merged[section], ...words };
  }
  return merged as Messages;
}
