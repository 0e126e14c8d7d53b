/**
 * The tables of one platform's database, with their columns, keys, indexes and relations. Rules that Drizzle cannot
 * express are triggers in `rules.sql`, which also gives the reason for each unique index.
 *
 * The tables here are Better Auth's, and those that refer to them; `test/worker/db/schema.test.ts` compares them with what its
 * plugins declare. The Worker's other tables are in `worker-tables.ts`. A row that must never exist twice has a unique index, because a check before the write would race: D1 has no
 * interactive transactions. Every index serves a query of a request or a bounded clean-up, because D1 bills the rows
 * that are read and written.
 *
 * Foreign keys cascade, so that no row is left without an owner. Deleting a user deletes their sessions, accounts,
 * memberships, second factor and sent invitations. Deleting a tenant deletes its members, invitations and roles.
 */
import { relations, sql } from "drizzle-orm";
import { index, integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { ownColumns } from "../own/columns.ts";
import { flag, timestamp } from "./column-types.ts";
import { isNeverConfirmed } from "./never-confirmed.ts";

export * from "./worker-tables.ts";

export const user = sqliteTable(
  "user",
  {
    id: text("id").primaryKey(),
    name: text("name").notNull(),
    email: text("email").notNull().unique("user_email_unique"),
    emailVerified: flag("email_verified").notNull().default(false),
    image: text("image"),
    createdAt: timestamp("created_at").notNull(),
    updatedAt: timestamp("updated_at").notNull(),
    role: text("role").notNull().default("user"),
    banned: flag("banned").default(false),
    banReason: text("ban_reason"),
    banExpires: timestamp("ban_expires"),
    twoFactorEnabled: flag("two_factor_enabled").default(false),
    ...ownColumns.user,
  },
  (table) => [
    index("user_created_at").on(table.createdAt, table.id),
    index("user_name_search").on(sql`lower(${table.name})`, table.id),
    // What maintenance deletes after a while.
    index("user_never_confirmed").on(table.createdAt).where(isNeverConfirmed),
    index("user_platform_admin")
      .on(table.id)
      .where(sql`role = 'platform-admin'`),
  ],
);

export const session = sqliteTable(
  "session",
  {
    id: text("id").primaryKey(),
    token: text("token").notNull().unique("session_token_unique"),
    userId: text("user_id")
      .notNull()
      .references(() => user.id, { onDelete: "cascade" }),
    expiresAt: timestamp("expires_at").notNull(),
    createdAt: timestamp("created_at").notNull(),
    updatedAt: timestamp("updated_at").notNull(),
    ipAddress: text("ip_address"),
    userAgent: text("user_agent"),
    impersonatedBy: text("impersonated_by"),
    /** The active tenant. A trigger, `member_clears_active_tenant`, clears it when the membership ends. */
    activeOrganizationId: text("active_organization_id"),
    /**
     * The admin's session from which this impersonation was started; `session_ends_impersonations` ends both together.
     */
    impersonatorSessionId: text("impersonator_session_id"),
    /** A provider, or a mailed link, vouched for the user at the sign-in, who showed no credential of the account. */
    vouchedFor: integer("vouched_for", { mode: "boolean" }),
    /** When the user last entered the password or a code again, after the sign-in that began the session. */
    provenAt: timestamp("proven_at"),
    ...ownColumns.session,
  },
  (table) => [
    index("session_user").on(table.userId),
    index("session_impersonator")
      .on(table.impersonatorSessionId)
      .where(sql`impersonator_session_id IS NOT NULL`),
    index("session_expires_at").on(table.expiresAt),
  ],
);

export const account = sqliteTable(
  "account",
  {
    id: text("id").primaryKey(),
    accountId: text("account_id").notNull(),
    providerId: text("provider_id").notNull(),
    userId: text("user_id")
      .notNull()
      .references(() => user.id, { onDelete: "cascade" }),
    accessToken: text("access_token"),
    refreshToken: text("refresh_token"),
    idToken: text("id_token"),
    accessTokenExpiresAt: timestamp("access_token_expires_at"),
    refreshTokenExpiresAt: timestamp("refresh_token_expires_at"),
    scope: text("scope"),
    password: text("password"),
    createdAt: timestamp("created_at").notNull(),
    updatedAt: timestamp("updated_at").notNull(),
    ...ownColumns.account,
  },
  (table) => [
    uniqueIndex("account_one_per_identity").on(table.providerId, table.accountId),
    index("account_user").on(table.userId),
  ],
);

export const verification = sqliteTable(
  "verification",
  {
    id: text("id").primaryKey(),
    identifier: text("identifier").notNull(),
    value: text("value").notNull(),
    expiresAt: timestamp("expires_at").notNull(),
    createdAt: timestamp("created_at").notNull(),
    updatedAt: timestamp("updated_at").notNull(),
    ...ownColumns.verification,
  },
  (table) => [
    index("verification_identifier").on(table.identifier),
    index("verification_expires_at").on(table.expiresAt),
    // Finds a user's trusted devices, challenges and reset links. Longer values, such as OAuth states, name no user.
    index("verification_user")
      .on(table.value)
      .where(sql`length(value) <= 64`),
  ],
);

export const organization = sqliteTable(
  "organization",
  {
    id: text("id").primaryKey(),
    name: text("name").notNull(),
    slug: text("slug").notNull().unique("organization_slug_unique"),
    logo: text("logo"),
    metadata: text("metadata"),
    /** The tenant demands two-factor authentication of its members: see `session_tenant_needs_two_factor`. */
    requireTwoFactor: integer("require_two_factor", { mode: "boolean" }).notNull().default(false),
    createdAt: timestamp("created_at").notNull(),
    ...ownColumns.organization,
  },
  (table) => [
    index("organization_created_at").on(table.createdAt, table.id),
    // Slugs name a tenant in any case: the triggers `organization_slug_*` and look-ups by slug.
    index("organization_slug_any_case").on(sql`lower(${table.slug})`),
    index("organization_name_search").on(sql`lower(${table.name})`, table.id),
  ],
);

export const member = sqliteTable(
  "member",
  {
    id: text("id").primaryKey(),
    organizationId: text("organization_id")
      .notNull()
      .references(() => organization.id, { onDelete: "cascade" }),
    userId: text("user_id")
      .notNull()
      .references(() => user.id, { onDelete: "cascade" }),
    /** `owner`, `admin`, `member` or a role of `organizationRole`; several are separated by commas. */
    role: text("role").notNull().default("member"),
    createdAt: timestamp("created_at").notNull(),
    ...ownColumns.member,
  },
  (table) => [
    uniqueIndex("member_one_per_tenant").on(table.organizationId, table.userId),
    index("member_user").on(table.userId, table.createdAt, table.id),
    index("member_created_at").on(table.organizationId, table.createdAt, table.id),
    index("member_own_role")
      .on(table.organizationId, table.role)
      .where(sql`role NOT IN ('owner', 'admin', 'member')`),
    // The triggers `member_last_owner_delete` and `member_last_owner_update` look for the other owners of a tenant.
    index("member_owner")
      .on(table.organizationId)
      .where(sql`instr(',' || role || ',', ',owner,') > 0`),
    // The triggers `member_owner_limit_insert` and `member_owner_limit_update` count the tenants that a user owns.
    index("member_owned")
      .on(table.userId)
      .where(sql`instr(',' || role || ',', ',owner,') > 0`),
  ],
);

/**
 * How many members a tenant has. Triggers keep it, so that the limit of members costs one row however many there are.
 */
export const tenantSize = sqliteTable("tenant_size", {
  organizationId: text("organization_id")
    .primaryKey()
    .references(() => organization.id, { onDelete: "cascade" }),
  members: integer("members").notNull(),
});

export const invitation = sqliteTable(
  "invitation",
  {
    id: text("id").primaryKey(),
    organizationId: text("organization_id")
      .notNull()
      .references(() => organization.id, { onDelete: "cascade" }),
    email: text("email").notNull(),
    role: text("role"),
    status: text("status").notNull().default("pending"),
    expiresAt: timestamp("expires_at").notNull(),
    createdAt: timestamp("created_at").notNull(),
    inviterId: text("inviter_id")
      .notNull()
      .references(() => user.id, { onDelete: "cascade" }),
    ...ownColumns.invitation,
  },
  (table) => [
    uniqueIndex("invitation_one_pending")
      .on(table.organizationId, table.email)
      .where(sql`status = 'pending'`),
    index("invitation_pending")
      .on(table.organizationId, table.expiresAt)
      .where(sql`status = 'pending'`),
    index("invitation_tenant").on(table.organizationId, table.createdAt, table.id),
    index("invitation_email").on(table.email, table.createdAt),
    index("invitation_expires_at").on(table.expiresAt),
    index("invitation_inviter").on(table.inviterId),
  ],
);

/** The roles that a tenant defines for itself, with their permissions (dynamic access control). */
export const organizationRole = sqliteTable(
  "organization_role",
  {
    id: text("id").primaryKey(),
    organizationId: text("organization_id")
      .notNull()
      .references(() => organization.id, { onDelete: "cascade" }),
    role: text("role").notNull(),
    /** A JSON object of resources, each with a list of actions. */
    permission: text("permission").notNull(),
    createdAt: timestamp("created_at").notNull(),
    updatedAt: timestamp("updated_at"),
  },
  (table) => [uniqueIndex("organization_role_one_per_name").on(table.organizationId, table.role)],
);

export const twoFactor = sqliteTable(
  "two_factor",
  {
    id: text("id").primaryKey(),
    userId: text("user_id")
      .notNull()
      .references(() => user.id, { onDelete: "cascade" }),
    secret: text("secret").notNull(),
    backupCodes: text("backup_codes").notNull(),
    verified: flag("verified").default(true),
    failedVerificationCount: integer("failed_verification_count").default(0),
    lockedUntil: timestamp("locked_until"),
    /** The last TOTP time step that was accepted; RFC 6238 section 5.2 forbids accepting one twice. */
    lastTotpStep: integer("last_totp_step"),
  },
  (table) => [uniqueIndex("two_factor_one_per_user").on(table.userId)],
);

export const jwks = sqliteTable("jwks", {
  id: text("id").primaryKey(),
  publicKey: text("public_key").notNull(),
  privateKey: text("private_key").notNull(),
  createdAt: timestamp("created_at").notNull(),
  expiresAt: timestamp("expires_at"),
  alg: text("alg"),
  crv: text("crv"),
});

// Better Auth's joins follow these: one query for a row and what belongs to it (adapter/joins.ts).
export const userRelations = relations(user, ({ many, one }) => ({
  sessions: many(session),
  accounts: many(account),
  members: many(member),
  invitations: many(invitation),
  twoFactor: one(twoFactor),
}));
export const sessionRelations = relations(session, ({ one }) => ({
  user: one(user, { fields: [session.userId], references: [user.id] }),
}));
export const accountRelations = relations(account, ({ one }) => ({
  user: one(user, { fields: [account.userId], references: [user.id] }),
}));
export const organizationRelations = relations(organization, ({ many }) => ({
  members: many(member),
  invitations: many(invitation),
  organizationRoles: many(organizationRole),
}));
export const memberRelations = relations(member, ({ one }) => ({
  organization: one(organization, {
    fields: [member.organizationId],
    references: [organization.id],
  }),
  user: one(user, { fields: [member.userId], references: [user.id] }),
}));
export const invitationRelations = relations(invitation, ({ one }) => ({
  organization: one(organization, {
    fields: [invitation.organizationId],
    references: [organization.id],
  }),
  user: one(user, { fields: [invitation.inviterId], references: [user.id] }),
}));
export const organizationRoleRelations = relations(organizationRole, ({ one }) => ({
  organization: one(organization, {
    fields: [organizationRole.organizationId],
    references: [organization.id],
  }),
}));
export const twoFactorRelations = relations(twoFactor, ({ one }) => ({
  user: one(user, { fields: [twoFactor.userId], references: [user.id] }),
}));
