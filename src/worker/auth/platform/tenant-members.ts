/** Routes by which platform admins manage a tenant's members. The schema enforces that a tenant keeps an owner. */
import { and, asc, eq, exists, sql } from "drizzle-orm";
import { generateId } from "better-auth";
import { createAuthEndpoint } from "better-auth/api";
import * as z from "zod";
import type { Database } from "../../db/database.ts";
import { invitation, member, organization, user } from "../../db/schema.ts";
import { after, nextCursor } from "../../db/pages/keyset.ts";
import { paths } from "../routes/paths.ts";
import { found, page as pageQuery, role, route, type Administration } from "./administration.ts";
import { readMembers } from "../tenants/member-pages.ts";

const memberBody = z.strictObject({ userId: z.string().max(64), role });
const roleBody = z.strictObject({ role });

export function memberRoutes(database: Database, administration: Administration) {
  const { change, read, findTenant, knownRole } = administration;
  const missing = ["MEMBER_NOT_FOUND", "The tenant has no such member."] as const;

  async function findMember(tenantId: string, memberId: string) {
    const row = await database.query.member.findFirst({
      where: and(eq(member.id, memberId), eq(member.organizationId, tenantId)),
    });
    return found(row, ...missing);
  }

  const memberExists = (id: string) =>
    exists(database.select({ id: member.id }).from(member).where(eq(member.id, id)));

  return {
    platformListMembers: createAuthEndpoint(
      paths.tenantMembers,
      {
        ...route("GET", "platformListMembers", "A tenant's members, oldest first"),
        query: pageQuery,
      },
      async (ctx) => {
        const { id } = await findTenant(ctx.params.id);
        const page = await readMembers(database, id, ctx.query);
        await read(ctx, { event: "members.listed", tenantId: id });
        return ctx.json({ members: page.rows, nextCursor: page.nextCursor });
      },
    ),
    platformAddMember: createAuthEndpoint(
      paths.tenantMembers,
      { ...route("POST", "platformAddMember", "Makes a user a member"), body: memberBody },
      async (ctx) => {
        const { id: tenantId } = await findTenant(ctx.params.id);
        const { userId } = ctx.body;
        const memberRole = await knownRole(tenantId, ctx.body.role);
        const row = { organizationId: tenantId, userId, role: memberRole, createdAt: new Date() };
        const [added] = await change(
          ctx,
          { event: "member.added", tenantId, subjectId: userId, detail: { role: memberRole } },
          undefined,
          database
            .insert(member)
            .values({ id: generateId(), ...row })
            .returning(),
          // The new member has nothing left to accept.
          database
            .update(invitation)
            .set({ status: "canceled" })
            .where(
              and(
                eq(invitation.organizationId, tenantId),
                sql`${invitation.status} = 'pending'`,
                sql`${invitation.email} = (SELECT lower(${user.email}) FROM ${user} WHERE ${user.id} = ${userId})`,
              ),
            ),
        );
        return ctx.json({ member: added[0] });
      },
    ),
    platformSetMemberRole: createAuthEndpoint(
      paths.tenantMember,
      { ...route("PATCH", "platformSetMemberRole", "Changes a member's role"), body: roleBody },
      async (ctx) => {
        const membership = await findMember(ctx.params.id, ctx.params.memberId);
        const memberRole = await knownRole(membership.organizationId, ctx.body.role);
        const [updated] = await change(
          ctx,
          {
            event: "member.role_changed",
            tenantId: membership.organizationId,
            subjectId: membership.userId,
            detail: { role: memberRole, previousRole: membership.role },
          },
          memberExists(membership.id),
          database
            .update(member)
            .set({ role: memberRole })
            .where(eq(member.id, membership.id))
            .returning(),
        );
        return ctx.json({ member: found(updated[0], ...missing) });
      },
    ),
    platformRemoveMember: createAuthEndpoint(
      paths.tenantMember,
      route("DELETE", "platformRemoveMember", "Ends a membership"),
      async (ctx) => {
        const membership = await findMember(ctx.params.id, ctx.params.memberId);
        const { organizationId: tenantId, userId: subjectId } = membership;
        const [removed] = await change(
          ctx,
          { event: "member.removed", tenantId, subjectId },
          memberExists(membership.id),
          database.delete(member).where(eq(member.id, membership.id)).returning({ id: member.id }),
        );
        found(removed[0], ...missing);
        return ctx.json({ success: true });
      },
    ),
    platformListMemberships: createAuthEndpoint(
      paths.memberships,
      {
        ...route(
          "GET",
          "platformListMemberships",
          "The tenants of a user, with the user's role in each, oldest membership first",
        ),
        query: pageQuery,
      },
      async (ctx) => {
        const { limit, cursor } = ctx.query;
        const memberships = await database
          .select({
            id: member.id,
            role: member.role,
            createdAt: member.createdAt,
            tenant: { id: organization.id, name: organization.name, slug: organization.slug },
          })
          .from(member)
          .innerJoin(organization, eq(organization.id, member.organizationId))
          .where(and(eq(member.userId, ctx.params.id), after(cursor, member)))
          .orderBy(asc(member.createdAt), asc(member.id))
          .limit(limit);
        await read(ctx, { event: "memberships.listed", subjectId: ctx.params.id });
        return ctx.json({ memberships, nextCursor: nextCursor(memberships, limit) });
      },
    ),
  };
}
