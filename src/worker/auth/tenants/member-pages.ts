/** A tenant's members, for its members: pages of a list that Better Auth's `list-members` counts and skips through. */
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

/** Oldest first. */
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
        // Under /organization, where a tenant's two-factor policy holds for every route.
        paths.memberPage,
        {
          method: "GET",
          query: z.strictObject({ ...pageQuery, organizationId: z.string().max(64).optional() }),
          use: [sessionMiddleware],
          metadata: {
            openapi: {
              operationId: "listOrganizationMemberPage",
              description: "The members of a tenant of one's own, oldest first; the active one's",
              responses: {
                "200": { description: "A page of members, and the cursor of the next" },
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
