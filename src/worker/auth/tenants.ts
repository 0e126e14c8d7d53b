/**
 * Platform admins over every tenant, whether or not they are members: `/platform/tenants` and what belongs to it.
 * Better Auth's organization routes ask for a membership everywhere. Each change and its audit event are one batch: no
 * change goes unrecorded. The last-owner rule is the schema's.
 */
import { and, asc, eq, gte, lt, or, sql } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import { generateId, type BetterAuthPlugin } from "better-auth";
import { APIError, createAuthEndpoint } from "better-auth/api";
import { z } from "zod";
import { answering } from "../db/adapter.ts";
import type { Database } from "../db/database.ts";
import { invitation, member, organization, organizationRole, user } from "../db/schema.ts";
import { auditInsert, type AuditEvent } from "./audit.ts";
import { after, nextCursor, pageQuery } from "./keyset.ts";
import { platformAdminMiddleware } from "./platform-admin.ts";
import { ownerRole, tenantRoles } from "./roles.ts";

const name = z.string().trim().min(1).max(256);
const slug = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, "lower-case letters, digits and single dashes");
const logo = z.url({ protocol: /^https?$/ }).max(2048);
const metadata = z.record(z.string().max(64), z.unknown());
const role = z.string().min(1).max(64);
const createBody = z.strictObject({
  name,
  slug,
  ownerId: z.string().max(64),
  logo: logo.optional(),
  metadata: metadata.optional(),
});
const updateBody = z
  .strictObject({ name, slug, logo: logo.nullable(), metadata: metadata.nullable() })
  .partial()
  .refine((body) => Object.keys(body).length > 0, "name what is to change");
const memberBody = z.strictObject({ userId: z.string().max(64), role });
const roleBody = z.strictObject({ role });
const invitationBody = z.strictObject({ email: z.email().max(254), role });
const tenantQuery = z.strictObject({ ...pageQuery, search: z.string().max(64).optional() });
const memberQuery = z.strictObject(pageQuery);

export interface InvitationNotice {
  id: string;
  email: string;
  role: string;
  tenant: string;
  inviter: string;
}

interface TenantsOptions {
  database: Database;
  invitationSeconds: number;
  /** Sends the invitation in the background. */
  onInvitation: (notice: InvitationNotice) => void;
}

