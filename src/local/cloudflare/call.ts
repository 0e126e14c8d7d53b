/**
 * One API call: what a handler receives, what it may answer, and the envelope that Cloudflare puts around the answer. It does
 * routing and authorization itself, so that no handler can forget them.
 */
import type { z } from "zod";
import {
  ApiError,
  authenticationError,
  invalidAccessToken,
  invalidApiToken,
  malformedAuthorization,
  noRoute,
  unreadableRequest,
} from "./errors.ts";
import type { Account, Permission } from "./account.ts";
import type { Runtime } from "./runtime.ts";
import type { State } from "./state.ts";
import type { Version, WorkerStore } from "./worker-store.ts";

/** What every handler works with. */
export interface Cloud {
  state: State;
  runtime: Runtime;
  workers: WorkerStore;
  /** Loads a version that is not stored yet, with the modules that came with it. */
  inspect(version: Version, contents: Map<string, Buffer>): ReturnType<Runtime["inspect"]>;
  account: Account;
  rootDomain: string;
  /** The address at which clients reach this server: `http://127.0.0.1:<port>`. */
  origin: string;
  /** How long a new hostname waits for its certificate. */
  certificateDelayMilliseconds: number;
  now: () => number;
  log: (line: string) => void;
}

export interface ApiRequest {
  method: string;
  path: string;
  query: URLSearchParams;
  authorization: string | undefined;
  contentType: string;
  userAgent: string;
  body: Buffer;
}

export interface Call {
  cloud: Cloud;
  request: ApiRequest;
  /** The part of the path that matches `:name`. */
  param: (name: string) => string;
}

export interface ResultInfo {
  page: number;
  per_page: number;
  count: number;
  total_count: number;
  total_pages?: number;
}

export type Answer =
  | { status?: number; result: unknown; resultInfo?: ResultInfo }
  /** An answer without an envelope; only the download of a script has one. */
  | { raw: Response };

export interface Route {
  method: "DELETE" | "GET" | "PATCH" | "POST" | "PUT";
  /** `/accounts/:account/d1/database/:database` */
  path: string;
  /** Undefined if any token will do. */
  permission: Permission | undefined;
  handle: (call: Call) => Answer | Promise<Answer>;
}

/** Finds a call's handler and checks that the caller may use it. */
export function createRouter(
  routes: Route[],
): (cloud: Cloud, request: ApiRequest) => Promise<Response> {
  const table = routes.map((route) => ({ ...route, segments: route.path.split("/") }));
  return async (cloud, request) => {
    try {
      const permissions = authenticate(cloud, request);
      const segments = request.path.split("/");
      const candidates = table.filter((route) => matches(route.segments, segments));
      const route = candidates.find(({ method }) => method === request.method);
      if (route === undefined) throw noRoute(request.path);
      const param = (name: string): string => {
        const index = route.segments.indexOf(`:${name}`);
        return decodeSegment(segments[index] ?? "");
      };
      checkOwner(cloud, request, route, param);
      if (route.permission !== undefined && !allows(permissions, route.permission)) {
        throw authenticationError(403);
      }
      const answer = await route.handle({ cloud, request, param });
      if ("raw" in answer) return answer.raw;
      const { status = 200, result, resultInfo } = answer;
      return Response.json(
        {
          success: true,
          errors: [],
          messages: [],
          result,
          ...(resultInfo === undefined ? {} : { result_info: resultInfo }),
        },
        { status },
      );
    } catch (error) {
      if (error instanceof ApiError) return refusal(error);
      cloud.log(`${request.method} ${request.path}: ${describe(error)}`);
      return refusal(new ApiError(500, 10013, "An unknown error has occurred", { cause: error }));
    }
  };
}

const describe = (error: unknown) =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);

export function refusal(error: ApiError): Response {
  const { code, message, chain, status } = error;
  const errors = [{ code, message, ...(chain.length === 0 ? {} : { error_chain: chain }) }];
  return Response.json({ success: false, errors, messages: [], result: null }, { status });
}

