/**
 * Shows an invitation and accepts it, in place of Better Auth's endpoints. Accepting is one atomic batch: Better Auth marks
 * the invitation first and adds the member after, so a Worker that dies in between leaves an accepted invitation without a
 * member. And Better Auth shows no invitation whose inviter is not a member, which a platform admin never is. Routes, bodies
 * and error codes are the same, so Better Auth's client works unchanged.
 */
import { and, eq, exists, gt } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import { APIError, createAuthEndpoint, sessionMiddleware } from "better-auth/api";
import { generateId } from "better-auth";
import type { organization as organizationPlugin } from "better-auth/plugins/organization";
import * as z from "zod";
import { toApiErrors } from "../../db/api-errors.ts";
import type { Database } from "../../db/database.ts";
import { insertWhen } from "../../db/insert-when.ts";
import { invitation, member, organization, session, user } from "../../db/schema.ts";

type Upstream = ReturnType<typeof organizationPlugin>;

/**
 * @param upstream Better Auth's plugin, whose endpoints these replace.
 * @param bringLimits makes the statement with which a new member's batch begins.
 */
export function invitationEndpoints(
  database: Database,
  {
    endpoints: upstream,
    $ERROR_CODES: errorCodes,
  }: { endpoints: Pick<Upstream["endpoints"], "getInvitation" | "acceptInvitation"> } & Pick<
    Upstream,
    "$ERROR_CODES"
  >,
  bringLimits: () => BatchItem<"sqlite">,
) {
  /** The pending invitation, if this user may see it: it went to their address, and the address is confirmed (CWE-287). */
  async function findOwnInvitation(id: string, reader: { email: string; emailVerified: boolean }) {
    const [found] = await database
      .select({
        invitation,
        organizationName: organization.name,
        organizationSlug: organization.slug,
        inviterEmail: user.email,
      })
      .from(invitation)
      .innerJoin(organization, eq(organization.id, invitation.organizationId))
      .innerJoin(user, eq(user.id, invitation.inviterId))
      .where(eq(invitation.id, id));
    if (found?.invitation.status !== "pending" || found.invitation.expiresAt <= new Date()) {
      throw APIError.from("BAD_REQUEST", errorCodes.INVITATION_NOT_FOUND);
    }
    if (found.invitation.email.toLowerCase() !== reader.email.toLowerCase()) {
      throw APIError.from("FORBIDDEN", errorCodes.YOU_ARE_NOT_THE_RECIPIENT_OF_THE_INVITATION);
    }
    if (!reader.emailVerified) {
      throw APIError.from(
        "FORBIDDEN",
        errorCodes.EMAIL_VERIFICATION_REQUIRED_BEFORE_ACCEPTING_OR_REJECTING_INVITATION,
      );
    }
    return found;
  }

  return {
    getInvitation: createAuthEndpoint(
      upstream.getInvitation.path,
      {
        method: "GET",
        query: z.object({ id: z.string().max(64) }),
        use: [sessionMiddleware],
        metadata: {
          openapi: {
            operationId: "getOrganizationInvitation",
            description: "An invitation to the signed-in user's own, verified address",
            responses: { "200": { description: "The invitation, its tenant and its inviter" } },
          },
        },
      },
      async (ctx) => {
        const { invitation: found, ...names } = await findOwnInvitation(
          ctx.query.id,
          ctx.context.session.user,
        );
        return ctx.json({ ...found, ...names });
      },
    ),
    acceptInvitation: createAuthEndpoint(
      upstream.acceptInvitation.path,
      {
        method: "POST",
        body: z.object({ invitationId: z.string().max(64) }),
        use: [sessionMiddleware],
        metadata: {
          openapi: {
            operationId: "acceptOrganizationInvitation",
            description: "Become a member; the tenant becomes the active one",
            responses: { "200": { description: "The invitation and the new member" } },
          },
        },
      },
      async (ctx) => {
        const { user: reader, session: current } = ctx.context.session;
        const { invitation: found } = await findOwnInvitation(ctx.body.invitationId, reader);
        const now = new Date();
        const pending = and(
          eq(invitation.id, found.id),
          eq(invitation.status, "pending"),
          gt(invitation.expiresAt, now),
        );
        const created = {
          id: generateId(),
          organizationId: found.organizationId,
          userId: reader.id,
          role: found.role ?? "member",
          createdAt: now,
        };
        const isMember = exists(
          database.select({ id: member.id }).from(member).where(eq(member.id, created.id)),
        );
        // The insert asks again whether the invitation is pending, in the batch's own transaction.
        const isPending = exists(
          database.select({ id: invitation.id }).from(invitation).where(pending),
        );
        const [, , [accepted]] = await toApiErrors(() =>
          database.batch([
            bringLimits(),
            insertWhen(database, member, created, isPending),
            database.update(invitation).set({ status: "accepted" }).where(pending).returning(),
            database
              .update(session)
              .set({ activeOrganizationId: found.organizationId })
              .where(and(eq(session.id, current.id), isMember)),
          ]),
        );
        if (accepted === undefined) {
          throw APIError.from("BAD_REQUEST", errorCodes.INVITATION_NOT_FOUND);
        }
        return ctx.json({ invitation: accepted, member: created });
      },
    ),
  };
}
