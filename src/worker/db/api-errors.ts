/**
 * Database errors as Better Auth's APIErrors: which status and code a broken constraint, a trigger's refusal or a database
 * that is down has on the wire. A constraint of this schema that nobody names here is answered with a general code.
 */
import { APIError } from "@better-auth/core/error";
import { readDatabaseError, type DatabaseError } from "./d1-errors.ts";

/** Runs a database operation of a request, and throws its database errors as Better Auth's APIErrors. */
export async function toApiErrors<Result>(operation: () => Promise<Result>): Promise<Result> {
  try {
    return await operation();
  } catch (error) {
    // It has been converted already, and its cause would be found once more.
    if (error instanceof APIError) throw error;
    const databaseError = readDatabaseError(error);
    if (databaseError === undefined) throw error;
    throw apiErrorOf(databaseError);
  }
}

/** Unique constraints and what breaking one means. The codes are Better Auth's own where it has one. */
export const conflicts: Record<string, { code: string; message: string }> = {
  "user.email": {
    code: "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL",
    message: "User already exists. Use another email.",
  },
  "account.provider_id, account.account_id": {
    code: "ACCOUNT_ALREADY_LINKED",
    message: "This account is linked to a user already.",
  },
  "member.organization_id, member.user_id": {
    code: "USER_IS_ALREADY_A_MEMBER_OF_THIS_ORGANIZATION",
    message: "User is already a member of this organization",
  },
  "invitation.organization_id, invitation.email": {
    code: "USER_IS_ALREADY_INVITED_TO_THIS_ORGANIZATION",
    message: "User is already invited to this organization",
  },
  "organization.slug": {
    code: "ORGANIZATION_SLUG_ALREADY_TAKEN",
    message: "Organization slug already taken",
  },
  "organization_role.organization_id, organization_role.role": {
    code: "ROLE_NAME_IS_ALREADY_TAKEN",
    message: "That role name is already taken",
  },
  "two_factor.user_id": {
    code: "TWO_FACTOR_ENROLMENT_IN_PROGRESS",
    message: "Another enrolment was started at the same time. Start again.",
  },
};

/** What clients are told for each code that a trigger of `rules.sql` raises. */
export const ruleMessages: Record<string, string> = {
  BANNED_USER:
    "You have been banned from this application. Please contact support if you believe this is an error.",
  INVALID_ROLE_NAME:
    "A role name may contain only ASCII letters, digits, hyphens and underscores, and is not one that every object has.",
  INVITATION_DECIDED: "This invitation has been accepted, rejected or withdrawn meanwhile.",
  INVITATION_LIMIT_REACHED:
    "This tenant has as many invitations pending as it may have. Withdraw one, or wait until one is accepted or expires.",
  LAST_OWNER:
    "A tenant keeps at least one owner. Make another member an owner first, or delete the tenant.",
  LAST_PLATFORM_ADMIN:
    "A platform keeps at least one admin who is not banned. Make another user platform admin first.",
  ORGANIZATION_MEMBERSHIP_LIMIT_REACHED:
    "This tenant has as many members as it may have. Remove one before another joins.",
  ORGANIZATION_SLUG_ALREADY_TAKEN: "Organization slug already taken",
  TOO_MANY_ROLES: "This tenant has as many roles of its own as it may have. Delete one first.",
  TWO_FACTOR_REQUIRED_BY_TENANT: "This tenant demands two-factor authentication: turn it on first.",
  UNKNOWN_ROLE: "A user has one platform role: platform-admin or user.",
  USER_IS_NOT_A_MEMBER_OF_THE_ORGANIZATION: "User is not a member of the organization",
  YOU_ARE_NOT_ALLOWED_TO_INVITE_USERS_TO_THIS_ORGANIZATION:
    "You are not allowed to invite users to this organization",
  YOU_HAVE_REACHED_THE_MAXIMUM_NUMBER_OF_ORGANIZATIONS:
    "This user owns as many tenants as one user may own. Delete one, or give one to another owner and leave it.",
};

/**
 * Codes that say that the caller lost a right while asking, or that a limit was reached; the status is the one that Better
 * Auth gives without the race.
 */
const forbidden = new Set([
  "BANNED_USER",
  "INVITATION_LIMIT_REACHED",
  "ORGANIZATION_MEMBERSHIP_LIMIT_REACHED",
  "TOO_MANY_ROLES",
  "USER_IS_NOT_A_MEMBER_OF_THE_ORGANIZATION",
  "YOU_ARE_NOT_ALLOWED_TO_INVITE_USERS_TO_THIS_ORGANIZATION",
  "YOU_HAVE_REACHED_THE_MAXIMUM_NUMBER_OF_ORGANIZATIONS",
]);

/** SQLite's own name for a broken unique constraint, by which Better Auth's plugins know that one more try may succeed. */
const uniqueViolation = "SQLITE_CONSTRAINT_UNIQUE";

function apiErrorOf(error: DatabaseError): APIError {
  if (error.kind === "unique") {
    const known = conflicts[error.constraint ?? ""] ?? {
      code: "ALREADY_EXISTS",
      message: "This exists already.",
    };
    // Neither the cause nor this code is part of an answer.
    return Object.assign(new APIError("CONFLICT", { ...known, cause: error }), {
      code: uniqueViolation,
    });
  }
  if (error.kind === "foreign_key") {
    return new APIError("BAD_REQUEST", {
      code: "REFERENCE_NOT_FOUND",
      message: "Something that this request names does not exist any more.",
    });
  }
  if (error.kind === "rule") {
    const message = ruleMessages[error.message] ?? "A rule of the database refused this.";
    const status = forbidden.has(error.message) ? "FORBIDDEN" : "CONFLICT";
    return new APIError(status, { code: error.message, message });
  }
  if (error.kind === "value") {
    return new APIError("BAD_REQUEST", {
      code: "INVALID_VALUE",
      message: "A field is missing or of the wrong type.",
    });
  }
  if (error.kind === "outcome_unknown") {
    const body = {
      code: "DATABASE_OUTCOME_UNKNOWN",
      message:
        "The database did not confirm the change, which may or may not have been made. Check, then try again.",
    };
    return new APIError("SERVICE_UNAVAILABLE", body, { "Retry-After": "5" });
  }
  if (error.kind === "unavailable") {
    const body = { code: "DATABASE_UNAVAILABLE", message: "Try again in a few seconds." };
    return new APIError("SERVICE_UNAVAILABLE", body, { "Retry-After": "5" });
  }
  console.error(`database: ${error.message}`);
  return new APIError("INTERNAL_SERVER_ERROR", {
    code: "DATABASE_FAILED",
    message: "The request could not be carried out.",
  });
}
