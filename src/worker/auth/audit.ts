/**
 * The audit log: who did what to whom. Owns the table that says which route is which event, the writing of events, and
 * their reading by platform admins and, for their own tenant, by owners. Events name people and things by id and never
 * hold a password, a token or a code.
 */
import { and, desc, eq, lt, type SQL } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import type { BetterAuthPlugin } from "better-auth";
import {
  APIError,
  createAuthEndpoint,
  createAuthMiddleware,
  getSessionFromCtx,
  isAPIError,
  sessionMiddleware,
} from "better-auth/api";
import { z } from "zod";
import type { Database } from "../db/database.ts";
import { insertWhen } from "../db/insert-when.ts";
import { auditEvent, member } from "../db/schema.ts";
import { hasTenantRole, ownerRole, platformAdminRole } from "./roles.ts";

export interface AuditEvent {
  event: string;
  actorId?: string | undefined;
  impersonatedBy?: string | undefined;
  tenantId?: string | undefined;
  subjectId?: string | undefined;
  detail?: Record<string, string | number | boolean | undefined> | undefined;
  headers?: Headers | undefined;
}

const longestUserAgent = 256;

/**
 * The insert of one event, to be run alone or in the batch of the write that it tells of; with `when`, only if the
 * condition holds at that point of the batch.
 */
export function auditInsert(
  database: Database,
  entry: AuditEvent,
  when?: SQL,
): BatchItem<"sqlite"> {
  const row = {
    createdAt: new Date(),
    event: entry.event,
    actorId: entry.actorId,
    impersonatedBy: entry.impersonatedBy,
    tenantId: entry.tenantId,
    subjectId: entry.subjectId,
    ipAddress: entry.headers?.get("cf-connecting-ip"),
    userAgent: entry.headers?.get("user-agent")?.slice(0, longestUserAgent),
    detail: entry.detail === undefined ? null : JSON.stringify(entry.detail),
  };
  return when === undefined
    ? database.insert(auditEvent).values(row)
    : insertWhen(database, auditEvent, row, when);
}

/** What a hook knows after a route has run. Bodies have passed the route's own validation. */
interface Outcome {
  body: Record<string, unknown>;
  returned: Record<string, unknown>;
  activeTenantId: string | undefined;
}

interface Rule {
  /** Undefined: success is told elsewhere (a new session is an event of its own). */
  success?: string;
  failure?: string;
  tenantId?: (outcome: Outcome) => unknown;
  subjectId?: (outcome: Outcome) => unknown;
  detail?: (outcome: Outcome) => AuditEvent["detail"];
}

const bodyTenant = ({ body, activeTenantId }: Outcome) => body["organizationId"] ?? activeTenantId;
const returnedTenant = ({ returned }: Outcome) => returned["organizationId"];
const bodyUser = ({ body }: Outcome) => body["userId"];
const nested = (value: unknown, key: string) =>
  typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined;
const text = (value: unknown) => (typeof value === "string" ? value.slice(0, 256) : undefined);
const invitationDetail = ({ returned }: Outcome) => ({
  email: text(returned["email"] ?? nested(returned["invitation"], "email")),
  role: text(returned["role"] ?? nested(returned["invitation"], "role")),
});
const tenantOfInvitation = ({ returned }: Outcome) =>
  returned["organizationId"] ?? nested(returned["invitation"], "organizationId");

