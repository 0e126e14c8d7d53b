/**
 * Routes for platform admins over every tenant, for the audit log, and for the first admin's claim. They write their
 * own events.
 */
import { paths } from "../paths.ts";
import type { RouteRecords } from "../record.ts";

const read = { who: "platform-admin", adminTwoFactor: "demanded" } as const;
/** A platform admin can delete any tenant, or give it to somebody else, so every change asks for a recent proof. */
const change = { ...read, proof: { ask: "recent", within: "hour" } } as const;
/** Platform admins read the whole audit log, and a tenant's owners read their tenant's. */
const auditLog = { who: "user", adminTwoFactor: "demanded", tenantTwoFactor: "demanded" } as const;

export const platformRoutes = {
  [`POST ${paths.claim}`]: {
    who: "anyone",
    ownPage: true,
    newPassword: { whose: "new", field: "account.password" },
  },
  [`GET ${paths.users}`]: read,
  [`GET ${paths.memberships}`]: read,
  [`GET ${paths.tenants}`]: read,
  [`POST ${paths.tenants}`]: { ...change, input: { stores: "tenant" } },
  [`GET ${paths.tenant}`]: read,
  [`PATCH ${paths.tenant}`]: { ...change, input: { stores: "tenant" } },
  [`DELETE ${paths.tenant}`]: change,
  [`GET ${paths.tenantMembers}`]: read,
  [`POST ${paths.tenantMembers}`]: change,
  [`PATCH ${paths.tenantMember}`]: change,
  [`DELETE ${paths.tenantMember}`]: change,
  [`GET ${paths.tenantInvitations}`]: read,
  [`POST ${paths.tenantInvitations}`]: { ...change, mail: "ours" },
  [`DELETE ${paths.tenantInvitation}`]: change,
  [`GET ${paths.auditEvents}`]: auditLog,
  [`GET ${paths.auditExport}`]: { ...auditLog, leavesEvent: true },
  [`GET ${paths.ownEvents}`]: { who: "user" },
} as const satisfies RouteRecords;
