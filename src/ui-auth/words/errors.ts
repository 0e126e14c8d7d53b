/** Words for each error code: what went wrong for the reader, and what to do about it. */
import type { NnoErrorCode } from "@neutrino-io/sdk";
import type { ComponentErrorCode } from "../data/call.ts";

// The components send no such request, so there is nothing in it that a reader could correct.
const malformed = "The page sent a request that the service does not accept. Reload the page.";
const outage = "The service is unavailable at the moment. Try again in a few seconds.";
const codeWithoutTwoFactor =
  "If you do not use two-factor authentication, a code does not help: wait 15 minutes, or reset your password.";

const known: Record<NnoErrorCode | ComponentErrorCode, string> = {
  // Signing in and up
  // One answer for a wrong password and for an unconfirmed email, so that nobody learns which addresses have accounts. An
  // unconfirmed address gets a new link if the password is right.
  INVALID_EMAIL_OR_PASSWORD:
    "Wrong email or password. Check both, or reset your password. If you have not confirmed your email yet, open the new link that we sent you and sign in on the page that opens.",
  INVALID_EMAIL_PASSWORD_OR_CODE: `Wrong email, password or code, or the code was used before. Check them, and wait for the next code. ${codeWithoutTwoFactor}`,
  INVALID_EMAIL: "This is not a valid email address. Check it for typos.",
  EMAIL_NOT_VERIFIED: "This email is not confirmed yet. Open the link that we sent to it.",
  EMAIL_ALREADY_VERIFIED: "This email is already confirmed. Sign in.",
  EMAIL_MISMATCH: "You are signed in with another email. Sign out, then request the link again.",
  EMAIL_CAN_NOT_BE_UPDATED: "This email cannot be used. Choose another one.",
  USER_ALREADY_EXISTS: "This email already has an account. Sign in instead.",
  USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL: "This email already has an account. Sign in instead.",
  BANNED_USER: "This account is banned. Contact an administrator of the platform.",
  INVALID_TOKEN: "This link no longer works. Request a new one.",
  TOKEN_EXPIRED: "This link has expired. Request a new one.",
  TOO_MANY_CHANGES: "You have made too many changes today. Try again tomorrow.",
  TOO_MANY_TRIES:
    "Too many wrong attempts. Wait 15 minutes, use a device that you have signed in on before, or reset your password. If you use two-factor authentication, enter a code as well.",

  // Passwords
  PASSWORD_TOO_SHORT: "This password is too short. Choose a longer one.",
  PASSWORD_TOO_LONG: "This password is too long. Use at most 128 characters.",
  PASSWORD_TOO_SHORT_ALONE:
    "Your password is too short to sign in with it alone. Change it to a longer one, then turn this off.",
  PASSWORD_COMMON:
    "This password is easy to guess. Choose one that is not common, is not a sequence of characters, and does not contain your name or email.",
  PASSWORD_BREACHED:
    "This password has appeared in a data breach. Choose another one, and change it everywhere else that you use it.",
  INVALID_PASSWORD: "Wrong password. Try again, or reset it.",
  CREDENTIAL_ACCOUNT_NOT_FOUND: "This account has no password. Set one with a reset link.",

  // Two-factor authentication
  INVALID_CODE: "Wrong code, or the code was used before. Wait for the next one and enter it.",
  INVALID_BACKUP_CODE: "Wrong backup code, or the code was used before. Try another one.",
  INVALID_TWO_FACTOR_COOKIE: "This sign-in has expired. Sign in again with your password.",
  OTP_HAS_EXPIRED: "The code has expired. Enter the next one.",
  TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE: "Too many attempts. Sign in again with your password.",
  TWO_FACTOR_ENROLMENT_IN_PROGRESS:
    "You are turning on two-factor authentication in another tab. Finish there, or start again here.",
  TOTP_NOT_ENABLED: "Two-factor authentication is not turned on for this account.",
  TWO_FACTOR_NOT_ENABLED: "Two-factor authentication is not turned on for this account.",
  TWO_FACTOR_CODE_REQUIRED: "Enter a code from your authenticator app, or a backup code.",
  TWO_FACTOR_SECRET_HIDDEN:
    "The key is shown only while you turn two-factor authentication on. For a new one, turn it off and on again.",
  TWO_FACTOR_REQUIRED: "Turn on two-factor authentication in your profile first.",
  TWO_FACTOR_REQUIRED_BY_TENANT:
    "This tenant requires two-factor authentication. Turn it on in your profile first.",

  // Sessions and permissions
  SESSION_EXPIRED: "Your session has expired. Sign in again.",
  SESSION_NOT_FRESH: "You signed in too long ago to do this. Sign in again, then try again.",
  SESSION_NOT_BOUND: "You are no longer signed in here. Sign in again.",
  UNAUTHORIZED: "You are no longer signed in. Sign in again.",
  FORBIDDEN: "You are not allowed to do this. Ask an owner or an administrator.",
  CONSOLE_ORIGIN_REQUIRED: "This is only possible in the console of the platform. Open it there.",
  PLATFORM_ADMIN_REQUIRED: "Only platform admins can do this.",
  NOT_ALLOWED_TO_READ_AUDIT_LOG:
    "You are not allowed to do this. The audit log of a tenant is for its owners, and that of the platform is for platform admins.",
  NOT_WHILE_IMPERSONATING:
    "You are impersonating someone, and only they can do this. Stop impersonating them first.",
  NOT_IMPERSONATING: "You are no longer impersonating anyone. Reload the page.",
  IMPERSONATOR_SIGNED_OUT:
    "You are no longer impersonating anyone, and your own session has ended too. Sign in again.",

  // Connected accounts
  ACCOUNT_ALREADY_LINKED: "This account is already connected.",
  ACCOUNT_INFO_UNAVAILABLE: "The provider did not return the account's details. Try again later.",
  FAILED_TO_GET_USER_INFO: "The provider did not return the account's details. Try again later.",
  FAILED_TO_UNLINK_LAST_ACCOUNT:
    "This is the only way to sign in to your account. Set a password first.",
  PROVIDER_TOKENS_OFF: "This platform does not hand out the tokens of connected accounts.",
  PROVIDER_UNAVAILABLE:
    "The provider cannot be reached. Try again in a few minutes, or sign in another way.",

  // Tenants
  TENANT_NOT_FOUND: "This tenant no longer exists. Reload the page.",
  NO_ACTIVE_ORGANIZATION: "Choose a tenant first.",
  ORGANIZATION_ALREADY_EXISTS: "This short name is taken. Choose another one.",
  ORGANIZATION_SLUG_ALREADY_TAKEN: "This short name is taken. Choose another one.",
  YOU_HAVE_REACHED_THE_MAXIMUM_NUMBER_OF_ORGANIZATIONS:
    "This person owns as many tenants as one person may own. Delete a tenant, or hand one over to another owner.",
  METADATA_TOO_LARGE: "The tenant's additional data is too large. Shorten it.",
  INVALID_NAME: "A name has up to 256 characters, and no links, email addresses or line breaks.",
  INVALID_SLUG: "A short name has letters, digits, dots, hyphens and underscores only.",
  YOU_ARE_NOT_A_MEMBER_OF_THIS_ORGANIZATION:
    "You are no longer a member of this tenant. Ask one of its owners to invite you.",

  // Members and invitations
  MEMBER_NOT_FOUND: "This person is no longer a member. Reload the page.",
  USER_IS_NOT_A_MEMBER_OF_THE_ORGANIZATION: "This person is no longer a member. Reload the page.",
  USER_IS_ALREADY_A_MEMBER_OF_THIS_ORGANIZATION: "Already a member.",
  USER_IS_ALREADY_INVITED_TO_THIS_ORGANIZATION:
    "Already invited. Withdraw that invitation to send a new one.",
  ORGANIZATION_MEMBERSHIP_LIMIT_REACHED:
    "This tenant has reached its maximum number of members. Remove someone first.",
  LAST_OWNER: "A tenant needs an owner. Make someone else an owner first, or delete the tenant.",
  YOU_CANNOT_LEAVE_THE_ORGANIZATION_AS_THE_ONLY_OWNER:
    "You are the only owner. Make someone else an owner first.",
  YOU_CANNOT_LEAVE_THE_ORGANIZATION_WITHOUT_AN_OWNER:
    "A tenant needs an owner. Make someone else an owner first.",
  INVITATION_NOT_FOUND: "This invitation is no longer open. Ask for a new one.",
  INVITATION_DECIDED: "This invitation was accepted, declined or withdrawn in the meantime.",
  INVITATION_LIMIT_REACHED:
    "This tenant has reached its maximum number of open invitations. Withdraw one first.",
  TOO_MANY_INVITATIONS: "An invitation was just sent to this address. Try again later.",
  YOU_ARE_NOT_THE_RECIPIENT_OF_THE_INVITATION: "This invitation is for another email address.",
  EMAIL_VERIFICATION_REQUIRED_BEFORE_ACCEPTING_OR_REJECTING_INVITATION:
    "Confirm your email before you answer this invitation.",
  YOU_ARE_NOT_ALLOWED_TO_INVITE_USERS_TO_THIS_ORGANIZATION:
    "You are not allowed to invite anyone to this tenant. Ask an owner.",
  YOU_ARE_NOT_ALLOWED_TO_INVITE_USER_WITH_THIS_ROLE:
    "Only owners can invite owners. Choose another role, or ask an owner.",

  // Roles
  ROLE_NOT_FOUND: "This role no longer exists. Reload the page, then choose another one.",
  INVALID_ROLE_NAME:
    "A role name may contain only letters without accents, digits, hyphens and underscores. Choose another name.",
  ROLES_CHANGED: "Somebody changed these roles at the same time. Try again.",
  ROLE_NAME_IS_ALREADY_TAKEN: "A role with this name already exists. Choose another name.",
  ROLE_IS_ASSIGNED_TO_MEMBERS:
    "Some members have this role. Give them another one, then delete it.",
  ROLE_ABOVE_YOUR_OWN:
    "You cannot give this role because it has more permissions than yours. Choose another one, or ask an owner.",
  TOO_MANY_ROLES: "This tenant has reached its maximum number of roles. Delete one first.",
  UNKNOWN_ROLE: "This role does not exist. Choose another one.",
  YOU_ARE_NOT_ALLOWED_TO_CREATE_A_ROLE:
    "You cannot create this role because it has more permissions than yours.",

  // Administration of the platform
  ACCOUNT_REQUIRED: "Enter a name, an email and a password for the platform admin.",
  CLAIM_REFUSED:
    "This link is invalid, used or expired, or the platform already has an admin. Ask the person who provisioned the platform for a new link.",
  LAST_PLATFORM_ADMIN: "A platform needs an admin. Make someone else a platform admin first.",
  USER_NOT_FOUND: "This user no longer exists. Reload the page.",
  YOU_CANNOT_REMOVE_YOURSELF:
    "You cannot delete yourself here. Delete your account in your profile.",
  YOU_CANNOT_BAN_YOURSELF: "You cannot ban yourself.",
  NOT_ON_YOURSELF: "Change your own password and email in your profile.",

  // Input
  ALREADY_EXISTS: "This already exists.",
  EMPTY: "This field is required.",
  INVALID_PICTURE: "Use the address of a picture that begins with https://.",
  PICTURE_TOO_LARGE: "This picture is too large. Choose a smaller one.",
  TOO_LONG: "This text is too long. Shorten it.",
  BODY_TOO_LARGE: "This is too long. Shorten it.",
  SEARCH_TOO_LONG: "This search is too long. Shorten it.",
  NUL_CHARACTER: "This text contains a character that is not allowed.",
  MALFORMED_TEXT: "This text contains a character that is not allowed.",
  INVALID_PERIOD: "The period must end after it starts.",
  NOT_FOUND: "This no longer exists. Reload the page.",
  REFERENCE_NOT_FOUND: "Something that this refers to no longer exists. Reload the page.",
  BAD_REQUEST: malformed,
  BODY_NOT_EXPECTED: malformed,
  INVALID_CALLBACK_URL: malformed,
  INVALID_CURSOR: malformed,
  INVALID_FILTER: malformed,
  INVALID_LIMIT: malformed,
  INVALID_OFFSET: malformed,
  INVALID_TYPE: malformed,
  INVALID_VALUE: malformed,
  MALFORMED_JSON: malformed,
  METHOD_NOT_ALLOWED: malformed,
  NO_DATA_TO_UPDATE: malformed,
  OBJECT_EXPECTED: malformed,
  TOO_DEEP: malformed,
  UNKNOWN_AUDIENCE: malformed,
  UNKNOWN_FIELD: malformed,
  UNSUPPORTED_MEDIA_TYPE: malformed,
  VALIDATION_ERROR: malformed,
  HEADERS_TOO_LARGE:
    "Your browser sent too many cookies. Delete the cookies of this site, then try again.",

  // The service
  TOO_MANY_REQUESTS: "Too many attempts. Wait a few seconds, then try again.",
  BOT_CHECK_FAILED: "The check was not passed. Try again.",
  BOT_CHECK_REQUIRED: "Complete the check below first.",
  BOT_CHECK_UNAVAILABLE: "The check is not available at the moment. Try again in a few seconds.",
  BUSY: "The service is busy at the moment. Try again in a few seconds.",
  DATABASE_FAILED: outage,
  DATABASE_UNAVAILABLE: outage,
  DATABASE_OUTCOME_UNKNOWN:
    "The service did not confirm this. Reload the page to see whether it was done, then try again.",
  UNAVAILABLE: outage,
  CONFIGURATION_INVALID:
    "The service is not set up correctly. Tell an administrator of the platform.",
  UPSTREAM_CHANGED:
    "Something went wrong. Try again. If it keeps happening, tell an administrator.",
  INTERNAL_ERROR: "Something went wrong. Try again. If it keeps happening, tell an administrator.",
  UNKNOWN: "Something went wrong. Try again. If it keeps happening, tell an administrator.",
  UNREACHABLE: "The server cannot be reached. Check your connection, then try again.",

  // The page itself
  CLIPBOARD: "Copying is not allowed here. Select the text and copy it by hand.",
  EMAIL_MISSING: "Enter an email address.",
  PASSWORD_MISSING: "Enter a password.",
  CODE_MISSING: "Enter the code.",
  VALUE_MISSING: "This field is required.",
  TYPE_MISMATCH: "This is not a valid email address. Check it for typos.",
  TOO_SHORT: "This is too short.",
  PATTERN_MISMATCH: "This does not have the expected format.",
};

/** A host can add words for the codes of its own plugins. */
export const errors: typeof known & Record<string, string> = known;
