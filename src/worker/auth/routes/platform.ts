/** Routes of platform admins over every tenant, the audit log, and the first admin's claim. They write their own events. */
import { paths } from "./paths.ts";
import type { RouteRecords } from "./record.ts";

const read = { who: "platform-admin", adminTwoFactor: "demanded" } as const;
/** Whoever changes a tenant from outside may delete it, open it or give it away. */
const change = { ...read, proof: { ask: "recent", within: "hour" } } as const;
/** Platform admins read all of the audit log, a tenant's owners their tenant's. */
const auditLog = { who: "user", adminTwoFactor: "demanded", tenantTwoFactor: "demanded" } as const;

export const platformRoutes = {
  [`POST ${paths.claim}`]: {
    who: "anyone",
    newPassword: { whose: "new", field: "account.password" },
  },
  [`GET ${paths.users}`]: read,
  [`GET ${paths.memberships}`]: read,
  [`GET ${paths.tenants}`]: read,
  [`POST ${paths.tenants}`]: change,
  [`GET ${paths.tenant}`]: read,
  [`PATCH ${paths.tenant}`]: change,
  [`DELETE ${paths.tenant}`]: change,
  [`GET ${paths.tenantMembers}`]: read,
  [`POST ${paths.tenantMembers}`]: change,
  [`PATCH ${paths.tenantMember}`]: change,
  [`DELETE ${paths.tenantMember}`]: change,
  [`GET ${paths.tenantInvitations}`]: read,
  [`POST ${paths.tenantInvitations}`]: change,
  [`DELETE ${paths.tenantInvitation}`]: change,
  [`GET ${paths.auditEvents}`]: auditLog,
  [`GET ${paths.auditExport}`]: auditLog,
} as const satisfies RouteRecords;
