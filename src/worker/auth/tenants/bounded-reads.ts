/**
 * Better Auth's tenant routes, reading a few rows where they would read all of a tenant's: every member to see whether
 * an owner is the last, every invitation there ever was to count the pending ones. What they answer stays the same, but
 * that lists begin at 100 rows, and that old invitations are left out.
 */
import { and, desc, eq, gt, sql } from "drizzle-orm";
import type { AuthContext } from "better-auth";
import { runWithAdapter } from "@better-auth/core/context";
import type { DBAdapter } from "@better-auth/core/db/adapter";
import { answering } from "../../db/adapter.ts";
import type { Database } from "../../db/database.ts";
import { invitation, member } from "../../db/schema.ts";
import { limitingInvitationMail } from "./invitation-mail.ts";

/** How many invitations a tenant's own people may have pending; platform admins may invite more. */
export const pendingInvitationLimit = 100;
const shownPendingInvitations = 1000;
const shownInvitations = 100;
/** What Better Auth documents; its option for it is also the limit of members. */
const defaultPageLimit = 100;

type Endpoint = (input: never) => Promise<unknown>;
type Query = Parameters<DBAdapter["findMany"]>[0];
type JoinedQuery = Parameters<DBAdapter["findOne"]>[0];
type Endpoints = Record<
  | "deleteOrgRole"
  | "leaveOrganization"
  | "updateMemberRole"
  | "removeMember"
  | "createInvitation"
  | "listInvitations"
  | "getFullOrganization"
  | "getOrganization"
  | "setActiveOrganization"
  | "listMembers",
  Endpoint
>;

export function boundedEndpoints<Given extends Endpoints>(database: Database, endpoints: Given) {
  /** Two are enough to know that one is not the last. The index `member_owner` has this condition. */
  const someOwners = async (tenantId: string) =>
    answering(async () =>
      database
        .select()
        .from(member)
        .where(
          and(eq(member.organizationId, tenantId), sql`instr(',' || role || ',', ',owner,') > 0`),
        )
        .limit(2),
    );

  const pendingInvitations = async (tenantId: string, limit: number) =>
    answering(async () =>
      database
        .select()
        .from(invitation)
        .where(
          and(
            eq(invitation.organizationId, tenantId),
            // As the index `invitation_pending` has it: a parameter would not do.
            sql`status = 'pending'`,
            gt(invitation.expiresAt, new Date()),
          ),
        )
        .orderBy(invitation.expiresAt)
        .limit(limit),
    );

  /** All that are pending, and the newest of the others. */
  async function invitationsToShow(tenantId: string) {
    const newest = answering(async () =>
      database
        .select()
        .from(invitation)
        .where(eq(invitation.organizationId, tenantId))
        .orderBy(desc(invitation.createdAt), desc(invitation.id))
        .limit(shownInvitations),
    );
    const pending = pendingInvitations(tenantId, shownPendingInvitations);
    const rows = [...(await newest), ...(await pending)];
    return [...new Map(rows.map((row) => [row.id, row])).values()];
  }

  const ownersAlone = (adapter: DBAdapter): Partial<DBAdapter> => ({
    findMany: async (query: Query) => {
      const tenantId = tenantOf(query, "member", ["organizationId"]);
      return tenantId === undefined
        ? adapter.findMany(query)
        : ((await someOwners(tenantId)) as never);
    },
    count: async (query) => {
      const tenantId = tenantOf(query, "member", ["organizationId"]);
      return tenantId === undefined ? adapter.count(query) : (await someOwners(tenantId)).length;
    },
  });

  const pendingAlone = (adapter: DBAdapter): Partial<DBAdapter> => ({
    ...limitingInvitationMail(database, adapter),
    findMany: async (query: Query) => {
      const tenantId = tenantOf(query, "invitation", ["organizationId", "status"]);
      return tenantId === undefined
        ? adapter.findMany(query)
        : ((await pendingInvitations(tenantId, pendingInvitationLimit)) as never);
    },
  });

  const invitationsShown = (adapter: DBAdapter): Partial<DBAdapter> => ({
    findMany: async (query: Query) => {
      const tenantId = tenantOf(query, "invitation", ["organizationId"]);
      return tenantId === undefined
        ? adapter.findMany(query)
        : ((await invitationsToShow(tenantId)) as never);
    },
    findOne: async (query: JoinedQuery) => {
      if (query.join?.["invitation"] === undefined) return adapter.findOne(query);
      const join = { ...query.join, invitation: { limit: 1 } };
      const found = await adapter.findOne<{ id: string }>({ ...query, join });
      return found && ({ ...found, invitation: await invitationsToShow(found.id) } as never);
    },
  });

  /** Of those with a role of the tenant's own, one who has `role`, alone or among others. */
  const someHolder = async (tenantId: string, role: string) => {
    // As the index `member_own_role` has it.
    const ofOwnRole = and(
      eq(member.organizationId, tenantId),
      sql`role NOT IN ('owner', 'admin', 'member')`,
    );
    const alone = eq(member.role, role);
    const amongOthers = sql`instr(role, ',') > 0 AND instr(',' || role || ',', ',' || ${role} || ',') > 0`;
    return answering(async () => {
      const [holders, others] = await database.batch([
        database.select().from(member).where(and(ofOwnRole, alone)).limit(1),
        database.select().from(member).where(and(ofOwnRole, amongOthers)).limit(1),
      ]);
      return [...holders, ...others];
    });
  };

  const holdersAlone = (adapter: DBAdapter): Partial<DBAdapter> => ({
    findMany: async (query: Query) => {
      const [ofTenant, ofRole, ...others] = query.where ?? [];
      const isThis =
        query.model === "member" &&
        ofTenant?.field === "organizationId" &&
        ofRole?.field === "role" &&
        ofRole.operator === "contains" &&
        others.length === 0;
      if (!isThis) return adapter.findMany(query);
      return (await someHolder(String(ofTenant.value), String(ofRole.value))) as never;
    },
  });

  return {
    deleteOrgRole: reading(holdersAlone, endpoints.deleteOrgRole),
    leaveOrganization: reading(ownersAlone, endpoints.leaveOrganization),
    updateMemberRole: reading(ownersAlone, endpoints.updateMemberRole),
    removeMember: reading(ownersAlone, endpoints.removeMember),
    createInvitation: reading(pendingAlone, endpoints.createInvitation),
    listInvitations: reading(invitationsShown, endpoints.listInvitations),
    getFullOrganization: withQuery(
      { membersLimit: defaultPageLimit },
      keepingTheActiveTenant(reading(invitationsShown, endpoints.getFullOrganization)),
    ),
    getOrganization: keepingTheActiveTenant(endpoints.getOrganization),
    setActiveOrganization: keepingTheActiveTenant(endpoints.setActiveOrganization),
    listMembers: beginningAtOnePage(endpoints.listMembers),
  } as Pick<Given, keyof Endpoints>;
}