export function tenants({ database, invitationSeconds, onInvitation }: TenantsOptions) {
  const document = (operationId: string, description: string) => ({
    openapi: { operationId, description, responses: { "200": { description: "Done" } } },
  });
  const options = <Method extends "GET" | "POST" | "PATCH" | "DELETE">(
    method: Method,
    operationId: string,
    description: string,
  ) => ({
    method,
    requireHeaders: true as const,
    use: [platformAdminMiddleware],
    metadata: document(operationId, description),
  });

  /** Runs `changes` with their audit event in one batch. */
  async function change<Changes extends readonly BatchItem<"sqlite">[]>(
    ctx: AdminContext,
    event: Omit<AuditEvent, "actorId" | "headers">,
    ...changes: Changes
  ) {
    const entry = auditInsert(database, {
      ...event,
      actorId: ctx.context.session.user.id,
      headers: ctx.headers,
    });
    const [, ...results] = await answering(() => database.batch([entry, ...changes]));
    return results as unknown as BatchResults<Changes>;
  }

  async function findTenant(id: string) {
    const tenant = await database.query.organization.findFirst({ where: eq(organization.id, id) });
    return tenant === undefined ? refuse("TENANT_NOT_FOUND", "There is no such tenant.") : tenant;
  }

  async function findMember(tenantId: string, memberId: string) {
    const membership = await database.query.member.findFirst({
      where: and(eq(member.id, memberId), eq(member.organizationId, tenantId)),
    });
    return membership === undefined
      ? refuse("MEMBER_NOT_FOUND", "The tenant has no such member.")
      : membership;
  }

  /** The role as it is stored. @throws {APIError} 400 when the tenant does not have it. */
  async function knownRole(tenantId: string, wanted: string): Promise<string> {
    if (wanted in tenantRoles) return wanted;
    const own = await database.query.organizationRole.findFirst({
      columns: { id: true },
      where: and(eq(organizationRole.organizationId, tenantId), eq(organizationRole.role, wanted)),
    });
    if (own !== undefined) return wanted;
    throw new APIError("BAD_REQUEST", {
      code: "ROLE_NOT_FOUND",
      message: "The tenant has no such role: owner, admin, member, or one of its own.",
    });
  }

  return {
    id: "nno-tenants",
    endpoints: {
      platformListTenants: createAuthEndpoint(
        "/platform/tenants",
        {
          ...options(
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
          return ctx.json({ tenants: rows.map(present), nextCursor: nextCursor(rows, limit) });
        },
      ),
      platformCreateTenant: createAuthEndpoint(
        "/platform/tenants",
        {
          ...options("POST", "platformCreateTenant", "A new tenant with its first owner"),
          body: createBody,
        },
        async (ctx) => {
          const { ownerId, metadata: data, ...fields } = ctx.body;
          const createdAt = new Date();
          const tenantId = generateId();
          const row = {
            id: tenantId,
            ...fields,
            metadata: data && JSON.stringify(data),
            createdAt,
          };
          const owner = {
            id: generateId(),
            organizationId: tenantId,
            userId: ownerId,
            role: ownerRole,
            createdAt,
          };
          const [tenant] = await change(
            ctx,
            {
              event: "tenant.created",
              tenantId,
              subjectId: ownerId,
              detail: { name: fields.name },
            },
            database.insert(organization).values(row).returning(),
            database.insert(member).values(owner),
          );
          return ctx.json({ tenant: tenant[0] && present(tenant[0]) });
        },
      ),
      platformGetTenant: createAuthEndpoint(
        "/platform/tenants/:id",
        options("GET", "platformGetTenant", "One tenant"),
        async (ctx) => ctx.json({ tenant: present(await findTenant(ctx.params.id)) }),
      ),
      platformUpdateTenant: createAuthEndpoint(
        "/platform/tenants/:id",
        {
          ...options("PATCH", "platformUpdateTenant", "Changes the named fields"),
          body: updateBody,
        },
        async (ctx) => {
          const { id } = await findTenant(ctx.params.id);
          const { metadata: data, ...fields } = ctx.body;
          const metadataColumn =
            data === undefined ? {} : { metadata: data && JSON.stringify(data) };
          const [updated] = await change(
            ctx,
            {
              event: "tenant.updated",
              tenantId: id,
              detail: { fields: Object.keys(ctx.body).join(",") },
            },
            database
              .update(organization)
              .set({ ...fields, ...metadataColumn })
              .where(eq(organization.id, id))
              .returning(),
          );
          return ctx.json({ tenant: updated[0] && present(updated[0]) });
        },
      ),
      platformDeleteTenant: createAuthEndpoint(
        "/platform/tenants/:id",
        options(
          "DELETE",
          "platformDeleteTenant",
          "Deletes the tenant with its members, invitations and roles",
        ),
        async (ctx) => {
          const tenant = await findTenant(ctx.params.id);
          await change(
            ctx,
            { event: "tenant.deleted", tenantId: tenant.id, detail: { name: tenant.name } },
            database.delete(organization).where(eq(organization.id, tenant.id)),
          );
          return ctx.json({ success: true });
        },
      ),
      platformListMembers: createAuthEndpoint(
        "/platform/tenants/:id/members",
        {
          ...options("GET", "platformListMembers", "A tenant's members, oldest first"),
          query: memberQuery,
        },
        async (ctx) => {
          const { id } = await findTenant(ctx.params.id);
          const { limit, cursor } = ctx.query;
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
            .where(and(eq(member.organizationId, id), after(cursor, member)))
            .orderBy(asc(member.createdAt), asc(member.id))
            .limit(limit);
          return ctx.json({ members: rows, nextCursor: nextCursor(rows, limit) });
        },
      ),
      platformAddMember: createAuthEndpoint(
        "/platform/tenants/:id/members",
        { ...options("POST", "platformAddMember", "Makes a user a member"), body: memberBody },
        async (ctx) => {
          const { id: tenantId } = await findTenant(ctx.params.id);
          const { userId } = ctx.body;
          const memberRole = await knownRole(tenantId, ctx.body.role);
          const row = {
            id: generateId(),
            organizationId: tenantId,
            userId,
            role: memberRole,
            createdAt: new Date(),
          };
          const [added] = await change(
            ctx,
            { event: "member.added", tenantId, subjectId: userId, detail: { role: memberRole } },
            database.insert(member).values(row).returning(),
          );
          return ctx.json({ member: added[0] });
        },
      ),
      platformSetMemberRole: createAuthEndpoint(
        "/platform/tenants/:id/members/:memberId",
        { ...options("PATCH", "platformSetMemberRole", "Changes a member's role"), body: roleBody },
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
            database
              .update(member)
              .set({ role: memberRole })
              .where(eq(member.id, membership.id))
              .returning(),
          );
          return ctx.json({ member: updated[0] });
        },
      ),
      platformRemoveMember: createAuthEndpoint(
        "/platform/tenants/:id/members/:memberId",
        options("DELETE", "platformRemoveMember", "Ends a membership"),
        async (ctx) => {
          const membership = await findMember(ctx.params.id, ctx.params.memberId);
          await change(
            ctx,
            {
              event: "member.removed",
              tenantId: membership.organizationId,
              subjectId: membership.userId,
            },
            database.delete(member).where(eq(member.id, membership.id)),
          );
          return ctx.json({ success: true });
        },
      ),
      platformListInvitations: createAuthEndpoint(
        "/platform/tenants/:id/invitations",
        {
          ...options("GET", "platformListInvitations", "A tenant's invitations, oldest first"),
          query: memberQuery,
        },
        async (ctx) => {
          const { id } = await findTenant(ctx.params.id);
          const { limit, cursor } = ctx.query;
          const rows = await database
            .select()
            .from(invitation)
            .where(and(eq(invitation.organizationId, id), after(cursor, invitation)))
            .orderBy(asc(invitation.createdAt), asc(invitation.id))
            .limit(limit);
          return ctx.json({ invitations: rows, nextCursor: nextCursor(rows, limit) });
        },
      ),
      platformInvite: createAuthEndpoint(
        "/platform/tenants/:id/invitations",
        { ...options("POST", "platformInvite", "Invites an address"), body: invitationBody },
        async (ctx) => {
          const tenant = await findTenant(ctx.params.id);
          const email = ctx.body.email.toLowerCase();
          const inviter = ctx.context.session.user;
          const now = Date.now();
          const row = {
            id: generateId(),
            organizationId: tenant.id,
            email,
            role: await knownRole(tenant.id, ctx.body.role),
            inviterId: inviter.id,
            expiresAt: new Date(now + invitationSeconds * 1000),
            createdAt: new Date(now),
          };
          const [created] = await change(
            ctx,
            { event: "invitation.created", tenantId: tenant.id, detail: { email, role: row.role } },
            database.insert(invitation).values(row).returning(),
          );
          onInvitation({
            id: row.id,
            email,
            role: row.role,
            tenant: tenant.name,
            inviter: inviter.name,
          });
          return ctx.json({ invitation: created[0] });
        },
      ),
      platformCancelInvitation: createAuthEndpoint(
        "/platform/tenants/:id/invitations/:invitationId",
        options("DELETE", "platformCancelInvitation", "Withdraws a pending invitation"),
        async (ctx) => {
          const pending = and(
            eq(invitation.id, ctx.params.invitationId),
            eq(invitation.organizationId, ctx.params.id),
            eq(invitation.status, "pending"),
          );
          const found = await database.query.invitation.findFirst({ where: pending });
          if (found === undefined) {
            return refuse("INVITATION_NOT_FOUND", "The tenant has no such pending invitation.");
          }
          await change(
            ctx,
            {
              event: "invitation.canceled",
              tenantId: ctx.params.id,
              detail: { email: found.email },
            },
            database.update(invitation).set({ status: "canceled" }).where(pending),
          );
          return ctx.json({ success: true });
        },
      ),
      platformListMemberships: createAuthEndpoint(
        "/platform/users/:id/memberships",
        options("GET", "platformListMemberships", "The tenants of a user, and the role in each"),
        async (ctx) => {
          const memberships = await database
            .select({
              id: member.id,
              role: member.role,
              createdAt: member.createdAt,
              tenant: { id: organization.id, name: organization.name, slug: organization.slug },
            })
            .from(member)
            .innerJoin(organization, eq(organization.id, member.organizationId))
            .where(eq(member.userId, ctx.params.id))
            .orderBy(asc(member.createdAt));
          return ctx.json({ memberships });
        },
      ),
    },
  } satisfies BetterAuthPlugin;
}

interface AdminContext {
  context: { session: { user: { id: string } } };
  headers?: Headers | undefined;
}

type BatchResults<Changes extends readonly BatchItem<"sqlite">[]> = {
  [Index in keyof Changes]: Changes[Index]["_"]["result"];
};

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

function refuse(code: string, message: string): never {
  throw new APIError("NOT_FOUND", { code, message });
}
