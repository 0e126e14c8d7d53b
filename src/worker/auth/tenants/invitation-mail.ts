/**
 * How often a tenant may have mail sent to an address by inviting it: the person there did not ask for it. Only the tenant's
 * own invitations are counted, so the answer tells nothing about the address.
 */
import { and, count, eq, gt, lt } from "drizzle-orm";
import { APIError } from "better-auth/api";
import { toApiErrors } from "../../db/api-errors.ts";
import type { Database } from "../../db/database.ts";
import { invitation } from "../../db/schema.ts";
import { rolesAreAsJudged } from "./judged-roles.ts";

const resendSeconds = 60;
const hourSeconds = 60 * 60;
/** New invitations, each made after the one before it was withdrawn, rejected or left to expire. */
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

/** @throws {APIError} 429, when the tenant has invited this address too often within the hour. */
export async function refuseFrequentInvitations(
  database: Database,
  { tenantId, email }: { tenantId: string; email: string },
): Promise<void> {
  const [recent] = await toApiErrors(async () =>
    database
      .select({ invitations: count() })
      .from(invitation)
      .where(
        and(
          eq(invitation.email, email),
          eq(invitation.organizationId, tenantId),
          gt(invitation.createdAt, new Date(Date.now() - hourSeconds * 1000)),
        ),
      ),
  );
  if ((recent?.invitations ?? 0) >= invitationsAnHour) throw tooOften(hourSeconds);
}

/**
 * Prolongs a pending invitation that is sent again, as long as a new one lasts: its expiry therefore tells when it was sent
 * last. Of two requests at once, one sends.
 *
 * @throws {APIError} 429, when it was sent within the last minute.
 */
export async function prolongInvitation(database: Database, id: string, expiresAt: Date) {
  const sentBefore = new Date(expiresAt.getTime() - resendSeconds * 1000);
  const [sent] = await toApiErrors(async () =>
    database
      .update(invitation)
      .set({ expiresAt })
      .where(
        and(
          eq(invitation.id, id),
          eq(invitation.status, "pending"),
          lt(invitation.expiresAt, sentBefore),
          rolesAreAsJudged(),
        ),
      )
      .returning(),
  );
  if (sent === undefined) throw tooOften(resendSeconds);
  return sent;
}
