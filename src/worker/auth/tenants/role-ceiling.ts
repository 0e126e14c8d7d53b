/**
 * Nobody may grant a tenant role with permissions that their own roles in the tenant lack. Roles are granted by
 * inviting somebody, by changing a member's role, by defining a role, and by renaming one to the name that a membership
 * already has. Better Auth lets only owners grant `owner`, and lets the author of a role put only their own permissions
 * into it, but checks nothing else. Platform admins have routes of their own, and may grant any role.
 *
 * The decision is made before the write, so the write is made only while the roles are as they were judged
 * (`judged-roles.ts`).
 */
import { and, eq, or, sql, type SQL } from "drizzle-orm";
import { APIError, createAuthMiddleware } from "better-auth/api";
import * as z from "zod";
import type { PhasedPlugin } from "../plugin-order.ts";
import type { Database } from "../../db/database.ts";
import { invitation, member, organizationRole } from "../../db/schema.ts";
import { sessionBeforeRoute } from "../sessions/session-before-route.ts";
import { isRoleName, roleNameRule } from "../../input/role-name.ts";
import { ownerRole, roleNames, tenantRoles } from "../roles.ts";
import type { RoleGrant } from "../routes/record.ts";
import type { Routes } from "../routes/register.ts";
import { judgedRoles } from "./judged-roles.ts";

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

/** The name that a request would give to a role. */
const readNewName: Record<RoleGrant["what"], (body: Body) => string | undefined> = {
  invited: () => undefined,
  member: () => undefined,
  // The field of this route holds one name.
  defined: ({ role }) => (typeof role === "string" ? role : undefined),
  changed: ({ data }) => data?.roleName,
};

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
  // Better Auth compares the permissions of the new role with those of its author.
  defined: async () => [],
  async changed(database, tenantId, { data, roleName = "", roleId = "" }) {
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
            if (grant === undefined || !body.success) return;
            const newName = readNewName[grant.what](body.data);
            if (newName !== undefined && !isRoleName(newName)) {
              throw new APIError("BAD_REQUEST", {
                code: "INVALID_ROLE_NAME",
                message: roleNameRule,
              });
            }
            const signedIn = await sessionBeforeRoute(ctx);
            if (signedIn === null) return;
            const { session, user } = signedIn;
            const active: unknown = session["activeOrganizationId"];
            const tenantId = body.data.organizationId || active;
            if (typeof tenantId !== "string") return;
            const granter = await database.query.member.findFirst({
              columns: { id: true, role: true },
              where: and(eq(member.organizationId, tenantId), eq(member.userId, user.id)),
            });
            if (granter === undefined) return;
            const own = roleNames(granter.role);
            if (own.includes(ownerRole)) {
              judgedRoles.set({ tenantId, granter, definitions: [] });
              return;
            }
            // The route itself lets only owners grant `owner`.
            const granted = (await grantReaders[grant.what](database, tenantId, body.data)).filter(
              (name) => name !== ownerRole,
            );
            const { permitted, definitions } = await readPermissions(database, tenantId, [
              ...own,
              ...granted,
            ]);
            judgedRoles.set({ tenantId, granter, definitions });
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
 * Reads roles by name, case-sensitively as Better Auth does: their definitions, and a function that combines the
 * permissions of some of them, each as `member:update`.
 */
async function readPermissions(database: Database, tenantId: string, names: string[]) {
  const builtIn = Object.entries<{ statements: unknown }>(tenantRoles).map(([name, role]) => ({
    name,
    statements: statements.parse(role.statements),
  }));
  const others = [...new Set(names.filter((name) => !Object.hasOwn(tenantRoles, name)))];
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
  const permitted = (wanted: readonly string[]) =>
    new Set(
      roles
        .filter(({ name }) => wanted.includes(name))
        .flatMap((role) => Object.entries(role.statements))
        .flatMap(([resource, actions]) => actions.map((action) => `${resource}:${action}`)),
    );
  const definitions = others.map((role) => ({
    role,
    permission: own.find((row) => row.role === role)?.permission ?? null,
  }));
  return { permitted, definitions };
}

async function readTenantRoles(database: Database, tenantId: string, which: SQL | undefined) {
  return database.query.organizationRole.findMany({
    columns: { role: true, permission: true },
    where: and(eq(organizationRole.organizationId, tenantId), which),
  });
}
