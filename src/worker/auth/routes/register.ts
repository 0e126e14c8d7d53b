/**
 * The register: finds the record of a route, for hooks (which know the path as it was declared) and for what stands before
 * the router (which knows the path that was asked for). A route without a record is not served.
 */
import type { RouteName, RouteRecord, RouteRecords } from "./record.ts";

interface Asked {
  /** As the endpoint declares it: `/callback/:id`. */
  path?: string | undefined;
  /** Undefined for a call in this Worker's own code. */
  method?: string | undefined;
}

export interface Routes {
  /** The record of the route that a hook runs for. */
  of: (asked: Asked) => RouteRecord | undefined;
  /** The record behind a path of a request, such as `/callback/google`. */
  at: (method: string, path: string) => RouteRecord | undefined;
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

  const of = ({ path, method }: Asked) => {
    const methods = path === undefined ? undefined : byPath.get(path);
    if (method !== undefined) return methods?.get(method);
    // Our own code calls an endpoint by its name, and means its first method.
    const [first] = methods?.values() ?? [];
    return first;
  };
  return {
    of,
    at(method, path) {
      const methods =
        byPath.get(path) ?? patterns.find(({ pattern }) => pattern.test(path))?.methods;
      return methods?.get(method);
    },
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