function matches(pattern: string[], segments: string[]): boolean {
  return (
    pattern.length === segments.length &&
    pattern.every((part, index) =>
      part.startsWith(":") ? segments[index] !== "" : part === segments[index],
    )
  );
}

/** @returns the token's permissions, or undefined if it has all of them. */
function authenticate(
  { account }: Cloud,
  { authorization, path }: ApiRequest,
): Set<string> | undefined {
  if (authorization === undefined) throw authenticationError(401);
  const [, token] = /^Bearer ([A-Za-z0-9_-]+)$/.exec(authorization) ?? [];
  if (token === undefined) throw malformedAuthorization();
  const known = account.tokens.get(token);
  if (known !== undefined) return known === "all" ? undefined : new Set(known);
  if (path === "/user/tokens/verify") throw invalidApiToken();
  throw path.startsWith("/accounts/") ? authenticationError(401) : invalidAccessToken();
}

function checkOwner(
  cloud: Cloud,
  { path }: ApiRequest,
  route: { path: string },
  param: (name: string) => string,
) {
  const identifier = /^[0-9a-f]{32}$/;
  for (const [name, own] of [
    ["account", cloud.account.id],
    ["zone", cloud.account.zoneId],
  ] as const) {
    if (!route.path.includes(`:${name}`)) continue;
    if (!identifier.test(param(name))) throw noRoute(path);
    if (param(name) !== own) throw authenticationError(403);
  }
}

function allows(permissions: Set<string> | undefined, permission: Permission): boolean {
  return (
    permissions === undefined ||
    permissions.has(permission) ||
    permissions.has(permission.replace(/:Read$/, ":Edit"))
  );
}

/** Reads a JSON body of this shape. @throws {ApiError} that names the field. */
export function readJson<Schema extends z.ZodType>(
  { request }: Call,
  schema: Schema,
  refuse: (message: string) => ApiError = unreadableRequest,
): z.infer<Schema> {
  let value: unknown;
  try {
    value = JSON.parse(request.body.toString("utf8"));
  } catch (error) {
    throw new ApiError(400, refuse("").code, "Could not parse input. Invalid JSON.", {
      cause: error,
    });
  }
  return parseShape(value, schema, refuse);
}

export function parseShape<Schema extends z.ZodType>(
  value: unknown,
  schema: Schema,
  refuse: (message: string) => ApiError = unreadableRequest,
): z.infer<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw refuse(`${issue?.path.join(".") ?? ""}: ${issue?.message ?? "invalid"}`);
}

/** The page of `items` that the query asks for. */
export function paginate<Item>(
  { request }: Call,
  items: Item[],
  perPage: { default: number; minimum: number; maximum: number },
): { result: Item[]; resultInfo: ResultInfo } {
  const page = readCount(request.query, "page", 1, 1, Number.MAX_SAFE_INTEGER);
  const size = readCount(
    request.query,
    "per_page",
    perPage.default,
    perPage.minimum,
    perPage.maximum,
  );
  const result = items.slice((page - 1) * size, page * size);
  return {
    result,
    resultInfo: {
      page,
      per_page: size,
      count: result.length,
      total_count: items.length,
      total_pages: Math.ceil(items.length / size),
    },
  };
}

function readCount(
  query: URLSearchParams,
  name: string,
  fallback: number,
  minimum: number,
  maximum: number,
): number {
  const text = query.get(name);
  if (text === null) return fallback;
  const value = Number(text);
  if (!Number.isInteger(value) || value < minimum || value > maximum) {
    throw unreadableRequest(`${name} must be a whole number from ${minimum} to ${maximum}`);
  }
  return value;
}

/** @throws {ApiError} 400 for a broken percent-encoding. */
function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch (cause) {
    throw new ApiError(400, 7003, `Could not route to ${segment}`, { cause });
  }
}
