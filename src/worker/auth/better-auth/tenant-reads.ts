/**
 * Better Auth's tenant routes, reading a few rows where they would read all of a tenant's. A read that is neither one of
 * those known here nor bounded by a limit is an error: a query of another shape would otherwise read 10,000 rows.
 */
import type { Database } from "../../db/database.ts";
import {
  readInvitationsToShow,
  readPendingInvitations,
  readSomeHolder,
  readSomeOwners,
} from "../tenants/bounded-reads.ts";
import type { ChangeName } from "./changes.ts";
import type { FindMany, FindOne, Interception } from "./intercept.ts";
import type { EndpointChange, EndpointContext } from "./override.ts";
import { upstreamChanged } from "./upstream-changed.ts";

/** The page that Better Auth documents; its option for it is the limit of members at the same time. */
const defaultPageLimit = 100;
/** The longest page that a caller may ask for (`input/query.ts`). */
const longestPage = 1000;

export const readOwnersAlone = (database: Database): EndpointChange => ({
  change: "readOwnersAlone",
  intercept: () =>
    answerLists("readOwnersAlone", "member", async (query) => {
      const tenantId = tenantOf(query, ["organizationId"]);
      return tenantId === undefined ? undefined : readSomeOwners(database, tenantId);
    }),
});

export const readHoldersAlone = (database: Database): EndpointChange => ({
  change: "readHoldersAlone",
  intercept: () =>
    answerLists("readHoldersAlone", "member", async ({ where = [] }) => {
      const [ofTenant, ofRole, ...others] = where;
      const isThis =
        ofTenant?.field === "organizationId" &&
        ofRole?.field === "role" &&
        ofRole.operator === "contains" &&
        others.length === 0;
      if (!isThis) return undefined;
      return readSomeHolder(database, String(ofTenant.value), String(ofRole.value));
    }),
});

export const readPendingInvitationsAlone = (database: Database, limit: number): EndpointChange => ({
  change: "readPendingInvitationsAlone",
  intercept: () =>
    answerLists("readPendingInvitationsAlone", "invitation", async (query, next) => {
      // One row at most: the index `invitation_one_pending` is unique.
      if (tenantOf(query, ["email", "organizationId", "status"]) !== undefined) return next();
      const tenantId = tenantOf(query, ["organizationId", "status"]);
      return tenantId === undefined ? undefined : readPendingInvitations(database, tenantId, limit);
    }),
});

export const showFewInvitations = (database: Database): EndpointChange => ({
  change: "readInvitationsToShow",
  intercept: () => {
    const lists = answerLists("readInvitationsToShow", "invitation", async (query) => {
      const tenantId = tenantOf(query, ["organizationId"]);
      return tenantId === undefined ? undefined : readInvitationsToShow(database, tenantId);
    });
    return {
      ...lists,
      findOne: async (query, next) => {
        if (query.model !== "organization" || query.join?.["invitation"] === undefined) {
          return lists.findOne(query, next);
        }
        const found = await next({
          ...query,
          join: { ...query.join, invitation: { limit: 1 } },
        });
        if (found === null) return null;
        const { id } = found as { id: string };
        return { ...found, invitation: await readInvitationsToShow(database, id) };
      },
    };
  },
});

/**
 * A list begins with 100 rows when the caller names no limit.
 *
 * @param model what is listed.
 * @param parameter the query's name for the limit.
 */
export const readOnePage = (
  model: string,
  parameter: "limit" | "membersLimit" = "limit",
): EndpointChange => ({
  change: "readOnePage",
  around: async (input, proceed) =>
    proceed({ ...input, query: { [parameter]: defaultPageLimit, ...queryOf(input) } }),
  intercept: () => {
    const { findOne, findMany } = answerLists("readOnePage", model, async () => undefined);
    return { findOne, findMany };
  },
});

