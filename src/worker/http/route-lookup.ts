/** Finds what belongs to a route, by the path that its endpoint declares or by the path of a request. */

interface DeclaredRoute {
  /** The path as the endpoint declares it, such as `/callback/:id`. */
  path?: string | undefined;
  /** Undefined for a call by this Worker's own code. */
  method?: string | undefined;
}

/** Finds values by the names of their routes. */
export interface Lookup<Value> {
  /** The value of the route for which a hook runs. */
  of: (route: DeclaredRoute) => Value | undefined;
  /** The value for the path of a request, such as `/callback/google`. */
  at: (method: string, path: string) => Value | undefined;
  /** The methods of the routes for the path of a request. */
  methodsAt: (path: string) => string[];
  has: (name: string) => boolean;
}

/** @param values by the name of the route, such as `POST /callback/:id`. */
export function createLookup<Value>(values: Readonly<Record<string, Value>>): Lookup<Value> {
  const byPath = new Map<string, Map<string, Value>>();
  for (const [name, value] of Object.entries(values)) {
    const [method = "", path = ""] = name.split(" ");
    byPath.set(path, (byPath.get(path) ?? new Map<string, Value>()).set(method, value));
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