/** A list whose page is not said: as many rows as Better Auth documents, where its adapter would read them all. */
export function beginningAtOnePage<Given extends Endpoint>(endpoint: Given): Given {
  return withQuery({ limit: defaultPageLimit }, endpoint);
}

function withQuery<Given extends Endpoint>(
  defaults: Record<string, number>,
  endpoint: Given,
): Given {
  return wrap(endpoint, (input) =>
    endpoint({ ...input, query: { ...defaults, ...input.query } } as never),
  );
}

/** An endpoint whose reads `narrow` may answer with fewer rows. */
function reading<Given extends Endpoint>(
  narrow: (adapter: DBAdapter) => Partial<DBAdapter>,
  endpoint: Given,
): Given {
  return wrap(endpoint, (input) => {
    const adapter = { ...input.context.adapter, ...narrow(input.context.adapter) };
    const context = { ...input.context, adapter };
    return runWithAdapter(adapter, () => endpoint({ ...input, context } as never));
  });
}

/**
 * An endpoint that refuses a tenant to somebody who is not a member, without clearing the active tenant: Better Auth would
 * clear it, so that a link to another tenant would be enough to lose one's own. When a membership ends,
 * `member_clears_active_tenant` in `db/rules.sql` clears it.
 */
function keepingTheActiveTenant<Given extends Endpoint>(endpoint: Given): Given {
  return wrap(endpoint, (input) => {
    const { internalAdapter } = input.context;
    const named = input.body?.organizationId !== null;
    const updateSession: typeof internalAdapter.updateSession = async (token, change) =>
      named && change["activeOrganizationId"] === null
        ? null
        : internalAdapter.updateSession(token, change);
    const context = { ...input.context, internalAdapter: { ...internalAdapter, updateSession } };
    return endpoint({ ...input, context } as never);
  });
}

interface Input {
  context: AuthContext;
  query?: object;
  body?: { organizationId?: string | null };
}

function wrap<Given extends Endpoint>(
  endpoint: Given,
  run: (input: Input) => Promise<unknown>,
): Given {
  return Object.assign((input: Input) => run(input), endpoint);
}

/** The tenant that a query of `model` is about, when it has just these conditions. */
function tenantOf(
  query: Pick<Query, "model" | "where">,
  model: string,
  fields: string[],
): string | undefined {
  const { where = [] } = query;
  const isThis =
    query.model === model &&
    where.length === fields.length &&
    where.every(({ field, operator = "eq" }) => operator === "eq" && fields.includes(field));
  const tenantId = where.find(({ field }) => field === "organizationId")?.value;
  return isThis && typeof tenantId === "string" ? tenantId : undefined;
}
