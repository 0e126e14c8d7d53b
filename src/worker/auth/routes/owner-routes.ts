/**
 * The routes of an owner's plugins. Their records come with the plugin; a route without one is held to the strictest: the
 * caller is signed in and nobody impersonates them, refusals are counted like wrong passwords, and the log names the path.
 */
import type { BetterAuthPlugin } from "better-auth";
import { routesOf } from "./endpoints.ts";
import type { RouteName, RouteRecord, RouteRecords } from "./record.ts";

const brought = new WeakMap<object, RouteRecords>();

/**
 * A plugin with the records of its routes, for `createAuthApp({ plugins })`. A record that is left out is the strictest.
 *
 * ```ts
 * plugins: [withRoutes(waitlist(), { "POST /waitlist/join": { who: "anyone", mail: "plugin" } })];
 * ```
 */
export function withRoutes<Plugin extends BetterAuthPlugin>(
  plugin: Plugin,
  records: RouteRecords,
): Plugin {
  brought.set(plugin, records);
  return plugin;
}

/**
 * The records of the owner's plugins, one for each of their routes.
 *
 * @param known the template's own, which no plugin may change.
 * @throws {RangeError} for a record of a route that its plugin does not have, or that the template describes: a mistake in
 *   the owner's file.
 */
export function ownerRoutes(
  plugins: readonly BetterAuthPlugin[],
  known: RouteRecords,
): RouteRecords {
  const records: Record<RouteName, RouteRecord> = {};
  for (const plugin of plugins) {
    const routes = routesOf(plugin.endpoints ?? {});
    const described = brought.get(plugin) ?? {};
    for (const name of Object.keys(described) as RouteName[]) {
      if (!routes.includes(name)) {
        throw new RangeError(`plugins: "${plugin.id}" has no route ${name}`);
      }
      if (name in known) {
        throw new RangeError(
          `plugins: "${plugin.id}" must not describe ${name}, which is the template's`,
        );
      }
    }
    for (const name of routes) {
      if (!(name in known)) records[name] = described[name] ?? strictest;
    }
  }
  return records;
}

const strictest: RouteRecord = {
  who: "user",
  guess: "anything",
  audit: {
    success: "route.called",
    failure: () => "route.refused",
    detail: ({ path }) => ({ route: path }),
  },
  tenantTwoFactor: "demanded",
};
