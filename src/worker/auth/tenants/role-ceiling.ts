/**
 * Nobody gives a role of a tenant that permits what their own roles there do not: neither by an invitation nor to a member,
 * nor by a new name for a role, which may be the name that somebody's membership has. Better Auth keeps `owner` for
 * owners, and what a role permits within what its author may do; all else it lets pass. Platform admins, on their own
 * routes, are above every tenant.
 */
import { and, eq, or, sql, type SQL } from "drizzle-orm";
import { APIError, createAuthMiddleware } from "better-auth/api";
import * as z from "zod";
import type { PhasedPlugin } from "../plugin-order.ts";
import type { Database } from "../../db/database.ts";
import { invitation, member, organizationRole } from "../../db/schema.ts";
import { sessionBeforeRoute } from "../sessions/session-before-route.ts";
import { ownerRole, roleNames, tenantRoles } from "../roles.ts";
import type { RoleGrant } from "../routes/record.ts";
import type { Routes } from "../routes/register.ts";

const leastRole = "member" satisfies keyof typeof tenantRoles;

/** What of a body says what is given; the route refuses one that is not as it should be. */
const bodyOf = z.object({
  organizationId: z.string().nullish(),
  role: z.union([z.string(), z.array(z.string())]).optional(),
  email: z.string().optional(),
  resend: z.boolean().nullish(),
  roleName: z.string().optional(),
  roleId: z.string().optional(),
  data: z.object({ roleName: z.string().optional() }).optional(),
});
type Body = z.infer<typeof bodyOf>;

type ReadGranted = (database: Database, tenantId: string, body: Body) => Promise<string[]>;

/** What a route grants -> the names of the roles that a request of it would grant. */
const granted: Record<RoleGrant["what"], ReadGranted> = {
  async invited(database, tenantId, { role = [], email = "", resend }) {
    if (resend !== true) return roleNames(role);
    // The pending invitation is mailed again and lives longer, whatever role the request names.
    const pending = await database.query.invitation.findFirst({
      columns: { role: true },
      where: and(
        eq(invitation.organizationId, tenantId),
        eq(invitation.email, email.toLowerCase()),
        sql`${invitation.status} = 'pending'`,
      ),
    });
    return [...roleNames(role), ...roleNames(pending?.role ?? "")];
  },
  member: async (_database, _tenantId, { role = [] }) => roleNames(role),
  async renamed(database, tenantId, { data, roleName = "", roleId = "" }) {
    if (data?.roleName === undefined) return [];
    const renamed = await ownRoles(
      database,
      tenantId,
      or(eq(organizationRole.role, roleName), eq(organizationRole.id, roleId)),
    );
    return renamed.map(({ role }) => role);
  },
};

export function roleCeiling({ routes, database }: { routes: Routes; database: Database }) {
  return {
    id: "nno-role-ceiling",
    phase: "guard",
    hooks: {
      before: [
        {
          matcher: (context) => routes.of(context)?.grantsRole !== undefined,
          handler: createAuthMiddleware(async (ctx) => {
            const grant = routes.of(ctx)?.grantsRole;
            const body = bodyOf.safeParse(ctx.body);
            const signedIn = await sessionBeforeRoute(ctx);
            if (grant === undefined || !body.success || signedIn === null) return;
            const { session, user } = signedIn;
            const active: unknown = session["activeOrganizationId"];
            const tenantId = body.data.organizationId || active;
            if (typeof tenantId !== "string") return;
            const giver = await database.query.member.findFirst({
              columns: { role: true },
              where: and(eq(member.organizationId, tenantId), eq(member.userId, user.id)),
            });
            const own = roleNames(giver?.role ?? "");
            if (giver === undefined || own.includes(ownerRole)) return;
            // Kept for owners by the route, in its own words.
            const given = (await granted[grant.what](database, tenantId, body.data)).filter(
              (name) => name !== ownerRole,
            );
            const permitted = await permissionsOf(database, tenantId, [...own, ...given]);
            // What the least role has is nothing to be given: a role that may only invite invites members.
            const held = permitted([...own, leastRole]);
            const isAbove = [...permitted(given)].some((permission) => !held.has(permission));
            if (!isAbove || !held.has(grant.needs)) return;
            throw new APIError("FORBIDDEN", {
              code: "ROLE_ABOVE_YOUR_OWN",
              message: "This role permits more than yours does: you cannot give it to anybody.",
            });
          }),
        },
      ],
    },
  } satisfies PhasedPlugin;
}

const statements = z.record(z.string(), z.array(z.string()));

/** What roles of these names permit together, each as `member:update`. As Better Auth reads them: by the letter. */
async function permissionsOf(database: Database, tenantId: string, names: string[]) {
  const everyTenants = Object.entries<{ statements: unknown }>(tenantRoles).map(([name, role]) => ({
    name,
    statements: statements.parse(role.statements),
  }));
  const others = names.filter((name) => !Object.hasOwn(tenantRoles, name));
  const own =
    others.length === 0
      ? []
      : await ownRoles(
          database,
          tenantId,
          // One bound value: D1 takes at most a hundred.
          sql`${organizationRole.role} IN (SELECT value FROM json_each(${JSON.stringify(others)}))`,
        );
  const roles = [
    ...everyTenants,
    ...own.map(({ role, permission }) => ({
      name: role,
      statements: statements.parse(JSON.parse(permission)),
    })),
  ];
  return (wanted: readonly string[]) =>
    new Set(
      roles
        .filter(({ name }) => wanted.includes(name))
        .flatMap((role) => Object.entries(role.statements))
        .flatMap(([resource, actions]) => actions.map((action) => `${resource}:${action}`)),
    );
}

async function ownRoles(database: Database, tenantId: string, which: SQL | undefined) {
  return database.query.organizationRole.findMany({
    columns: { role: true, permission: true },
    where: and(eq(organizationRole.organizationId, tenantId), which),
  });
}
