/**
 * The common part of the routes by which platform admins manage tenants: the check of the caller, the API reference,
 * and an audit event for each call. A change and its event are one batch, so that neither exists without the other.
 */
import { and, eq, exists, type SQL } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import { APIError } from "better-auth/api";
import * as z from "zod";
import { toApiErrors } from "../../db/api-errors.ts";
import type { Database } from "../../db/database.ts";
import { organization, organizationRole } from "../../db/schema.ts";
import { auditInsert, type AuditEvent } from "../audit/event.ts";
import { pageQuery } from "../../db/pages/keyset.ts";
import { isRoleName, roleNameRule } from "../../input/role-name.ts";
import { platformAdminMiddleware } from "./platform-admin.ts";
import { tenantRoles } from "../roles.ts";

export const role = z.string().refine(isRoleName, roleNameRule);
export const page = z.strictObject(pageQuery);

/** The options of a route that only platform admins may call. */
export function route<Method extends "GET" | "POST" | "PATCH" | "DELETE">(
  method: Method,
  operationId: string,
  description: string,
) {
  return {
    method,
    requireHeaders: true as const,
    use: [platformAdminMiddleware],
    metadata: {
      openapi: { operationId, description, responses: { "200": { description: "Done" } } },
    },
  };
}

/** The part of a route's context that is used here; `platformAdminMiddleware` sets the session. */
interface AdminContext {
  context: { session: { user: { id: string } } };
  headers?: Headers | undefined;
}

type Event = Omit<AuditEvent, "actorId" | "headers">;

type BatchResults<Changes extends readonly BatchItem<"sqlite">[]> = {
  [Index in keyof Changes]: Changes[Index]["_"]["result"];
};

export type Administration = ReturnType<typeof administer>;

/** @param bringLimits makes the statement with which each batch begins, so that it meets the limits of this Worker. */
export function administer(database: Database, bringLimits: () => BatchItem<"sqlite">) {
  const entry = (ctx: AdminContext, event: Event, when?: SQL) => {
    const actorId = ctx.context.session.user.id;
    return auditInsert(database, { ...event, actorId, headers: ctx.headers }, when);
  };

  /** Records that something was read. */
  async function read(ctx: AdminContext, event: Event): Promise<void> {
    await toApiErrors(() => database.batch([entry(ctx, event)]));
  }

  /**
   * Runs `changes` with their event in one batch.
   *
   * @param when the condition that the row to change still exists as it was read; if it does not hold, no event is
   *   written.
   */
  async function change<Changes extends readonly BatchItem<"sqlite">[]>(
    ctx: AdminContext,
    event: Event,
    when: SQL | undefined,
    ...changes: Changes
  ): Promise<BatchResults<Changes>> {
    const [, , ...results] = await toApiErrors(() =>
      database.batch([bringLimits(), entry(ctx, event, when), ...changes]),
    );
    return results;
  }

  /** @throws {APIError} 404 when there is no such tenant. */
  async function findTenant(id: string) {
    const tenant = await database.query.organization.findFirst({
      where: eq(organization.id, id),
    });
    return found(tenant, "TENANT_NOT_FOUND", "There is no such tenant.");
  }

  /** An SQL condition that holds while the tenant exists. */
  function tenantExists(id: string): SQL {
    return exists(
      database.select({ id: organization.id }).from(organization).where(eq(organization.id, id)),
    );
  }

  /** The role as it is stored. @throws {APIError} 400 when the tenant does not have it. */
  async function knownRole(tenantId: string, wanted: string): Promise<string> {
    if (Object.hasOwn(tenantRoles, wanted)) return wanted;
    const own = await database.query.organizationRole.findFirst({
      columns: { id: true },
      where: and(eq(organizationRole.organizationId, tenantId), eq(organizationRole.role, wanted)),
    });
    if (own !== undefined) return wanted;
    throw new APIError("BAD_REQUEST", {
      code: "ROLE_NOT_FOUND",
      message:
        "The tenant has no such role. Use owner, admin, member, or a role that the tenant has defined.",
    });
  }

  return { read, change, findTenant, tenantExists, knownRole };
}

/** Returns the row. @throws {APIError} 404 when there is none. */
export function found<Row>(row: Row | undefined, code: string, message: string): Row {
  if (row === undefined) throw new APIError("NOT_FOUND", { code, message });
  return row;
}
