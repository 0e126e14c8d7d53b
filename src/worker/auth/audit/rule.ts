/** What a route's record says of the audit log: which events it leaves, and what of its outcome they tell. */
import type { SQLiteColumn, SQLiteTable } from "drizzle-orm/sqlite-core";
import type { ExtraWrite } from "../../db/adapter/extra-write.ts";
import type { AuditEvent } from "./event.ts";
import type { AuditEventName } from "./event-names.ts";

/** How a route failed. */
export interface Failure {
  path: string;
  /** Undefined where a redirect tells of it. */
  code: string | undefined;
}

/** What a hook knows after a route has run. Bodies have passed the route's own validation. */
export interface Outcome {
  path: string;
  body: Record<string, unknown>;
  /** The user whose token the request used up. */
  tokenOwner: string | undefined;
  /** Claims of a mailed link's token, which the route has verified. */
  claims: Record<string, unknown>;
  returned: Record<string, unknown>;
  activeTenantId: string | undefined;
  failure: Failure | undefined;
  /** The parameters in the route's path. */
  parameters: Record<string, unknown>;
}

export interface AuditRule {
  /** Omitted: success is told elsewhere; a new session is an event of its own. */
  success?: AuditEventName | ((outcome: Outcome) => AuditEventName | undefined);
  /** Omitted: nobody asks about failures of this route. */
  failure?: (failure: Failure) => AuditEventName | undefined;
  /** The route is for people who are not signed in: its failures need no actor. */
  isForStrangers?: true;
  /** The write that the event belongs to: both are in one batch, so that neither is there without the other. */
  change?: {
    operation: ExtraWrite["operation"];
    table: SQLiteTable;
    /** Where the request does not name the subject: the column of the changed row that does. */
    subjectId?: SQLiteColumn;
  };
  /** Completes a sign-in, beside what `success` tells. */
  signsIn?: true;
  /**
   * Who acted, where no session says so afterwards: `leaving`, the session that the request ends; `reset-token`, the owner
   * of the token in the body; `link`, the user in the claims of the mailed link; `challenged`, the user of the half-done sign-in.
   */
  actor?: "leaving" | "reset-token" | "link" | "challenged";
  /** The body names a session of the user that the event is about. */
  subjectOfSession?: string;
  tenantId?: (outcome: Outcome) => unknown;
  subjectId?: (outcome: Outcome) => unknown;
  detail?: (outcome: Outcome) => AuditEvent["detail"];
}

/** The event that a rule makes of an outcome; undefined for none. */
export function eventOf(
  { success, failure }: AuditRule,
  outcome: Outcome,
): AuditEventName | undefined {
  if (outcome.failure !== undefined) return failure?.(outcome.failure);
  return typeof success === "function" ? success(outcome) : success;
}

/** A value for an event: text of at most 256 characters, or nothing. */
export const text = (value: unknown) =>
  typeof value === "string" ? value.slice(0, 256) : undefined;
