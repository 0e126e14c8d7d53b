/**
 * A tenant may demand two-factor authentication of its members. A member without it may see that the tenant exists and
 * leave it, and nothing else. The database prevents it from becoming their active tenant
 * (`session_tenant_needs_two_factor` and related rules in `db/rules.sql`). This file checks the requests that name a
 * tenant, and refuses to let a user without a second factor turn the demand on.
 */
import { and, eq, isNotNull, or, sql } from "drizzle-orm";
import { APIError, createAuthMiddleware } from "better-auth/api";
import type { PhasedPlugin } from "../plugin-order.ts";
import type { Database } from "../../db/database.ts";
import { invitation, member, organization } from "../../db/schema.ts";
import type { Routes } from "../routes/register.ts";
import { isSlug } from "./tenant-rows.ts";
import { sessionBeforeRoute } from "../sessions/session-before-route.ts";

/** The field that the organization plugin adds to a tenant. */
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
            // Query and body are checked separately, so that a field of one cannot hide that of the other.
            const given = [fields(ctx.query), fields(ctx.body)];
            const parts = [...given, ...given.map(({ data }) => fields(data))];
            if (parts.some((part) => part["requireTwoFactor"] === true)) {
              throw new APIError("FORBIDDEN", {
                code: "TWO_FACTOR_REQUIRED",
                message:
                  "Turn on two-factor authentication for yourself before you demand it of members.",
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

/**
 * Tells whether the request names a tenant that demands a second factor and that the user belongs to or is invited to.
 */
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
    ...texts("organizationSlug").map((slug) => isSlug(slug)),
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
  // The invitation is addressed to the user, or is one of the user's own tenant to somebody else.
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
