/**
 * Platform admins over every tenant, whether or not they are members: `/platform/tenants`, and the plugin that gathers
 * the routes below it. Better Auth's organization routes ask for a membership everywhere.
 */
import { and, asc, eq, gte, lt, or, sql } from "drizzle-orm";
import { generateId, type BetterAuthPlugin } from "better-auth";
import { createAuthEndpoint } from "better-auth/api";
import * as z from "zod";
import type { Database } from "../../db/database.ts";
import { member, organization } from "../../db/schema.ts";
import { after, nextCursor, pageQuery } from "../keyset.ts";
import { ownerRole } from "../roles.ts";
import { administer, found, route } from "./administration.ts";
import { invitationRoutes, type InvitationNotice } from "./invitations.ts";
import { memberRoutes } from "./members.ts";

const name = z.string().trim().min(1).max(256);
const slug = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, "lower-case letters, digits and single dashes");
const logo = z.url({ protocol: /^https?$/ }).max(2048);
const metadata = z.record(z.string().max(64), z.unknown());
const createBody = z.strictObject({
  name,
  slug,
  ownerId: z.string().max(64),
  logo: logo.optional(),
  metadata: metadata.optional(),
});
const updateBody = z
  .strictObject({
    name,
    slug,
    logo: logo.nullable(),
    metadata: metadata.nullable(),
    requireTwoFactor: z.boolean(),
  })
  .partial()
  .refine((body) => Object.keys(body).length > 0, "name what is to change");
const tenantQuery = z.strictObject({ ...pageQuery, search: z.string().max(64).optional() });

interface TenantsOptions {
  database: Database;
  invitationSeconds: number;
  /** Sends the invitation in the background. */
  onInvitation: (notice: InvitationNotice) => void;
}

export function tenants({ database, invitationSeconds, onInvitation }: TenantsOptions) {
  const administration = administer(database);
  const { change, read, findTenant, tenantExists } = administration;
  const gone = "There is no such tenant any more.";

  return {
    id: "nno-tenants",
    endpoints: {
      platformListTenants: createAuthEndpoint(
        "/platform/tenants",
        {
          ...route(
            "GET",
            "platformListTenants",
            "Every tenant, oldest first. `search` matches the start of a name or slug.",
          ),
          query: tenantQuery,
        },
        async (ctx) => {
          const { limit, cursor, search } = ctx.query;
          const rows = await database
            .select()
            .from(organization)
            .where(and(startsWith(search), after(cursor, organization)))
            .orderBy(asc(organization.createdAt), asc(organization.id))
            .limit(limit);
          await read(ctx, { event: "tenants.listed", detail: { search } });
          return ctx.json({ tenants: rows.map(present), nextCursor: nextCursor(rows, limit) });
        },
      ),
      platformCreateTenant: createAuthEndpoint(
        "/platform/tenants",
        {
          ...route("POST", "platformCreateTenant", "A new tenant with its first owner"),
          body: createBody,
        },
        async (ctx) => {
          const { ownerId, metadata: data, ...fields } = ctx.body;
          const createdAt = new Date();
          const id = generateId();
          const row = { id, ...fields, metadata: data && JSON.stringify(data), createdAt };
          const owner = { organizationId: id, userId: ownerId, role: ownerRole, createdAt };
          const [created] = await change(
            ctx,
            {
              event: "tenant.created",
              tenantId: id,
              subjectId: ownerId,
              detail: { name: fields.name },
            },
            undefined,
            database.insert(organization).values(row).returning(),
            database.insert(member).values({ id: generateId(), ...owner }),
          );
          return ctx.json({ tenant: present(found(created[0], "TENANT_NOT_FOUND", gone)) });
        },
      ),
      platformGetTenant: createAuthEndpoint(
        "/platform/tenants/:id",
        route("GET", "platformGetTenant", "One tenant"),
        async (ctx) => {
          const tenant = await findTenant(ctx.params.id);
          await read(ctx, { event: "tenant.read", tenantId: tenant.id });
          return ctx.json({ tenant: present(tenant) });
        },
      ),
      platformUpdateTenant: createAuthEndpoint(
        "/platform/tenants/:id",
        { ...route("PATCH", "platformUpdateTenant", "Changes the named fields"), body: updateBody },
        async (ctx) => {
          const { id } = ctx.params;
          const { metadata: data, ...fields } = ctx.body;
          const dataColumn = data === undefined ? {} : { metadata: data && JSON.stringify(data) };
          const [updated] = await change(
            ctx,
            {
              event: "tenant.updated",
              tenantId: id,
              detail: { fields: Object.keys(ctx.body).join(",") },
            },
            tenantExists(id),
            database
              .update(organization)
              .set({ ...fields, ...dataColumn })
              .where(eq(organization.id, id))
              .returning(),
          );
          return ctx.json({ tenant: present(found(updated[0], "TENANT_NOT_FOUND", gone)) });
        },
      ),
      platformDeleteTenant: createAuthEndpoint(
        "/platform/tenants/:id",
        route(
          "DELETE",
          "platformDeleteTenant",
          "Deletes the tenant with its members, invitations and roles",
        ),
        async (ctx) => {
          const tenant = await findTenant(ctx.params.id);
          const [deleted] = await change(
            ctx,
            { event: "tenant.deleted", tenantId: tenant.id, detail: { name: tenant.name } },
            tenantExists(tenant.id),
            database
              .delete(organization)
              .where(eq(organization.id, tenant.id))
              .returning({ id: organization.id }),
          );
          found(deleted[0], "TENANT_NOT_FOUND", gone);
          return ctx.json({ success: true });
        },
      ),
      ...memberRoutes(database, administration),
      ...invitationRoutes(database, administration, { invitationSeconds, onInvitation }),
    },
  } satisfies BetterAuthPlugin;
}

/** Rows whose slug or name starts with `search`, whatever the case: two ranges, each of an index. */
function startsWith(search: string | undefined) {
  if (search === undefined || search === "") return undefined;
  const from = search.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  const to = `${from}\u{10FFFF}`;
  const lowerName = sql`lower(${organization.name})`;
  return or(
    and(gte(organization.slug, from), lt(organization.slug, to)),
    and(gte(lowerName, from), lt(lowerName, to)),
  );
}

function present(tenant: typeof organization.$inferSelect) {
  const data = tenant.metadata;
  return { ...tenant, metadata: data === null ? null : (JSON.parse(data) as unknown) };
}
