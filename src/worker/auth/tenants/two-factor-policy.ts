/**
 * A tenant may demand two-factor authentication of its members. A member without it may leave the tenant and see that it
 * exists, and nothing else. The database keeps it from being their active tenant (`session_tenant_needs_two_factor` and the
 * rules beside it in `db/rules.sql`); this file owns the requests that name a tenant, and who may start to demand it.
 */
import { and, eq, isNotNull, or, sql } from "drizzle-orm";
import { APIError, createAuthMiddleware } from "better-auth/api";
import type { PhasedPlugin } from "../plugin-order.ts";
import type { Database } from "../../db/database.ts";
import { invitation, member, organization } from "../../db/schema.ts";
import type { Routes } from "../routes/register.ts";
import { sessionBeforeRoute } from "../sessions/session-before-route.ts";

/** The field of a tenant, for the organization plugin. */
export const twoFactorPolicyField = {
  requireTwoFactor: { type: "boolean", required: false, defaultValue: false, input: true },
} as const;

export function tenantTwoFactorPolicy({
  routes,
  database,
}: {
  routes: Routes;
  database: Database;
}) {
  return {
    id: "nno-tenant-two-factor",
    phase: "guard",
    hooks: {
      before: [
        {
          matcher: (context) => routes.of(context)?.tenantTwoFactor === "demanded",
          handler: createAuthMiddleware(async (ctx) => {
            const session = await sessionBeforeRoute(ctx);
            if (
              session === null ||
              ("twoFactorEnabled" in session.user && session.user["twoFactorEnabled"] === true)
            )
              return;
            // Each by itself: what one says does not hide what the other names.
            const given = [fields(ctx.query), fields(ctx.body)];
            const parts = [...given, ...given.map(({ data }) => fields(data))];
            if (parts.some((part) => part["requireTwoFactor"] === true)) {
              throw new APIError("FORBIDDEN", {
                code: "TWO_FACTOR_REQUIRED",
                message: "Turn on two-factor authentication yourself before you demand it.",
              });
            }
            const demanding = await namesDemandingTenant(database, given, session.user);
            if (!demanding) return;
            throw new APIError("FORBIDDEN", {
              code: "TWO_FACTOR_REQUIRED_BY_TENANT",
              message: "This tenant demands two-factor authentication: turn it on first.",
            });
          }),
        },
      ],
    },
  } satisfies PhasedPlugin;
}

/** Whether one of `user`'s tenants, or one that invites them, is named and demands a second factor. */
async function namesDemandingTenant(
  database: Database,
  given: Record<string, unknown>[],
  user: { id: string; email: string },
): Promise<boolean> {
  const texts = (name: string) =>
    given.map((part) => part[name]).filter((value) => typeof value === "string");
  const demands = eq(organization.requireTwoFactor, true);
  const own = and(eq(member.organizationId, organization.id), eq(member.userId, user.id));
  const named = [
    ...["organizationId", "tenantId"].flatMap(texts).map((id) => eq(organization.id, id)),
    ...texts("organizationSlug").map((slug) => eq(organization.slug, slug)),
  ];
  if (named.length > 0) {
    const [found] = await database
      .select({ id: organization.id })
      .from(organization)
      .innerJoin(member, own)
      .where(and(demands, or(...named)))
      .limit(1);
    if (found !== undefined) return true;
  }
  // To them, or by their tenant to somebody else.
  const isTheirs = or(
    sql`lower(${invitation.email}) = ${user.email.toLowerCase()}`,
    isNotNull(member.id),
  );
  for (const id of texts("invitationId")) {
    const [found] = await database
      .select({ id: organization.id })
      .from(invitation)
      .innerJoin(organization, eq(organization.id, invitation.organizationId))
      .leftJoin(member, own)
      .where(and(demands, eq(invitation.id, id), isTheirs))
      .limit(1);
    if (found !== undefined) return true;
  }
  return false;
}

function fields(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
