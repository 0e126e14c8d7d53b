/**
 * The register finds the record of a route. Hooks ask by the path as it was declared; code that runs before the router
 * asks by the path of the request. A route without a record is not served.
 */
import type { RouteName, RouteRecord, RouteRecords } from "./record.ts";

interface DeclaredRoute {
  /** The path as the endpoint declares it, such as `/callback/:id`. */
  path?: string | undefined;
  /** Undefined for a call by this Worker's own code. */
  method?: string | undefined;
}

export interface Routes {
  /** The record of the route for which a hook runs. */
  of: (route: DeclaredRoute) => RouteRecord | undefined;
  /** The record for the path of a request, such as `/callback/google`. */
  at: (method: string, path: string) => RouteRecord | undefined;
  /** The methods of the routes for the path of a request. */
  methodsAt: (path: string) => string[];
  has: (name: RouteName) => boolean;
}

export function createRegister(records: RouteRecords): Routes {
  const byPath = new Map<string, Map<string, RouteRecord>>();
  for (const [name, record] of Object.entries(records)) {
    const [method = "", path = ""] = name.split(" ");
    byPath.set(path, (byPath.get(path) ?? new Map<string, RouteRecord>()).set(method, record));
  }
  const patterns = [...byPath]
    .filter(([path]) => path.includes("/:"))
    .map(([path, methods]) => ({ pattern: patternOf(path), methods }));

  const of = ({ path, method }: DeclaredRoute) => {
    const methods = path === undefined ? undefined : byPath.get(path);
    if (method !== undefined) return methods?.get(method);
    // The Worker's own code calls an endpoint without a method, and means the first one.
    const [first] = methods?.values() ?? [];
    return first;
  };
  /** The router takes a declared path that fits the method: of this very path first, and then of one with parameters. */
  const routesAt = (path: string) => [
    ...[byPath.get(path) ?? []].flatMap((methods) => [...methods]),
    ...patterns.flatMap(({ pattern, methods }) => (pattern.test(path) ? [...methods] : [])),
  ];
  return {
    of,
    at(method, path) {
      const exact = byPath.get(path)?.get(method);
      return exact ?? routesAt(path).find(([name]) => name === method)?.[1];
    },
    methodsAt: (path) => [...new Set(routesAt(path).map(([name]) => name))],
    has(name) {
      const [method, path] = name.split(" ");
      return of({ method, path }) !== undefined;
    },
  };
}

/** `/callback/:id` -> /^\/callback\/[^/]+$/ */
function patternOf(path: string): RegExp {
  const parts = path
    .split("/")
    .map((part) => (part.startsWith(":") ? "[^/]+" : part.replaceAll(/[^\w-]/g, "\\$&")));
  return new RegExp(`^${parts.join("/")}$`);
}
