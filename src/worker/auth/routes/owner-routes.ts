/**
 * The routes of an owner's plugins. Each plugin brings the records of its routes. A route without a record gets the
 * strictest one: the caller must be signed in and not impersonated, refusals are counted like wrong passwords, and the
 * audit log names the path.
 */
import type { BetterAuthPlugin } from "better-auth";
import { routesOf } from "./endpoints.ts";
import type { RouteName, RouteRecord, RouteRecords } from "./record.ts";

const recordsOfPlugin = new WeakMap<object, RouteRecords>();

/**
 * Attaches records to the routes of a plugin, for `createAuthApp({ plugins })`. A route without one gets the strictest
 * record.
 *
 * ```ts
 * plugins: [withRoutes(waitlist(), { "POST /waitlist/join": { who: "anyone", mail: "plugin" } })];
 * ```
 */
export function withRoutes<Plugin extends BetterAuthPlugin>(
  plugin: Plugin,
  records: RouteRecords,
): Plugin {
  recordsOfPlugin.set(plugin, records);
  return plugin;
}

/**
 * Collects the records of the owner's plugins, one for each of their routes.
 *
 * @param known the template's own records, which no plugin may change.
 * @throws {RangeError} for a record of a route that its plugin does not have, or that the template describes. Both are
 *   mistakes in the owner's file.
 */
export function ownerRoutes(
  plugins: readonly BetterAuthPlugin[],
  known: RouteRecords,
): RouteRecords {
  const records: Record<RouteName, RouteRecord> = {};
  for (const plugin of plugins) {
    const routes = routesOf(plugin.endpoints ?? {});
    const described = recordsOfPlugin.get(plugin) ?? {};
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
