/**
 * Decides whether the fast path gives the same answer as Better Auth's own session check. The decision is made from Better
 * Auth's options at the first check. If an owner's plugin hooks into session checks, or might, Better Auth answers them.
 */
import type { BetterAuthOptions, BetterAuthPlugin } from "better-auth";

/** The part of a session check's `HookEndpointContext` that is known before there is a request. */
type Probe = Parameters<
  NonNullable<NonNullable<BetterAuthPlugin["hooks"]>["before"]>[number]["matcher"]
>[0];

/** True where the fast path may answer. */
export interface FastPath {
  /** For `auth.api.getSession`. Only hooks can change its answer. */
  call: boolean;
  /** For the route. Plugins that handle requests or responses can change its answer, too. */
  route: boolean;
}

/** @param path the path of Better Auth's own session check. */
export function readFastPath(options: BetterAuthOptions, path: string): FastPath {
  const { session, hooks } = options;
  const plugins: BetterAuthPlugin[] = options.plugins ?? [];
  const isReadFromDatabase =
    options.secondaryStorage === undefined &&
    session?.cookieCache?.enabled !== true &&
    session?.deferSessionRefresh !== true &&
    session?.disableSessionRefresh !== true;
  const call =
    isReadFromDatabase &&
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
  // The JWT plugin adds a JWT to the response, unless that is disabled.
  if (plugin.id === "jwt" && plugin.options?.["disableSettingJwtHeader"] === true) return false;
  // The bearer plugin's after hook copies a new session cookie into a header. The fast path sets no cookie.
  const hooks = plugin.id === "bearer" ? before : [...before, ...after];
  return hooks.some(({ matcher }) => knownContexts(path).some((probe) => mayMatch(matcher, probe)));
}

/** A matcher that needs something unknown before the request (a header, the user) throws, and might match. */
function mayMatch(matcher: (probe: Probe) => boolean, probe: Probe): boolean {
  try {
    return matcher(probe);
  } catch {
    return true;
  }
}

/** The possible contexts of a session check, as far as they are known in advance. */
const knownContexts = (path: string) =>
  [null, onlyKnown({})].flatMap((session) => {
    const headers = { get: readHeader };
    const context = onlyKnown({ newSession: null, session });
    // The first is a call by the Worker's own code, the second a request.
    const calls = [
      { method: undefined, request: undefined },
      { method: "GET", request: onlyKnown({ headers }) },
    ];
    return calls.map((call) => onlyKnown({ path, headers, context, ...call }) as unknown as Probe);
  });

/** The fast path never answers a request with an Authorization header, so that header is known to be absent. */
function readHeader(name: string): null {
  if (name.toLowerCase() === "authorization") return null;
  throw new Error(`${name} is not known`);
}

/** An object that throws when any other property is read. */
function onlyKnown(properties: Record<string, unknown>): object {
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
