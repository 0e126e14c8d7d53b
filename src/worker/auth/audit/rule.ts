/** The part of a route's record that concerns the audit log: the events that the route leaves, and what they say. */
import type { SQLiteColumn, SQLiteTable } from "drizzle-orm/sqlite-core";
import type { ExtraWrite } from "../../db/adapter/extra-write.ts";
import type { AuditEvent } from "./event.ts";
import type { AuditEventName } from "./event-names.ts";

/** How a route failed. */
export interface Failure {
  path: string;
  /** Undefined when a redirect reports the failure. */
  code: string | undefined;
}

/** Everything that a hook knows after a route has run. Bodies have passed the route's own validation. */
export interface Outcome {
  path: string;
  body: Record<string, unknown>;
  /** The user whose reset token or session the request named. */
  tokenOwner: string | undefined;
  /** The claims of a mailed link's token, which the route has verified. */
  claims: Record<string, unknown>;
  returned: Record<string, unknown>;
  activeTenantId: string | undefined;
  failure: Failure | undefined;
  /** The parameters in the route's path. */
  parameters: Record<string, unknown>;
}

export interface AuditRule {
  /** Omitted when success is recorded elsewhere. A new session always has an event of its own. */
  success?: AuditEventName | ((outcome: Outcome) => AuditEventName | undefined);
  /** Omitted when an auditor has no interest in failures of this route. */
  failure?: (failure: Failure) => AuditEventName | undefined;
  /** The route is for people who are not signed in, so its failures are recorded without an actor. */
  isForStrangers?: true;
  /** The write that the event belongs to. Both are in one batch, so that neither exists without the other. */
  change?: {
    operation: ExtraWrite["operation"];
    table: SQLiteTable;
    /** The column of the changed row that holds the subject, where the request does not name it. */
    subjectId?: SQLiteColumn;
  };
  /** The route also completes a sign-in, which is recorded in addition to `success`. */
  signsIn?: true;
  /**
   * Tells who acted, where there is no session after the route.
   *
   * - `ended-session`: the user of the session that the request ends.
   * - `reset-token`: the owner of the token in the body.
   * - `link`: the user in the claims of the mailed link.
   * - `challenged`: the user of a sign-in that waits for the second factor.
   */
  actor?: "ended-session" | "reset-token" | "link" | "challenged";
  /** The field of the body that names a session of the user whom the event is about. */
  subjectOfSession?: string;
  tenantId?: (outcome: Outcome) => unknown;
  subjectId?: (outcome: Outcome) => unknown;
  detail?: (outcome: Outcome) => AuditEvent["detail"];
}

/** The name of the event that an outcome leaves, or undefined when it leaves no event. */
export function eventNameOf(
  { success, failure }: AuditRule,
  outcome: Outcome,
): AuditEventName | undefined {
  if (outcome.failure !== undefined) return failure?.(outcome.failure);
  return typeof success === "function" ? success(outcome) : success;
}

/** A value for an event: the first 256 characters of a string; undefined for any other type. */
export const text = (value: unknown) =>
  typeof value === "string" ? value.slice(0, 256) : undefined;