/** Pages of the caller's own tenants, oldest first. Better Auth's endpoint has no parameters for them. */
export const listOwnTenantsInPages: EndpointChange = {
  change: "listOwnTenantsInPages",
  intercept: (input, fired) => {
    const { limit = defaultPageLimit, offset = 0 } = queryOf(input) ?? {};
    return readSome("member", ["userId"], fired, async (query, next) =>
      next({
        ...query,
        limit: Number(limit),
        offset: Number(offset),
        sortBy: { field: "createdAt", direction: "asc" },
      }),
    );
  },
};

/** The caller's tenants are counted for `organizationLimit`, which is not set: a trigger holds the limit. */
export const countNoTenants: EndpointChange = {
  change: "countNoTenants",
  intercept: (_input, fired) => readSome("member", ["userId"], fired, async () => []),
};

/** The newest pending invitations to the caller. Better Auth reads those that were decided, too, and leaves them out. */
export const showNewestInvitationsToUser: EndpointChange = {
  change: "showNewestInvitationsToUser",
  intercept: (_input, fired) =>
    readSome("invitation", ["email"], fired, async (query, next) =>
      next({
        ...query,
        where: [...(query.where ?? []), { field: "status", value: "pending" }],
        limit: defaultPageLimit,
        sortBy: { field: "createdAt", direction: "desc" },
      }),
    ),
};

/** Answers the endpoint's one list of `model` by these conditions; the endpoint must ask for it when it succeeds. */
function readSome(
  model: string,
  fields: readonly string[],
  fired: () => void,
  answer: (query: FindMany, next: (query: FindMany) => Promise<unknown>) => Promise<unknown>,
) {
  return {
    findMany: async (query: FindMany, next: (query?: FindMany) => Promise<unknown>) => {
      const { where = [] } = query;
      const isThis =
        query.model === model &&
        where.length === fields.length &&
        where.every(({ field, operator = "eq" }) => operator === "eq" && fields.includes(field));
      if (!isThis) return next(query);
      fired();
      return answer(query, next);
    },
    mustFire: ({ succeeded }: { succeeded: boolean }) => succeeded,
  };
}

const queryOf = ({ query }: EndpointContext) => query as Record<string, unknown> | undefined;

type Rows = unknown[];

/**
 * Answers reads of many rows of `model`.
 *
 * @param answer the rows; undefined for a read that is not known. That one is an error unless it is bounded.
 */
function answerLists(
  change: ChangeName,
  model: string,
  answer: (
    query: Pick<FindMany, "model" | "where">,
    next: () => Promise<unknown>,
  ) => Promise<unknown>,
) {
  const demandBounds = ({ model: joinedTo, join }: Pick<FindOne, "model" | "join">) => {
    const joined = join?.[model];
    // A tenant is the only joined model that has many rows of another.
    if (joinedTo !== "organization" || joined === undefined || joined === false) return;
    const limit = joined === true ? undefined : joined.limit;
    if (!isBounded(limit)) throw upstreamChanged(change, `a join reads every ${model}`);
  };
  return {
    findOne: async (query, next) => {
      demandBounds(query);
      return next();
    },
    findMany: async (query, next) => {
      demandBounds(query);
      if (query.model !== model) return next();
      const rows = await answer(query, next);
      if (rows !== undefined) return rows;
      if (!isBounded(query.limit)) throw upstreamChanged(change, `a list reads every ${model}`);
      return next();
    },
    count: async (query, next) => {
      if (query.model !== model) return next();
      const counted = await answer(query, next);
      if (counted === undefined) throw upstreamChanged(change, `a count reads every ${model}`);
      return Array.isArray(counted) ? (counted as Rows).length : counted;
    },
  } satisfies Interception;
}

const isBounded = (limit: number | undefined) => limit !== undefined && limit <= longestPage;

/** The tenant that a query is about, when it has just these conditions. */
function tenantOf(
  { where = [] }: Pick<FindMany, "where">,
  fields: readonly string[],
): string | undefined {
  const isThis =
    where.length === fields.length &&
    where.every(({ field, operator = "eq" }) => operator === "eq" && fields.includes(field));
  const tenantId = where.find(({ field }) => field === "organizationId")?.value;
  return isThis && typeof tenantId === "string" ? tenantId : undefined;
}
