/** What a refusal means for the reader, and what to do: by the code of the answer. */
export const errors: Record<string, string> = {
  // One answer for both, so that it tells nobody which addresses have accounts; the mail is sent if the password is right.
  INVALID_EMAIL_OR_PASSWORD:
    "Email or password is wrong. Check both, or reset the password. If you have not confirmed your address yet, open the new link in your mail, and sign in where it opens.",
  /** A page's own: the code came with the sign-in. */
  INVALID_EMAIL_PASSWORD_OR_CODE:
    "Email, password or code is wrong, or the code was used before. Check them and wait for the next code. Without two-factor authentication a code does not help: wait a quarter of an hour, or reset the password.",
  INVALID_EMAIL: "This is no email address. Check it for a typing error.",
  EMAIL_NOT_VERIFIED: "This address is not confirmed yet. Open the link that we have sent to it.",
  USER_ALREADY_EXISTS: "This address has an account already. Sign in instead.",
  USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL: "This address has an account already. Sign in instead.",
  PASSWORD_TOO_SHORT: "The password is too short. Choose a longer one.",
  PASSWORD_TOO_LONG: "The password is too long. At most 128 characters are accepted.",
  PASSWORD_TOO_SHORT_ALONE:
    "Your password is too short to sign in alone. Change it to a longer one first, then turn this off.",
  PASSWORD_COMMON:
    "This password is among the first that are guessed. Choose one that is not common, no row of characters, and not made of your name or address.",
  PASSWORD_BREACHED:
    "This password is known from a data breach. Choose another one, and change it wherever else you use it.",
  INVALID_PASSWORD: "The password is wrong. Try again, or reset it.",
  BANNED_USER: "This account is banned. Ask an administrator of the platform.",
  INVALID_TOKEN: "This link does not work any more. Ask for a new one.",
  TOKEN_EXPIRED: "This link has expired. Ask for a new one.",
  EMAIL_ALREADY_VERIFIED: "This address is confirmed already. Sign in.",
  EMAIL_MISMATCH: "You are signed in with another address. Sign out first, then ask again.",
  EMAIL_CAN_NOT_BE_UPDATED: "This address cannot be used. Choose another.",
  INVALID_CODE: "This code is wrong, or was used before. Wait for the next one and enter it.",
  INVALID_BACKUP_CODE: "This backup code is wrong, or used before. Try another.",
  INVALID_TWO_FACTOR_COOKIE: "The sign-in has expired. Sign in again with your password.",
  OTP_HAS_EXPIRED: "The code has expired. Enter the next one.",
  TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE: "Too many attempts. Sign in again with your password.",
  TWO_FACTOR_ENROLMENT_IN_PROGRESS:
    "Two-factor authentication is being turned on in another tab. Finish it there, or begin again here.",
  TOTP_NOT_ENABLED: "Two-factor authentication is not on for this account.",
  TWO_FACTOR_NOT_ENABLED: "Two-factor authentication is not on for this account.",
  TWO_FACTOR_REQUIRED_BY_TENANT:
    "This tenant asks its members for two-factor authentication. Turn it on in your profile first.",
  TWO_FACTOR_REQUIRED: "Turn on two-factor authentication in your profile first.",
  SESSION_EXPIRED: "Your session has expired. Sign in again.",
  SESSION_NOT_FRESH: "Your sign-in is too long ago for this. Sign in again, then repeat it.",
  UNAUTHORIZED: "You are not signed in any more. Sign in again.",
  FORBIDDEN: "You may not do this. Ask an owner or an administrator.",
  NOT_WHILE_IMPERSONATING:
    "You act as somebody else, and this is theirs alone to do. Stop acting as them first.",
  IMPERSONATOR_SIGNED_OUT:
    "You do not act as anybody any more, and your own session has ended too. Sign in again.",
  NOT_IMPERSONATING: "You do not act as anybody any more. Reload the page.",
  NOT_ALLOWED_TO_READ_AUDIT_LOG:
    "You may not do this. Owners read the audit log of their tenant, platform admins that of the platform.",
  PLATFORM_ADMIN_REQUIRED: "Only platform admins may do this.",
  ACCOUNT_REQUIRED: "Say who becomes the platform admin: a name, an address and a password.",
  CLAIM_REFUSED:
    "The claim is unknown, used or expired, or the platform has an admin already. Ask whoever provisioned it for a new one.",
  ROLE_IS_ASSIGNED_TO_MEMBERS:
    "Members have this role. Give them another one first, then delete it.",
  ROLE_NOT_FOUND: "There is no such role any more. Reload the page, then choose again.",
  ROLE_NAME_IS_ALREADY_TAKEN: "There is a role of this name. Choose another.",
  TOO_MANY_ROLES: "This tenant has as many roles as it may. Delete one first.",
  YOU_ARE_NOT_ALLOWED_TO_CREATE_A_ROLE:
    "You may not make this role: it would give more than you have yourself.",
  LAST_OWNER: "A tenant needs an owner. Make somebody else owner first, or delete the tenant.",
  LAST_PLATFORM_ADMIN: "A platform needs an admin. Make somebody else platform admin first.",
  YOU_CANNOT_LEAVE_THE_ORGANIZATION_AS_THE_ONLY_OWNER:
    "You are the only owner. Make somebody else owner first.",
  YOU_CANNOT_LEAVE_THE_ORGANIZATION_WITHOUT_AN_OWNER:
    "A tenant needs an owner. Make somebody else owner first.",
  YOU_ARE_NOT_ALLOWED_TO_INVITE_USER_WITH_THIS_ROLE:
    "Only owners invite owners. Choose another role, or ask an owner.",
  ROLE_ABOVE_YOUR_OWN:
    "You may not give this role: it permits more than yours does. Choose another role, or ask an owner.",
  YOU_ARE_NOT_A_MEMBER_OF_THIS_ORGANIZATION:
    "You are no member of this tenant any more. Ask one of its owners to invite you.",
  NO_ACTIVE_ORGANIZATION: "Choose a tenant first.",
  TENANT_NOT_FOUND: "There is no such tenant any more. Reload the page.",
  MEMBER_NOT_FOUND: "They are no member any more. Reload the page.",
  ORGANIZATION_MEMBERSHIP_LIMIT_REACHED:
    "This tenant has as many members as it may. Remove somebody first.",
  INVITATION_LIMIT_REACHED:
    "This tenant has as many open invitations as it may. Withdraw one first.",
  ORGANIZATION_SLUG_ALREADY_TAKEN: "This short name is taken. Choose another.",
  ORGANIZATION_ALREADY_EXISTS: "This short name is taken. Choose another.",
  USER_IS_ALREADY_A_MEMBER_OF_THIS_ORGANIZATION: "They are a member already.",
  USER_IS_ALREADY_INVITED_TO_THIS_ORGANIZATION:
    "They are invited already. Withdraw that invitation to send a new one.",
  INVITATION_DECIDED: "This invitation has been accepted, rejected or withdrawn meanwhile.",
  INVITATION_NOT_FOUND: "This invitation is not open. Ask for a new one.",
  YOU_ARE_NOT_THE_RECIPIENT_OF_THE_INVITATION: "This invitation is for another address.",
  USER_NOT_FOUND: "There is no such user any more. Reload the page.",
  YOU_CANNOT_REMOVE_YOURSELF:
    "You cannot delete yourself here. Delete your account in your profile.",
  NOT_ON_YOURSELF: "Change your own password and address in your profile.",
  YOU_CANNOT_BAN_YOURSELF: "You cannot ban yourself.",
  ACCOUNT_ALREADY_LINKED: "This account is connected already.",
  FAILED_TO_UNLINK_LAST_ACCOUNT:
    "This is the only way to sign in to this account. Set a password first.",
  CREDENTIAL_ACCOUNT_NOT_FOUND: "This account has no password. Set one with a reset link.",
  PROVIDER_UNAVAILABLE:
    "The provider cannot be reached. Try again in a few minutes, or sign in another way.",
  TOO_MANY_TRIES:
    "Too many wrong tries. Wait a quarter of an hour, use a device that you have signed in on before, or reset the password. If you have two-factor authentication, enter a code as well.",
  TOO_MANY_INVITATIONS: "This address has just been sent an invitation. Try again later.",
  TOO_MANY_REQUESTS: "Too many attempts. Wait a few seconds, then try again.",
  BUSY: "Too much is going on for a moment. Try again in a few seconds.",
  DATABASE_FAILED: "The service cannot be reached for a moment. Try again in a few seconds.",
  DATABASE_UNAVAILABLE: "The service cannot be reached for a moment. Try again in a few seconds.",
  /** No answer at all. */
  UNREACHABLE: "The server cannot be reached. Check your connection, then try again.",
  UNAVAILABLE: "The service is not available for a moment. Try again in a few seconds.",
  CLIPBOARD: "Copying is not allowed here. Select the text and copy it by hand.",
  UNKNOWN: "This did not work. Try again; if it stays, ask an administrator of the platform.",
  VALUE_MISSING: "Fill this in.",
  TYPE_MISMATCH: "This is no email address. Check it for a typing error.",
  TOO_SHORT: "This is too short.",
  PATTERN_MISMATCH: "This does not have the form that is asked for.",
};