/** Route -> event. A route that is not here changes nothing that an auditor asks about. */
const rules: Record<string, Rule> = {
  "/sign-in/email": {
    failure: "sign_in.failed",
    detail: ({ body }) => ({ email: text(body["email"])?.toLowerCase() }),
  },
  "/sign-out": { success: "session.ended" },
  "/revoke-session": { success: "session.revoked" },
  "/revoke-sessions": { success: "session.revoked" },
  "/revoke-other-sessions": { success: "session.revoked" },
  "/change-password": { success: "password.changed", failure: "password.change_failed" },
  "/reset-password": { success: "password.reset" },
  "/change-email": { success: "email.change_requested" },
  "/verify-email": { success: "email.verified" },
  "/unlink-account": {
    success: "account.unlinked",
    detail: ({ body }) => ({ provider: text(body["providerId"]) }),
  },
  "/two-factor/enable": { success: "two_factor.enrolment_started" },
  "/two-factor/verify-totp": { failure: "two_factor.failed" },
  "/two-factor/verify-backup-code": {
    success: "two_factor.backup_code_used",
    failure: "two_factor.failed",
  },
  "/two-factor/disable": { success: "two_factor.disabled", failure: "two_factor.disable_failed" },
  "/two-factor/generate-backup-codes": { success: "two_factor.backup_codes_replaced" },
  "/organization/create": {
    success: "tenant.created",
    tenantId: ({ returned }) => returned["id"],
    detail: ({ returned }) => ({ name: text(returned["name"]) }),
  },
  "/organization/update": { success: "tenant.updated", tenantId: bodyTenant },
  "/organization/delete": { success: "tenant.deleted", tenantId: bodyTenant },
  "/organization/invite-member": {
    success: "invitation.created",
    tenantId: returnedTenant,
    detail: invitationDetail,
  },
  "/organization/accept-invitation": {
    success: "invitation.accepted",
    tenantId: tenantOfInvitation,
    detail: invitationDetail,
  },
  "/organization/reject-invitation": {
    success: "invitation.rejected",
    tenantId: tenantOfInvitation,
    detail: invitationDetail,
  },
  "/organization/cancel-invitation": {
    success: "invitation.canceled",
    tenantId: tenantOfInvitation,
    detail: invitationDetail,
  },
  "/organization/remove-member": {
    success: "member.removed",
    tenantId: bodyTenant,
    subjectId: ({ returned }) => nested(returned["member"], "userId"),
  },
  "/organization/update-member-role": {
    success: "member.role_changed",
    tenantId: returnedTenant,
    subjectId: ({ returned }) => returned["userId"],
    detail: ({ returned }) => ({ role: text(returned["role"]) }),
  },
  "/organization/leave": { success: "member.left", tenantId: bodyTenant },
  "/organization/create-role": { success: "tenant_role.created", tenantId: bodyTenant },
  "/organization/update-role": { success: "tenant_role.updated", tenantId: bodyTenant },
  "/organization/delete-role": { success: "tenant_role.deleted", tenantId: bodyTenant },
  "/admin/create-user": {
    success: "user.created_by_admin",
    subjectId: ({ returned }) => nested(returned["user"], "id"),
  },
  "/admin/update-user": { success: "user.updated_by_admin", subjectId: bodyUser },
  "/admin/set-role": {
    success: "user.role_changed",
    subjectId: bodyUser,
    detail: ({ body }) => ({ role: text(body["role"]) }),
  },
  "/admin/set-user-password": { success: "password.set_by_admin", subjectId: bodyUser },
  "/admin/ban-user": { success: "user.banned", subjectId: bodyUser },
  "/admin/unban-user": { success: "user.unbanned", subjectId: bodyUser },
  "/admin/impersonate-user": { success: "impersonation.started", subjectId: bodyUser },
  "/admin/stop-impersonating": {
    success: "impersonation.ended",
    failure: "impersonation.ended",
  },
  "/admin/revoke-user-session": { success: "session.revoked_by_admin" },
  "/admin/revoke-user-sessions": { success: "session.revoked_by_admin", subjectId: bodyUser },
};

interface AuditOptions {
  database: Database;
  /** Told after each new session, for maintenance under its throttle. */
  onSignIn: () => void;
}

const eventPage = z.strictObject({
  tenantId: z.string().max(64).optional(),
  actorId: z.string().max(64).optional(),
  cursor: z.coerce.number().int().positive().optional(),
  limit: z.coerce.number().int().min(1).max(100).default(50),
});

