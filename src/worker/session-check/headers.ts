/**
 * The headers of an answer that does not pass through the app's middleware: those that the middleware itself puts on one,
 * asked once for each trusted origin. Nothing here knows what they are.
 */
import { Hono, type MiddlewareHandler } from "hono";

/** Bounds what the subdomains of a wildcard origin can make an isolate remember. */
const rememberedLimit = 100;

/**
 * @param path the route that is answered.
 * @param middleware what its answers pass through, outermost first; may depend on the path and the Origin header alone.
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
  const ask = async (origin: string | null) => {
    const { headers } = await app.request(path, { headers: origin === null ? {} : { origin } });
    const known = origin === null || headers.has("Access-Control-Allow-Origin");
    if (known && remembered.size < rememberedLimit) remembered.set(origin, headers);
    return headers;
  };
  return (origin) => remembered.get(origin) ?? ask(origin);
}
