/** Collects the records of every route of this template: Better Auth's, those of its plugins, and the Worker's own. */
import { pluginRoutes } from "./records/better-auth-plugins.ts";
import { emailAddressRoutes } from "./records/email-address.ts";
import { passwordRoutes } from "./records/passwords.ts";
import { platformRoutes } from "./records/platform.ts";
import type { RouteRecords } from "./record.ts";
import { sessionRoutes } from "./records/sessions.ts";
import { socialRoutes } from "./records/social.ts";
import { tenantRoutes } from "./records/tenants.ts";
import { tokenRoutes } from "./records/tokens.ts";
import { twoFactorRoutes } from "./records/two-factor.ts";
import { userRoutes } from "./records/users.ts";

export const templateRoutes: RouteRecords = {
  ...sessionRoutes,
  ...passwordRoutes,
  ...twoFactorRoutes,
  ...emailAddressRoutes,
  ...socialRoutes,
  ...tenantRoutes,
  ...userRoutes,
  ...platformRoutes,
  ...tokenRoutes,
  ...pluginRoutes,
};
