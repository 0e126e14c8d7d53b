/** Builds an event from a request, as the audit rule of its route says. */
import { isAPIError, type createAuthMiddleware } from "better-auth/api";
import type { AuditEvent } from "./event.ts";
import { factsOf, type RequestSession } from "./request-facts.ts";
import { text, type AuditRule, type Outcome } from "./rule.ts";

export type HookContext = Parameters<Parameters<typeof createAuthMiddleware>[0]>[0];

interface EventParts {
  event: AuditEvent["event"];
  actorId: string | undefined;
  session: RequestSession;
  outcome: Outcome;
}

/** The outcome as far as the request and the answer tell it; the caller adds a failure and the claims of a link. */
export function readOutcome(ctx: HookContext, session: RequestSession): Outcome {
  return {
    path: ctx.path,
    body: fieldsOf(ctx.body),
    tokenOwner: factsOf(ctx.request).tokenOwner,
    claims: {},
    returned: fieldsOf(ctx.context.returned),
    activeTenantId: text(session?.session["activeOrganizationId"]),
    failure: undefined,
    parameters: fieldsOf(ctx.params),
  };
}

export function buildEvent(
  ctx: HookContext,
  rule: AuditRule,
  { event, actorId, session, outcome }: EventParts,
): AuditEvent {
  return {
    event,
    actorId,
    impersonatedBy: text(session?.session["impersonatedBy"]),
    tenantId: text(rule.tenantId?.(outcome)),
    subjectId: text(rule.subjectId?.(outcome)),
    detail: rule.detail?.(outcome),
    headers: ctx.headers,
  };
}

/** The fields of an object; an error has none of the route's. */
export function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !isAPIError(value)
    ? (value as Record<string, unknown>)
    : {};
}
