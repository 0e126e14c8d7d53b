/**
 * `/platform/tenants`, where platform admins manage every tenant, and the plugin that collects the routes below it.
 * Better Auth's own organization routes serve only members of a tenant.
 */
import { asc, eq } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import { generateId } from "better-auth";
import { createAuthEndpoint } from "better-auth/api";
import * as z from "zod";
import type { PhasedPlugin } from "../plugin-order.ts";
import type { Database } from "../../db/database.ts";
import { member, organization } from "../../db/schema.ts";
import { after, nextCursor, pageQuery, type Page } from "../../db/pages/keyset.ts";
import { searchPage } from "../../db/pages/prefix-search.ts";
import type { CountInvitation } from "../tenants/invitation-budget.ts";
import { ownerRole } from "../roles.ts";
import { paths } from "../routes/paths.ts";
import { administer, found, route } from "./administration.ts";
import { invitationRoutes, type InvitationNotice } from "./tenant-invitations.ts";
import { memberRoutes } from "./tenant-members.ts";

const name = z.string().trim().min(1).max(256);
const slug = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, "lower-case letters, digits and single dashes");
/** `input/sizes.ts` says what a logo is, and how large it and the metadata may be. */
const logo = z.string();
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
  .refine((body) => Object.keys(body).length > 0, "name at least one field to change");
const tenantQuery = z.strictObject({ ...pageQuery, search: z.string().max(64).optional() });

type TenantRow = typeof organization.$inferSelect;

interface TenantsOptions {
  database: Database;
  bringLimits: () => BatchItem<"sqlite">;
  invitationSeconds: number;
  countInvitation: CountInvitation;
  /** Sends the invitation in the background. */
  onInvitation: (notice: InvitationNotice) => void;
}

export function tenants({ database, bringLimits, ...invitations }: TenantsOptions) {
  const administration = administer(database, bringLimits);
  const { change, read, findTenant, tenantExists } = administration;
  const gone = "The tenant no longer exists.";

  async function oldestFirst(cursor: string | undefined, limit: number): Promise<Page<TenantRow>> {
    const rows = await database
      .select()
      .from(organization)
      .where(after(cursor, organization))
      .orderBy(asc(organization.createdAt), asc(organization.id))
      .limit(limit);
    return { rows, nextCursor: nextCursor(rows, limit) };
  }

  return {
    id: "nno-tenants",
    phase: "serve",
    endpoints: {
      platformListTenants: createAuthEndpoint(
        paths.tenants,
        {
          ...route(
            "GET",
            "platformListTenants",
            "Every tenant, oldest first. `search` matches the start of a slug, then of a name; its pages may be short while `nextCursor` names another.",
          ),
          query: tenantQuery,
        },
        async (ctx) => {
          const { limit, cursor, search = "" } = ctx.query;
          const page =
            search === ""
              ? await oldestFirst(cursor, limit)
              : await searchPage<TenantRow>(
                  { search, cursor, limit },
                  {
                    key: organization.slug,
                    name: organization.name,
                    id: organization.id,
                    keyOf: ({ slug: key }) => key,
                    read: async (where, order, most) =>
                      database
                        .select()
                        .from(organization)
                        .where(where)
                        .orderBy(...order)
                        .limit(most),
                  },
                );
          await read(ctx, {
            event: "tenants.listed",
            detail: search === "" ? undefined : { search },
          });
          return ctx.json({ tenants: page.rows.map(present), nextCursor: page.nextCursor });
        },
      ),
      platformCreateTenant: createAuthEndpoint(
        paths.tenants,
        {
          ...route("POST", "platformCreateTenant", "Creates a tenant with its first owner"),
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
        paths.tenant,
        route("GET", "platformGetTenant", "One tenant"),
        async (ctx) => {
          const tenant = await findTenant(ctx.params.id);
          await read(ctx, { event: "tenant.read", tenantId: tenant.id });
          return ctx.json({ tenant: present(tenant) });
        },
      ),
      platformUpdateTenant: createAuthEndpoint(
        paths.tenant,
        { ...route("PATCH", "platformUpdateTenant", "Changes the named fields"), body: updateBody },
        async (ctx) => {
          const { id } = ctx.params;
          const { metadata: data, ...fields } = ctx.body;
          const { requireTwoFactor } = fields;
          const dataColumn = data === undefined ? {} : { metadata: data && JSON.stringify(data) };
          const [updated] = await change(
            ctx,
            {
              event: "tenant.updated",
              tenantId: id,
              detail: { fields: Object.keys(ctx.body).join(","), requireTwoFactor },
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
        paths.tenant,
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
      ...invitationRoutes(database, administration, invitations),
    },
  } satisfies PhasedPlugin;
}

function present(tenant: TenantRow) {
  const data = tenant.metadata;
  return { ...tenant, metadata: data === null ? null : (JSON.parse(data) as unknown) };
}
