/**
 * Deleting a user, in one statement: everything of theirs cascades from the row, and the last-owner rule refuses the
 * whole. Better Auth deletes sessions and accounts first and the user last, so that a refusal in the end would leave a
 * user who can no longer sign in.
 */
import { eq, exists } from "drizzle-orm";
import { APIError, createAuthEndpoint } from "better-auth/api";
import * as z from "zod";
import { answering } from "../../db/adapter.ts";
import type { Database } from "../../db/database.ts";
import { user } from "../../db/schema.ts";
import { auditInsert } from "../audit/event.ts";
import { platformAdminMiddleware } from "./platform-admin.ts";

/** @throws {APIError} 409 LAST_OWNER while a tenant would lose its last owner. */
export async function removeUserRow(
  database: Database,
  userId: string,
  by: { actorId: string; headers?: Headers | undefined },
): Promise<boolean> {
  const row = eq(user.id, userId);
  const event = { event: "user.deleted" as const, subjectId: userId, ...by };
  const exist = exists(database.select({ id: user.id }).from(user).where(row));
  const [, removed] = await answering(() =>
    database.batch([
      auditInsert(database, event, exist),
      database.delete(user).where(row).returning({ id: user.id }),
    ]),
  );
  return removed.length > 0;
}

/** Better Auth's `/admin/remove-user`, atomic. */
export function removeUserEndpoint(database: Database) {
  return createAuthEndpoint(
    "/admin/remove-user",
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
