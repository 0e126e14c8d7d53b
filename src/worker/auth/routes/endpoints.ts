/** Lists the routes that Better Auth's endpoints declare. */
import type { RouteName } from "./record.ts";

interface Endpoint {
  path?: string | undefined;
  options?: { method?: string | string[] | undefined; metadata?: unknown };
}

/** Returns a name such as `POST /change-password` for each method of each endpoint that the router serves. */
export function routesOf(endpoints: Readonly<Record<string, Endpoint>>): RouteName[] {
  return Object.values(endpoints).flatMap(({ path, options }) => {
    const { SERVER_ONLY: isInternal } = (options?.metadata ?? {}) as { SERVER_ONLY?: boolean };
    // Better Auth's router serves neither kind: only the Worker's own code can call such an endpoint.
    if (path === undefined || isInternal === true) return [];
    return [options?.method ?? []].flat().map((method) => `${method} ${path}` as RouteName);
  });
}
