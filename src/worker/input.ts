/**
 * What a request may contain before any route sees it: well-formed JSON, no field that the route does not know, bounded
 * text, bounded pages. Better Auth ignores unknown fields and takes any length; here the answer is a 4xx with a code,
 * and nothing has been written. Answers are in Better Auth's shape.
 */
import type { MiddlewareHandler } from "hono";
import { authError } from "./problem.ts";

export const bodyLimitBytes = 64 * 1024;
const nameLimitCharacters = 256;
const textLimitCharacters = 8 * 1024;
const depthLimit = 16;
const pageLimit = 100;
/** D1 refuses LIKE patterns over 50 bytes; the pattern adds two `%`. */
const searchLimitBytes = 48;

/** Fields that people see and type; everything else may be a URL or a token, and longer. */
const nameFields = new Set(["name", "slug", "role", "email", "newEmail", "banReason"]);

/** Routes whose schema takes any field (Better Auth's additional fields), with the fields that they have here. */
const openBodies: Record<string, string[]> = {
  "/sign-up/email": ["name", "email", "password", "image", "callbackURL", "rememberMe"],
  "/update-user": ["name", "image"],
};

/** Better Auth's user columns, for list-users: a name that is no column would fail in the database. */
const userColumns = new Set([
  "id",
  "name",
  "email",
  "emailVerified",
  "image",
  "createdAt",
  "updatedAt",
  "role",
  "banned",
  "banReason",
  "banExpires",
  "twoFactorEnabled",
]);

interface Endpoint {
  path?: string;
  options?: { method?: string | string[]; body?: unknown };
}

interface Refusal {
  status: number;
  code: string;
  detail: string;
}

/** Guards Better Auth's routes. `endpoints` is `auth.api`; their schemas say which fields a body may have. */
export function checkInput(
  basePath: string,
  endpoints: Record<string, Endpoint>,
): MiddlewareHandler {
  const fields = knownFields(endpoints);
  return async (context, next) => {
    const url = new URL(context.req.url);
    const path = url.pathname.slice(basePath.length);
    const refusal =
      checkQuery(path, url.searchParams) ??
      (await checkBody(fields.get(`${context.req.method} ${path}`), context.req.raw));
    if (refusal !== undefined) return authError(refusal);
    return next();
  };
}

async function checkBody(known: Set<string> | undefined, request: Request) {
  const type = request.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase();
  // Other media types are the router's to refuse; a provider's form_post callback is allowed there.
  if (request.body === null || (type !== undefined && type !== "application/json"))
    return undefined;
  let body: unknown;
  try {
    const bytes = await request.clone().arrayBuffer();
    if (bytes.byteLength === 0) return undefined;
    body = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes));
  } catch {
    return refuse("MALFORMED_JSON", "The body is not well-formed JSON in UTF-8.");
  }
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    return refuse("OBJECT_EXPECTED", "The body must be a JSON object.");
  }
  if (known !== undefined) {
    const unknown = Object.keys(body).find((key) => !known.has(key));
    if (unknown !== undefined) {
      return refuse("UNKNOWN_FIELD", `This route has no field "${unknown.slice(0, 64)}".`);
    }
  }
  return checkValue(body);
}

/** Bounds every text in a value, without recursion: the depth is the sender's choice. */
function checkValue(root: unknown): Refusal | undefined {
  const waiting: { value: unknown; key: string; depth: number }[] = [
    { value: root, key: "", depth: 0 },
  ];
  for (let item = waiting.pop(); item !== undefined; item = waiting.pop()) {
    const { value, key, depth } = item;
    if (depth > depthLimit)
      return refuse("TOO_DEEP", `The body is nested over ${depthLimit} deep.`);
    if (typeof value === "string") {
      const limit = nameFields.has(key) ? nameLimitCharacters : textLimitCharacters;
      if (value.includes("\0")) return refuse("NUL_CHARACTER", `"${key}" has a NUL character.`);
      if (value.length > limit) {
        return refuse("TOO_LONG", `"${key}" has more than ${limit} characters.`);
      }
      if (key === "name" && value.trim() === "") return refuse("EMPTY", `"name" is empty.`);
    } else if (typeof value === "object" && value !== null) {
      for (const [name, child] of Object.entries(value)) {
        waiting.push({ value: child, key: Array.isArray(value) ? key : name, depth: depth + 1 });
      }
    }
  }
  return undefined;
}

function checkQuery(path: string, query: URLSearchParams): Refusal | undefined {
  const limit = query.get("limit");
  if (
    limit !== null &&
    !(/^\d+$/.test(limit) && Number(limit) >= 1 && Number(limit) <= pageLimit)
  ) {
    return refuse("INVALID_LIMIT", `limit must be a whole number from 1 to ${pageLimit}.`);
  }
  const offset = query.get("offset");
  if (offset !== null && !/^\d{1,9}$/.test(offset)) {
    return refuse("INVALID_OFFSET", "offset must be a whole number from 0.");
  }
  for (const [key, value] of query) {
    if (value.includes("\0")) return refuse("NUL_CHARACTER", `"${key}" has a NUL character.`);
    if (value.length > textLimitCharacters) return refuse("TOO_LONG", `"${key}" is too long.`);
  }
  for (const key of ["searchValue", "filterValue", "search"]) {
    if (new TextEncoder().encode(query.get(key) ?? "").length > searchLimitBytes) {
      return refuse("SEARCH_TOO_LONG", `${key} must have at most ${searchLimitBytes} bytes.`);
    }
  }
  if (path === "/admin/list-users") {
    for (const key of ["sortBy", "searchField", "filterField"]) {
      const field = query.get(key);
      if (field !== null && !userColumns.has(field)) {
        return refuse("UNKNOWN_FIELD", `${key}: users have no field of this name.`);
      }
    }
  }
  return undefined;
}

/** "METHOD /path" -> the fields of its body, for routes whose schema is an object. */
function knownFields(endpoints: Record<string, Endpoint>): Map<string, Set<string>> {
  const known = new Map<string, Set<string>>();
  for (const { path, options } of Object.values(endpoints)) {
    if (path === undefined) continue;
    const fields = openBodies[path] ?? bodyFields(options?.body);
    if (fields === undefined) continue;
    for (const method of [options?.method ?? []].flat())
      known.set(`${method} ${path}`, new Set(fields));
  }
  return known;
}

/** The keys of a zod object, looking through optional and intersection; undefined when it takes any. */
function bodyFields(schema: unknown): string[] | undefined {
  const definition = (schema as { def?: Record<string, unknown> } | undefined)?.def;
  switch (definition?.["type"]) {
    case "object":
      return Object.keys(definition["shape"] as object);
    case "optional":
    case "nullable":
    case "default":
      return bodyFields(definition["innerType"]);
    case "intersection": {
      const left = bodyFields(definition["left"]);
      const right = bodyFields(definition["right"]);
      return left && right && [...left, ...right];
    }
    case "union":
      return (definition["options"] as unknown[])
        .map(bodyFields)
        .reduce((all, some) => all && some && [...all, ...some], []);
    default:
      return undefined;
  }
}

function refuse(code: string, detail: string): Refusal {
  return { status: 400, code, detail };
}
