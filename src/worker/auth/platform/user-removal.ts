/**
 * Deletes a user in one batch: everything that belongs to them cascades from the row, what names them gets a pseudonym, and
 * the last-owner rule refuses all of it or nothing. Better Auth deletes sessions and accounts first and the user last, so a refusal at the end would
 * leave a user who can no longer sign in.
 */
import { and, eq, exists } from "drizzle-orm";
import type { admin } from "better-auth/plugins/admin";
import { APIError, createAuthEndpoint } from "better-auth/api";
import * as z from "zod";
import { toApiErrors } from "../../db/api-errors.ts";
import type { Database } from "../../db/database.ts";
import { user } from "../../db/schema.ts";
import { auditInsert, type AuditEvent } from "../audit/event.ts";
import { verifiedPasswordStands } from "../passwords/standing-password.ts";
import { forgetUser, readTraces } from "./forget-user.ts";
import { platformAdminMiddleware } from "./platform-admin.ts";

/**
 * @param by who deletes, for the audit log.
 * @returns whether there was such a user.
 * @throws {APIError} 409 LAST_OWNER when a tenant would lose its last owner.
 */
export async function removeUserRow(
  database: Database,
  userId: string,
  by: { actorId: string; headers?: Headers | undefined },
): Promise<boolean> {
  const traces = await readTraces(database, userId);
  if (traces === undefined) return false;
  // The user may have reset the password while this request waited to have it verified.
  const row = and(eq(user.id, userId), verifiedPasswordStands(database, user.id));
  const event: AuditEvent = {
    event: "user.deleted",
    subjectId: userId,
    ...by,
    owner: traces.account,
  };
  const exist = exists(database.select({ id: user.id }).from(user).where(row));
  const [, removed] = await toApiErrors(() =>
    database.batch([
      auditInsert(database, event, exist),
      database.delete(user).where(row).returning({ id: user.id }),
      ...forgetUser(database, userId, traces.addresses),
    ]),
  );
  return removed.length > 0;
}

/** @param upstream Better Auth's endpoint, whose place it takes. */
export function removeUserEndpoint(
  database: Database,
  upstream: ReturnType<typeof admin>["endpoints"]["removeUser"],
) {
  return createAuthEndpoint(
    upstream.path,
    {
      method: "POST",
      body: z.object({ userId: z.coerce.string().max(64) }),
      requireHeaders: true,
      use: [platformAdminMiddleware],
      metadata: {
        openapi: {
          operationId: "removeUser",
          description: "Delete a user and everything that belongs to them",
          responses: { "200": { description: "The user is gone" } },
        },
      },
    },
    async (ctx) => {
      const actorId = ctx.context.session.user.id;
      if (ctx.body.userId === actorId) {
        throw new APIError("BAD_REQUEST", {
          code: "YOU_CANNOT_REMOVE_YOURSELF",
          message: "You cannot remove yourself",
        });
      }
      const removed = await removeUserRow(database, ctx.body.userId, {
        actorId,
        headers: ctx.headers,
      });
      if (!removed) {
        throw new APIError("NOT_FOUND", { code: "USER_NOT_FOUND", message: "User not found" });
      }
      return ctx.json({ success: true });
    },
  );
}
