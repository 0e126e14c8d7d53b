/**
 * Nobody may grant a tenant role with permissions that their own roles in the tenant lack. Roles are granted by
 * inviting somebody, by changing a member's role, and by renaming a role to the name that a membership already has.
 * Better Auth lets only owners grant `owner`, and lets the author of a role put only their own permissions into it, but
 * checks nothing else. Platform admins have routes of their own, and may grant any role.
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

const lowestRole = "member" satisfies keyof typeof tenantRoles;

/** The fields of a body that say what is granted. The route itself refuses a malformed body. */
const bodySchema = z.object({
  organizationId: z.string().nullish(),
  role: z.union([z.string(), z.array(z.string())]).optional(),
  email: z.string().optional(),
  resend: z.boolean().nullish(),
  roleName: z.string().optional(),
  roleId: z.string().optional(),
  data: z.object({ roleName: z.string().optional() }).optional(),
});
type Body = z.infer<typeof bodySchema>;

type ReadGranted = (database: Database, tenantId: string, body: Body) => Promise<string[]>;

/** Reads the names of the roles that a request would grant, by what its route grants. */
const grantReaders: Record<RoleGrant["what"], ReadGranted> = {
  async invited(database, tenantId, { role = [], email = "", resend }) {
    if (resend !== true) return roleNames(role);
    // Whatever role the request names, the pending invitation is mailed again and extended.
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
    const renamed = await readTenantRoles(
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
            const body = bodySchema.safeParse(ctx.body);
            const signedIn = await sessionBeforeRoute(ctx);
            if (grant === undefined || !body.success || signedIn === null) return;
            const { session, user } = signedIn;
            const active: unknown = session["activeOrganizationId"];
            const tenantId = body.data.organizationId || active;
            if (typeof tenantId !== "string") return;
            const granter = await database.query.member.findFirst({
              columns: { role: true },
              where: and(eq(member.organizationId, tenantId), eq(member.userId, user.id)),
            });
            const own = roleNames(granter?.role ?? "");
            if (granter === undefined || own.includes(ownerRole)) return;
            // The route itself lets only owners grant `owner`.
            const granted = (await grantReaders[grant.what](database, tenantId, body.data)).filter(
              (name) => name !== ownerRole,
            );
            const permitted = await permissionsOf(database, tenantId, [...own, ...granted]);
            // Everybody may grant the permissions of `member`, so that a role that may only invite can invite members.
            const held = permitted([...own, lowestRole]);
            const isAbove = [...permitted(granted)].some((permission) => !held.has(permission));
            if (!isAbove || !held.has(grant.needs)) return;
            throw new APIError("FORBIDDEN", {
              code: "ROLE_ABOVE_YOUR_OWN",
              message:
                "You cannot grant this role, because it has permissions that your own role lacks.",
            });
          }),
        },
      ],
    },
  } satisfies PhasedPlugin;
}

const statements = z.record(z.string(), z.array(z.string()));

/**
 * Reads roles by name, case-sensitively as Better Auth does. Returns a function that combines the permissions of some
 * of them, each as `member:update`.
 */
async function permissionsOf(database: Database, tenantId: string, names: string[]) {
  const builtIn = Object.entries<{ statements: unknown }>(tenantRoles).map(([name, role]) => ({
    name,
    statements: statements.parse(role.statements),
  }));
  const others = names.filter((name) => !Object.hasOwn(tenantRoles, name));
  const own =
    others.length === 0
      ? []
      : await readTenantRoles(
          database,
          tenantId,
          // The names are one bound value, because D1 takes at most a hundred.
          sql`${organizationRole.role} IN (SELECT value FROM json_each(${JSON.stringify(others)}))`,
        );
  const roles = [
    ...builtIn,
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

async function readTenantRoles(database: Database, tenantId: string, which: SQL | undefined) {
  return database.query.organizationRole.findMany({
    columns: { role: true, permission: true },
    where: and(eq(organizationRole.organizationId, tenantId), which),
  });
}
