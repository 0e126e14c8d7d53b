/**
 * Better Auth's endpoints with changes around them, and its plugins with endpoints replaced. Each names its entries in the
 * register (`changes.ts`), and each checks that it took effect.
 */
import { isAPIError } from "better-auth/api";
import type { AuthContext, BetterAuthPlugin } from "better-auth";
import { routesOf } from "../routes/endpoints.ts";
import type { ChangeName } from "./changes.ts";
import { currentRun, runIntercepted, type Interception, type Run } from "./intercept.ts";
import { assertUpstream, isUpstreamChanged, upstreamChanged } from "./upstream-changed.ts";

export type Endpoint = (context: never) => Promise<unknown>;

/** What an endpoint is called with. */
export interface EndpointContext {
  headers?: Headers | undefined;
  params?: Readonly<Record<string, unknown>> | undefined;
  query?: unknown;
  body?: unknown;
  context: AuthContext;
}

/** How the endpoint itself ended, before a change made something else of it. */
interface Outcome {
  /** An answer, or a redirect that tells of no error. */
  succeeded: boolean;
  status: number;
  /** The code of the error, of its body or of its redirect. */
  code: string | undefined;
}

export interface EndpointChange {
  change: ChangeName;
  /**
   * Runs in place of the endpoint, and calls it by `proceed`. The context must be the same object: hooks read from it who
   * has signed in, and would ask nobody for a second factor if it were a copy.
   *
   * @param fired says that the change took effect.
   */
  around?: (
    input: EndpointContext,
    proceed: (input?: EndpointContext) => Promise<unknown>,
    fired: () => void,
  ) => Promise<unknown>;
  /** Which database calls of this request are answered differently. */
  intercept?: (
    input: EndpointContext,
    fired: () => void,
  ) => Watch | undefined | Promise<Watch | undefined>;
}

interface Watch extends Interception {
  /** Whether the change must have taken effect by now, given how the endpoint ended. */
  mustFire?: (outcome: Outcome) => boolean;
}

const changesByEndpoint = new WeakMap<object, readonly ChangeName[]>();

/** The entries of the register that an endpoint of this instance stands for. */
export const changesOf = (endpoint: object): readonly ChangeName[] =>
  changesByEndpoint.get(endpoint) ?? [];

/** Better Auth's endpoint with changes around it, the outermost first. */
export function override<Given extends Endpoint>(
  endpoint: Given,
  ...changes: readonly EndpointChange[]
): Given {
  const run = changes.reduceRight<(input: EndpointContext) => Promise<unknown>>(
    (inner, change) => async (input) => runChanged(change, input, inner),
    async (input) => endpoint(input as never),
  );
  const overridden = Object.assign(async (input: EndpointContext) => run(input), endpoint);
  changesByEndpoint.set(overridden, [
    ...changesOf(endpoint),
    ...changes.map(({ change }) => change),
  ]);
  return overridden;
}

/** An endpoint of ours that takes the place of one of Better Auth's. */
export function replacement<Given extends Endpoint>(change: ChangeName, endpoint: Given): Given {
  changesByEndpoint.set(endpoint, [...changesOf(endpoint), change]);
  return endpoint;
}

async function runChanged(
  { change, around, intercept }: EndpointChange,
  input: EndpointContext,
  endpoint: (input: EndpointContext) => Promise<unknown>,
): Promise<unknown> {
  const run: Run = {
    change,
    interception: {},
    outer: currentRun(),
    fired: false,
    broken: undefined,
  };
  const fired = () => {
    run.fired = true;
  };
  const watch = (await intercept?.(input, fired)) ?? {};
  run.interception = watch;
  let outcome: Outcome | undefined;
  const proceed = async (given = input) => {
    try {
      const result = await runIntercepted(run, async () => endpoint(given));
      outcome = { succeeded: true, status: 200, code: undefined };
      return result;
    } catch (error) {
      outcome = outcomeOf(error);
      throw error;
    }
  };
  const settled = await settle(async () =>
    around === undefined ? proceed() : around(input, proceed, fired),
  );
  let failure = run.broken;
  // An endpoint that broke off has promised nothing.
  if (failure === undefined && !run.fired && outcome !== undefined && outcome.status < 500) {
    if (watch.mustFire?.(outcome) === true) failure = upstreamChanged(change, "it did not fire");
  }
  if (failure !== undefined) {
    await withdrawSession(input.context);
    throw failure;
  }
  if ("error" in settled) throw settled.error;
  return settled.result;
}

async function settle(call: () => Promise<unknown>) {
  try {
    return { result: await call() };
  } catch (error) {
    return { error };
  }
}

function outcomeOf(error: unknown): Outcome | undefined {
  // An exception tells nothing about the endpoint, and what has failed already needs no second finding.
  if (isUpstreamChanged(error) || !isAPIError(error)) return undefined;
  const location = new Headers(error.headers).get("location") ?? "";
  const told = error.statusCode < 400 ? /[?&]error=([^&#]*)/.exec(location)?.[1] : error.body?.code;
  const succeeded = error.statusCode < 400 && told === undefined;
  return { succeeded, status: error.statusCode, code: told };
}

/** Nobody keeps a session from a request that went on without one of the changes. */
async function withdrawSession(context: AuthContext): Promise<void> {
  const { newSession } = context;
  if (newSession == null) return;
  context.setNewSession(null);
  await context.internalAdapter.deleteSession(newSession.session.token);
}

/**
 * A plugin with some of its endpoints replaced.
 *
 * @throws {Error} when the plugin has no such endpoint, or has it at another path or method: both would be served.
 */
export function withEndpoints<
  Plugin extends BetterAuthPlugin,
  Endpoints extends NonNullable<BetterAuthPlugin["endpoints"]>,
>(plugin: Plugin, endpoints: Endpoints) {
  for (const [key, endpoint] of Object.entries(endpoints)) {
    const [change] = changesOf(endpoint);
    if (change === undefined) {
      throw new Error(`better-auth: ${plugin.id}: ${key} is replaced and names no change`);
    }
    const upstream = plugin.endpoints?.[key];
    const isSame =
      upstream !== undefined && String(routesOf({ upstream })) === String(routesOf({ endpoint }));
    assertUpstream(change, isSame, `the plugin "${plugin.id}" has no such endpoint "${key}"`);
  }
  return { ...plugin, endpoints: { ...plugin.endpoints, ...endpoints } } as Omit<
    Plugin,
    "endpoints"
  > & { endpoints: Omit<NonNullable<Plugin["endpoints"]>, keyof Endpoints> & Endpoints };
}
