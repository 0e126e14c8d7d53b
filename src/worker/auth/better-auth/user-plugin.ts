/** Better Auth's admin plugin, as this template uses it: platform admins and the users of a platform. */
import type { AuthContext } from "better-auth";
import { admin } from "better-auth/plugins/admin";
import type { Database } from "../../db/database.ts";
import { stopImpersonatingEndpoint } from "../platform/stop-impersonating.ts";
import { removeUserEndpoint } from "../platform/user-removal.ts";
import { defaultPlatformRole, platformAccess, platformAdminRole, platformRoles } from "../roles.ts";
import { override, replacement, withEndpoints } from "./override.ts";
import { readOnePage } from "./tenant-reads.ts";
import { assertUpstream } from "./upstream-changed.ts";

const impersonationSeconds = 60 * 60;

export function userPlugin({ database }: { database: Database }) {
  const plugin = admin({
    ac: platformAccess,
    roles: platformRoles,
    adminRoles: [platformAdminRole],
    defaultRole: defaultPlatformRole,
    impersonationSessionDuration: impersonationSeconds,
  });
  const { listUsers, removeUser, stopImpersonating } = plugin.endpoints;
  return withEndpoints(leavingBansToTrigger(plugin), {
    listUsers: override(listUsers, readOnePage("user")),
    removeUser: replacement("removeUserAtOnce", removeUserEndpoint(database, removeUser)),
    stopImpersonating: replacement(
      "returnToOwnSession",
      stopImpersonatingEndpoint(database, stopImpersonating),
    ),
  });
}

type DatabaseHooks = Record<string, unknown> & { session: object };

/**
 * `leaveBansToTrigger`: without the hook that reads the user before each new session. `session_refuses_banned` in
 * `db/rules.sql` refuses the session in the statement that would write it, and lifts a ban that is over.
 */
export function leavingBansToTrigger<
  Plugin extends {
    init: (context: AuthContext) => { options: { databaseHooks: DatabaseHooks } };
  },
>(plugin: Plugin): Plugin {
  return {
    ...plugin,
    init: (context: AuthContext) => {
      const { session, ...databaseHooks } = plugin.init(context).options.databaseHooks;
      const { create, ...others } = (session ?? {}) as { create?: { before?: unknown } };
      const { before, ...otherwise } = create ?? {};
      const isBanHookAlone =
        typeof before === "function" && Object.keys({ ...others, ...otherwise }).length === 0;
      assertUpstream(
        "leaveBansToTrigger",
        isBanHookAlone,
        "the admin plugin has other hooks of sessions than the one that reads the ban",
      );
      return { options: { databaseHooks } };
    },
  };
}
