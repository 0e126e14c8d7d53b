/**
 * Whether a session check that is not Better Auth's can answer what Better Auth would: decided from its options when the
 * first check comes. An owner's plugin that looks at session checks, or may, brings Better Auth's own back.
 */
import type { BetterAuthOptions, BetterAuthPlugin } from "better-auth";

/** What a `HookEndpointContext` of a session check is known to be before there is a request. */
type Probe = Parameters<
  NonNullable<NonNullable<BetterAuthPlugin["hooks"]>["before"]>[number]["matcher"]
>[0];

export interface Exactness {
  /** `auth.api.getSession`: hooks alone can change its answer. */
  call: boolean;
  /** The route: what plugins do to requests can change it, too. */
  route: boolean;
}

/** @param path of Better Auth's own session check. */
export function readExactness(options: BetterAuthOptions, path: string): Exactness {
  const { session, hooks } = options;
  const plugins: BetterAuthPlugin[] = options.plugins ?? [];
  const stored =
    options.secondaryStorage === undefined &&
    session?.cookieCache?.enabled !== true &&
    session?.deferSessionRefresh !== true &&
    session?.disableSessionRefresh !== true;
  const call =
    stored &&
    hooks?.before === undefined &&
    hooks?.after === undefined &&
    plugins.every((plugin) => !replacesEndpoint(plugin, path) && !mayHook(plugin, path));
  const route =
    call &&
    options.disabledPaths?.includes(path) !== true &&
    options.rateLimit?.customRules?.[path] === undefined &&
    plugins.every(
      ({ onRequest, onResponse, middlewares, rateLimit }) =>
        onRequest === undefined &&
        onResponse === undefined &&
        (middlewares ?? []).length === 0 &&
        (rateLimit ?? []).every(({ pathMatcher }) => !pathMatcher(path)),
    );
  return { call, route };
}

function replacesEndpoint({ endpoints = {} }: BetterAuthPlugin, path: string): boolean {
  return "getSession" in endpoints || Object.values(endpoints).some((one) => one.path === path);
}

function mayHook(plugin: BetterAuthPlugin, path: string): boolean {
  const { before = [], after = [] } = plugin.hooks ?? {};
  // Puts a JWT on the answer, unless it is told not to.
  if (plugin.id === "jwt" && plugin.options?.["disableSettingJwtHeader"] === true) return false;
  // Its hook after every route copies a new cookie into a header: an answer without Set-Cookie has none.
  const looking = plugin.id === "bearer" ? before : [...before, ...after];
  return looking.some(({ matcher }) => probesOf(path).some((probe) => mayMatch(matcher, probe)));
}

/** A matcher that asks for what is not known before the request (a header, the user) may match. */
function mayMatch(matcher: (probe: Probe) => boolean, probe: Probe): boolean {
  try {
    return matcher(probe);
  } catch {
    return true;
  }
}

/** The contexts that a session check can have, as far as they are known. */
const probesOf = (path: string) =>
  [null, known({})].flatMap((session) => {
    const headers = { get: readHeader };
    const context = known({ newSession: null, session });
    // By the Worker's own code, and by a request.
    const calls = [
      { method: undefined, request: undefined },
      { method: "GET", request: known({ headers }) },
    ];
    return calls.map((call) => known({ path, headers, context, ...call }) as unknown as Probe);
  });

/** A request with this header is never answered here. */
function readHeader(name: string): null {
  if (name.toLowerCase() === "authorization") return null;
  throw new Error(`${name} is not known`);
}

/** An object that throws when it is asked for anything else. */
function known(properties: Record<string, unknown>): object {
  const refuse = () => {
    throw new Error("not known");
  };
  return new Proxy(properties, {
    get: (target, key) =>
      typeof key === "string" && Object.hasOwn(target, key) ? target[key] : refuse(),
    has: refuse,
    ownKeys: refuse,
    getOwnPropertyDescriptor: refuse,
  });
}
