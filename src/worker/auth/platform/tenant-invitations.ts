/** Routes by which platform admins manage a tenant's invitations. */
import { and, asc, eq, exists } from "drizzle-orm";
import { generateId } from "better-auth";
import { APIError, createAuthEndpoint } from "better-auth/api";
import * as z from "zod";
import type { Database } from "../../db/database.ts";
import { invitation, member, user } from "../../db/schema.ts";
import { after, nextCursor } from "../../db/pages/keyset.ts";
import { paths } from "../routes/paths.ts";
import type { CountInvitation } from "../tenants/invitation-budget.ts";
import { found, page, role, route, type Administration } from "./administration.ts";

const invitationBody = z.strictObject({ email: z.email().max(254), role });

export interface InvitationNotice {
  id: string;
  email: string;
  role: string;
  tenant: string;
  inviter: string;
}

interface Options {
  invitationSeconds: number;
  countInvitation: CountInvitation;
  onInvitation: (notice: InvitationNotice) => void;
}

export function invitationRoutes(
  database: Database,
  administration: Administration,
  { invitationSeconds, countInvitation, onInvitation }: Options,
) {
  const { change, read, findTenant, knownRole } = administration;
  const missing = ["INVITATION_NOT_FOUND", "The tenant has no such pending invitation."] as const;

  async function isMember(tenantId: string, email: string): Promise<boolean> {
    const rows = await database
      .select({ id: member.id })
      .from(user)
      .innerJoin(member, and(eq(member.userId, user.id), eq(member.organizationId, tenantId)))
      .where(eq(user.email, email));
    return rows.length > 0;
  }

  return {
    platformListInvitations: createAuthEndpoint(
      paths.tenantInvitations,
      {
        ...route("GET", "platformListInvitations", "A tenant's invitations, oldest first"),
        query: page,
      },
      async (ctx) => {
        const { id } = await findTenant(ctx.params.id);
        const { limit, cursor } = ctx.query;
        const rows = await database
          .select()
          .from(invitation)
          .where(and(eq(invitation.organizationId, id), after(cursor, invitation)))
          .orderBy(asc(invitation.createdAt), asc(invitation.id))
          .limit(limit);
        await read(ctx, { event: "invitations.listed", tenantId: id });
        return ctx.json({ invitations: rows, nextCursor: nextCursor(rows, limit) });
      },
    ),
    platformInvite: createAuthEndpoint(
      paths.tenantInvitations,
      { ...route("POST", "platformInvite", "Invites an address"), body: invitationBody },
      async (ctx) => {
        const tenant = await findTenant(ctx.params.id);
        const email = ctx.body.email.toLowerCase();
        if (await isMember(tenant.id, email)) {
          throw new APIError("CONFLICT", {
            code: "USER_IS_ALREADY_A_MEMBER_OF_THIS_ORGANIZATION",
            message: "User is already a member of this organization",
          });
        }
        const inviter = ctx.context.session.user;
        const now = Date.now();
        const row = {
          id: generateId(),
          organizationId: tenant.id,
          email,
          role: await knownRole(tenant.id, ctx.body.role),
          inviterId: inviter.id,
          expiresAt: new Date(now + invitationSeconds * 1000),
          createdAt: new Date(now),
        };
        await countInvitation({ inviterId: inviter.id, tenantId: tenant.id, email });
        const [created] = await change(
          ctx,
          { event: "invitation.created", tenantId: tenant.id, detail: { email, role: row.role } },
          undefined,
          database.insert(invitation).values(row).returning(),
        );
        const { id, role: invitedRole } = row;
        onInvitation({ id, email, role: invitedRole, tenant: tenant.name, inviter: inviter.name });
        return ctx.json({ invitation: created[0] });
      },
    ),
    platformCancelInvitation: createAuthEndpoint(
      paths.tenantInvitation,
      route("DELETE", "platformCancelInvitation", "Withdraws a pending invitation"),
      async (ctx) => {
        const tenantId = ctx.params.id;
        const pending = and(
          eq(invitation.id, ctx.params.invitationId),
          eq(invitation.organizationId, tenantId),
          eq(invitation.status, "pending"),
        );
        const row = await database.query.invitation.findFirst({ where: pending });
        const { email } = found(row, ...missing);
        const [canceled] = await change(
          ctx,
          { event: "invitation.canceled", tenantId, detail: { email } },
          exists(database.select({ id: invitation.id }).from(invitation).where(pending)),
          database
            .update(invitation)
            .set({ status: "canceled" })
            .where(pending)
            .returning({ id: invitation.id }),
        );
        found(canceled[0], ...missing);
        return ctx.json({ success: true });
      },
    ),
  };
}
