/**
 * Lists a tenant's members in pages, for its members. Better Auth's `list-members` counts and skips by reading every
 * row.
 */
import { and, asc, eq } from "drizzle-orm";
import { APIError, createAuthEndpoint, sessionMiddleware } from "better-auth/api";
import * as z from "zod";
import type { PhasedPlugin } from "../plugin-order.ts";
import type { Database } from "../../db/database.ts";
import { member, user } from "../../db/schema.ts";
import { paths } from "../routes/paths.ts";
import { after, nextCursor, pageQuery, type Page } from "../../db/pages/keyset.ts";

export interface MemberRow {
  id: string;
  userId: string;
  role: string;
  createdAt: Date;
  user: { id: string; name: string; email: string; image: string | null };
}

/** Reads a page of a tenant's members, oldest first. */
export async function readMembers(
  database: Database,
  tenantId: string,
  { cursor, limit }: { cursor?: string | undefined; limit: number },
): Promise<Page<MemberRow>> {
  const rows = await database
    .select({
      id: member.id,
      userId: member.userId,
      role: member.role,
      createdAt: member.createdAt,
      user: { id: user.id, name: user.name, email: user.email, image: user.image },
    })
    .from(member)
    .innerJoin(user, eq(user.id, member.userId))
    .where(and(eq(member.organizationId, tenantId), after(cursor, member)))
    .orderBy(asc(member.createdAt), asc(member.id))
    .limit(limit);
  return { rows, nextCursor: nextCursor(rows, limit) };
}

export function memberPages({ database }: { database: Database }) {
  return {
    id: "nno-member-pages",
    phase: "serve",
    endpoints: {
      listMemberPage: createAuthEndpoint(
        // The path is below /organization, where every route is subject to the tenant's two-factor policy.
        paths.memberPage,
        {
          method: "GET",
          query: z.strictObject({ ...pageQuery, organizationId: z.string().max(64).optional() }),
          use: [sessionMiddleware],
          metadata: {
            openapi: {
              operationId: "listOrganizationMemberPage",
              description:
                "The members of one of the caller's tenants, oldest first. Without `organizationId` it is the active tenant.",
              responses: {
                "200": { description: "A page of members, and the cursor of the next page" },
              },
            },
          },
        },
        async (ctx) => {
          const { session, user: reader } = ctx.context.session;
          const active = (session as { activeOrganizationId?: string | null }).activeOrganizationId;
          const tenantId = ctx.query.organizationId ?? active;
          if (tenantId == null) {
            throw new APIError("BAD_REQUEST", {
              code: "NO_ACTIVE_ORGANIZATION",
              message: "No active organization",
            });
          }
          const own = await database.query.member.findFirst({
            columns: { id: true },
            where: and(eq(member.organizationId, tenantId), eq(member.userId, reader.id)),
          });
          if (own === undefined) {
            throw new APIError("FORBIDDEN", {
              code: "YOU_ARE_NOT_A_MEMBER_OF_THIS_ORGANIZATION",
              message: "You are not a member of this organization",
            });
          }
          const page = await readMembers(database, tenantId, ctx.query);
          return ctx.json({ members: page.rows, nextCursor: page.nextCursor });
        },
      ),
    },
  } satisfies PhasedPlugin;
}