export function audit({ database, onSignIn }: AuditOptions) {
  const write = async (entry: AuditEvent) => {
    await database.batch([auditInsert(database, entry)]);
  };
  return {
    id: "nno-audit",
    init: () => ({
      options: {
        databaseHooks: {
          user: {
            create: {
              after: async (user, context) => {
                await write({
                  event: "user.created",
                  subjectId: user.id,
                  headers: context?.headers,
                });
              },
            },
          },
          account: {
            create: {
              after: async (account, context) => {
                if (account.providerId === "credential") return;
                await write({
                  event: "account.linked",
                  actorId: account.userId,
                  detail: { provider: account.providerId },
                  headers: context?.headers,
                });
              },
            },
          },
        },
      },
    }),
    hooks: {
      after: [
        {
          matcher: (context) =>
            context.context.newSession !== null || rules[context.path ?? ""] !== undefined,
          handler: createAuthMiddleware(async (ctx) => {
            const { newSession } = ctx.context;
            const rule = rules[ctx.path];
            // The organization plugin's routes read the session on a context of their own: hooks do not see it.
            const session = ctx.path.startsWith("/organization/")
              ? await getSessionFromCtx(ctx, { disableRefresh: true })
              : ctx.context.session;
            if (
              newSession?.user["twoFactorEnabled"] === true &&
              session?.user["twoFactorEnabled"] === false
            ) {
              await write({
                event: "two_factor.enabled",
                actorId: newSession.user.id,
                headers: ctx.headers,
              });
              return;
            }
            const signedIn =
              newSession !== null && newSession.session.token !== session?.session.token;
            if (signedIn && rule?.success === undefined) {
              onSignIn();
              await write({
                event: "session.created",
                actorId: newSession.user.id,
                detail: { route: ctx.path },
                headers: ctx.headers,
              });
              return;
            }
            const failed =
              isAPIError(ctx.context.returned) && ctx.context.returned.statusCode >= 400;
            const event = failed ? rule?.failure : rule?.success;
            if (rule === undefined || event === undefined) return;
            const outcome: Outcome = {
              body: record(ctx.body),
              returned: record(ctx.context.returned),
              activeTenantId: text(session?.session["activeOrganizationId"]),
            };
            await write({
              event,
              actorId: session?.user.id ?? newSession?.user.id,
              impersonatedBy: text(session?.session["impersonatedBy"]),
              tenantId: text(rule.tenantId?.(outcome)),
              subjectId: text(rule.subjectId?.(outcome)),
              detail: rule.detail?.(outcome),
              headers: ctx.headers,
            });
          }),
        },
      ],
    },
    endpoints: {
      listAuditEvents: createAuthEndpoint(
        "/platform/audit-events",
        {
          method: "GET",
          query: eventPage,
          use: [sessionMiddleware],
          metadata: {
            openapi: {
              operationId: "listAuditEvents",
              description:
                "The audit log, newest first. Platform admins read all of it; a tenant's owners read their tenant's with `tenantId`.",
              responses: { "200": { description: "A page of events, and the cursor of the next" } },
            },
          },
        },
        async (ctx) => {
          const { tenantId, actorId, cursor, limit } = ctx.query;
          const reader = ctx.context.session.user as { id: string; role?: string };
          const allowed =
            reader.role === platformAdminRole ||
            (tenantId !== undefined && (await ownsTenant(database, reader.id, tenantId)));
          if (!allowed) {
            throw new APIError("FORBIDDEN", {
              code: "NOT_ALLOWED_TO_READ_AUDIT_LOG",
              message:
                "Platform admins read the audit log; owners read their tenant's, with tenantId.",
            });
          }
          const conditions: (SQL | undefined)[] = [
            tenantId === undefined ? undefined : eq(auditEvent.tenantId, tenantId),
            actorId === undefined ? undefined : eq(auditEvent.actorId, actorId),
            cursor === undefined ? undefined : lt(auditEvent.id, cursor),
          ];
          const events = await database
            .select()
            .from(auditEvent)
            .where(and(...conditions))
            .orderBy(desc(auditEvent.id))
            .limit(limit);
          const last = events.at(-1);
          return ctx.json({
            events: events.map((row) => ({
              ...row,
              detail: row.detail === null ? null : (JSON.parse(row.detail) as unknown),
            })),
            nextCursor: events.length === limit && last !== undefined ? last.id : null,
          });
        },
      ),
    },
  } satisfies BetterAuthPlugin;
}

async function ownsTenant(database: Database, userId: string, tenantId: string): Promise<boolean> {
  const membership = await database.query.member.findFirst({
    columns: { role: true },
    where: and(eq(member.organizationId, tenantId), eq(member.userId, userId)),
  });
  return hasTenantRole(membership?.role, ownerRole);
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !isAPIError(value)
    ? (value as Record<string, unknown>)
    : {};
}
