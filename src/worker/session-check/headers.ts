/**
 * Provides the headers of responses that bypass the app's middleware. They are recorded by running the middleware itself,
 * once for each trusted origin, so this file does not need to know what they are.
 */
import { Hono, type MiddlewareHandler } from "hono";

/** Limits memory use: a wildcard origin can have any number of subdomains. */
const rememberedLimit = 100;

/**
 * @param path the route of the responses.
 * @param middleware the middleware that is bypassed, outermost first. It may only depend on the path and the Origin header.
 * @param own the route's own headers.
 */
export function rememberHeaders(
  path: string,
  middleware: readonly MiddlewareHandler[],
  own: Record<string, string>,
): (origin: string | null) => Headers | Promise<Headers> {
  const app = new Hono();
  for (const handler of middleware) app.use(handler);
  app.get(path, () => new Response(null, { headers: own }));
  const remembered = new Map<string | null, Headers>();
  const record = async (origin: string | null) => {
    const { headers } = await app.request(path, { headers: origin === null ? {} : { origin } });
    const isTrusted = origin === null || headers.has("Access-Control-Allow-Origin");
    if (isTrusted && remembered.size < rememberedLimit) remembered.set(origin, headers);
    return headers;
  };
  return (origin) => remembered.get(origin) ?? record(origin);
}
