/** Collects the records of every route of this template: Better Auth's, those of its plugins, and the Worker's own. */
import { pluginRoutes } from "./better-auth-plugins.ts";
import { emailAddressRoutes } from "./email-address.ts";
import { passwordRoutes } from "./passwords.ts";
import { platformRoutes } from "./platform.ts";
import type { RouteRecords } from "./record.ts";
import { sessionRoutes } from "./sessions.ts";
import { socialRoutes } from "./social.ts";
import { tenantRoutes } from "./tenants.ts";
import { tokenRoutes } from "./tokens.ts";
import { twoFactorRoutes } from "./two-factor.ts";
import { userRoutes } from "./users.ts";

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
