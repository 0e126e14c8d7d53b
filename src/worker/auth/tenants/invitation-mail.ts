/**
 * How often a tenant may have mail sent to an address by inviting it. Whoever it belongs to did not ask for it, and pays
 * for none of it. What is counted are the tenant's own invitations, so that the answer tells nothing about the address.
 */
import { and, count, eq, gt, lt } from "drizzle-orm";
import { APIError } from "better-auth/api";
import type { DBAdapter } from "@better-auth/core/db/adapter";
import { toApiErrors } from "../../db/api-errors.ts";
import type { Database } from "../../db/database.ts";
import { invitation } from "../../db/schema.ts";

const resendSeconds = 60;
const hourSeconds = 60 * 60;
/** New ones, each after one that was withdrawn, rejected or left behind. */
const invitationsAnHour = 5;

const tooOften = (seconds: number) =>
  new APIError(
    "TOO_MANY_REQUESTS",
    {
      code: "TOO_MANY_INVITATIONS",
      message: "This address has just been sent an invitation. Try again later.",
    },
    { "Retry-After": String(seconds) },
  );

/** For Better Auth's route, once it has found that the caller may invite. */
export function limitingInvitationMail(
  database: Database,
  adapter: DBAdapter,
): Pick<DBAdapter, "create" | "update"> {
  return {
    create: async (query) => {
      const { organizationId, email } = query.data as Record<string, unknown>;
      if (query.model === "invitation") {
        const [recent] = await toApiErrors(async () =>
          database
            .select({ invitations: count() })
            .from(invitation)
            .where(
              and(
                eq(invitation.email, String(email)),
                eq(invitation.organizationId, String(organizationId)),
                gt(invitation.createdAt, new Date(Date.now() - hourSeconds * 1000)),
              ),
            ),
        );
        if ((recent?.invitations ?? 0) >= invitationsAnHour) throw tooOften(hourSeconds);
      }
      return adapter.create(query);
    },
    update: async (query) => {
      const { expiresAt } = query.update;
      if (query.model !== "invitation" || !(expiresAt instanceof Date))
        return adapter.update(query);
      // Sent again, it lasts as long as a new one: until when it lasts says when it was sent. Of two at once, one is sent.
      const sentBefore = new Date(expiresAt.getTime() - resendSeconds * 1000);
      const [sent] = await toApiErrors(async () =>
        database
          .update(invitation)
          .set({ expiresAt })
          .where(
            and(
              eq(invitation.id, String(query.where[0]?.value)),
              eq(invitation.status, "pending"),
              lt(invitation.expiresAt, sentBefore),
            ),
          )
          .returning(),
      );
      if (sent === undefined) throw tooOften(resendSeconds);
      return sent as never;
    },
  };
}
