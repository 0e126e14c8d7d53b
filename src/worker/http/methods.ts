/** What holds for the methods of every route: HEAD is GET without a body, and a method that a route lacks is answered 405. */
import type { MiddlewareHandler } from "hono";
import { createLookup } from "./route-lookup.ts";
import type { problem } from "./problem.ts";

/** A request for the headers alone, as the request for the whole answer (RFC 9110 section 9.3.2). */
export const asGet = (request: Request): Request => new Request(request, { method: "GET" });

export async function withoutBody(answer: Response | Promise<Response>): Promise<Response> {
  const whole = await answer;
  await whole.body?.cancel();
  return new Response(null, whole);
}

/**
 * Finds the methods of the routes that are served at a path.
 *
 * @param names of the routes below `basePath`, such as `GET /callback/:id`.
 */
export function servedMethods(basePath: string, names: readonly string[]) {
  const served = createLookup(Object.fromEntries(names.map((name) => [name, true])));
  return (path: string): readonly string[] => {
    if (["/healthz", "/claim", "/sign-out-everywhere"].includes(path)) return ["GET"];
    return path.startsWith(`${basePath}/`) ? served.methodsAt(path.slice(basePath.length)) : [];
  };
}

/**
 * Refuses a method that the route at this path does not have, and names those that it has (RFC 9110 section 15.5.6).
 *
 * @param methodsAt the methods of the routes that are served at a path; none for a path without a route.
 * @param refuse chooses the error format for a URL.
 */
export function checkMethod(
  methodsAt: (path: string) => readonly string[],
  refuse: (url: string) => typeof problem,
): MiddlewareHandler {
  return async (context, next) => {
    const { method, path, url } = context.req;
    const methods = methodsAt(path);
    const isServed = methods.length === 0 || methods.includes(method);
    if (isServed || (method === "HEAD" && methods.includes("GET"))) return next();
    const allowed = methods.flatMap((name) => (name === "GET" ? ["GET", "HEAD"] : [name]));
    const allow = allowed.toSorted().join(", ");
    return refuse(url)({
      status: 405,
      code: "METHOD_NOT_ALLOWED",
      detail: `This address does not take ${method}. It takes: ${allow}.`,
      headers: { Allow: allow },
    });
  };
}
