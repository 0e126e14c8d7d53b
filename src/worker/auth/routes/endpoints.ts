/** The routes that endpoints of Better Auth declare. */
import type { RouteName } from "./record.ts";

interface Endpoint {
  path?: string | undefined;
  options?: { method?: string | string[] | undefined; metadata?: unknown };
}

/** `POST /change-password` for each method of each endpoint that the router serves. */
export function routesOf(endpoints: Readonly<Record<string, Endpoint>>): RouteName[] {
  return Object.values(endpoints).flatMap(({ path, options }) => {
    const { SERVER_ONLY: isInternal } = (options?.metadata ?? {}) as { SERVER_ONLY?: boolean };
    // Better Auth routes neither of them: the Worker's own code may call them, no request can.
    if (path === undefined || isInternal === true) return [];
    return [options?.method ?? []].flat().map((method) => `${method} ${path}` as RouteName);
  });
}
