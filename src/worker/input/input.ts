/**
 * What a request may contain before any route or hook sees it: well-formed JSON, no field that the route does not know, none
 * that its schema refuses or takes for something else, bounded text, bounded pages. Better Auth ignores unknown fields, takes any length, and on some routes any type; here the answer
 * is a 4xx with a code, and nothing has been written. Answers are in Better Auth's shape.
 */
import type { MiddlewareHandler } from "hono";
import { authError } from "../http/problem.ts";
import { checkBodySchema, type BodySchema } from "./body-schema.ts";
import { checkPage } from "./pages.ts";
import { checkQuery } from "./query.ts";
import { refuse, type Refusal } from "./refusal.ts";
import type { InputRules, ReadInputRules } from "./rules.ts";
import { readShape, unknownField, type Shape } from "./shape.ts";

export const bodyLimitBytes = 64 * 1024;
const nameLimitCharacters = 256;
const textLimitCharacters = 8 * 1024;
const depthLimit = 16;

/** Fields that people see and type; everything else may be a URL or a token, and longer. */
const nameFields = new Set(["name", "slug", "role", "email", "newEmail", "banReason"]);
/** What a provider's form_post is. workerd fails on a charset that it does not know. */
const formInUtf8 = /^\s*application\/x-www-form-urlencoded\s*(?:;\s*charset="?utf-8"?\s*)?;?\s*$/i;
const slugPattern = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/** What Better Auth says of a field of the user: the ones that a request may set, and their types. */
export type UserFields = Record<string, { type: unknown; input?: boolean | undefined }>;

interface Endpoint {
  path?: string;
  options?: { method?: string | string[]; body?: BodySchema };
}

/**
 * Guards Better Auth's routes.
 *
 * @param endpoints `auth.api`: the schemas there say which fields a body may have.
 * @param userFields `getAuthTables(...).user.fields`: what the routes take whose schema takes anything.
 * @param readRules of the register.
 */
export function checkInput(
  basePath: string,
  endpoints: Record<string, Endpoint>,
  userFields: UserFields,
  readRules: ReadInputRules,
): MiddlewareHandler {
  const bodies = readBodies(endpoints, userFields, readRules);
  return async (context, next) => {
    const url = new URL(context.req.url);
    const path = url.pathname.slice(basePath.length);
    const { method } = context.req;
    const rules = readRules(method, path);
    const refusal =
      checkQuery(url.searchParams, rules.columns) ??
      (await checkBody(rules, bodies.get(`${method} ${path}`), context.req.raw));
    if (refusal !== undefined) return authError(refusal);
    return next();
  };
}

async function checkBody(rules: InputRules, body: Body | undefined, request: Request) {
  const isRead = request.method === "GET" || request.method === "HEAD";
  const bytes = await request.clone().arrayBuffer();
  if (bytes.byteLength === 0) {
    return isRead || body?.schema === undefined
      ? undefined
      : checkBodySchema(body.schema, undefined);
  }
  // No route reads one, yet a hook might: what it says would be checked nowhere (RFC 9110 section 9.3.1).
  if (isRead) {
    return refuse("BODY_NOT_EXPECTED", `A ${request.method} request has no body.`);
  }
  const type = request.headers.get("content-type") ?? "";
  if (type.split(";")[0]?.trim().toLowerCase() !== "application/json") {
    // Only a provider's form_post comes as a form; its state protects it. Any other form is another site's.
    if (rules.form === true && formInUtf8.test(type)) return undefined;
    return refuse("UNSUPPORTED_MEDIA_TYPE", "Send JSON, with Content-Type: application/json.", 415);
  }
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes));
  } catch {
    return refuse("MALFORMED_JSON", "The body is not well-formed JSON in UTF-8.");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return refuse("OBJECT_EXPECTED", "The body must be a JSON object.");
  }
  const unknown = body?.shape && unknownField(value, body.shape);
  if (unknown !== undefined) {
    return refuse("UNKNOWN_FIELD", `This route has no field "${unknown.slice(0, 64)}".`);
  }
  const { data } = value as { data?: unknown };
  const changesNothing =
    typeof data === "object" && data !== null && Object.keys(data).length === 0;
  if (changesNothing && rules.changesData === true) {
    return refuse("NO_DATA_TO_UPDATE", "data must name what is to change.");
  }
  return (
    checkText(value) ??
    (body && checkUserFields(value as Record<string, unknown>, body)) ??
    (body?.schema && checkBodySchema(body.schema, value))
  );
}

/** Bounds every text in a value, without recursion: the depth is the sender's choice. */
function checkText(root: object): Refusal | undefined {
  const waiting: { value: unknown; key: string; parent: string; depth: number }[] = [
    { value: root, key: "", parent: "", depth: 0 },
  ];
  for (let item = waiting.pop(); item !== undefined; item = waiting.pop()) {
    const { value, key, parent, depth } = item;
    if (depth > depthLimit) {
      return refuse("TOO_DEEP", `The body is nested over ${depthLimit} deep.`);
    }
    if (typeof value === "string") {
      // The body's own fields, and those of its `data`; metadata is the caller's business.
      const isName = nameFields.has(key) && (parent === "" || parent === "data");
      const refusal = checkString(key, value, isName);
      if (refusal !== undefined) return refusal;
    } else if (typeof value === "object" && value !== null) {
      for (const [name, child] of Object.entries(value)) {
        if (name in Object.prototype) return refuse("UNKNOWN_FIELD", `No field is "${name}".`);
        const inList = Array.isArray(value);
        waiting.push({
          value: child,
          key: inList ? key : name,
          parent: inList ? parent : key,
          depth: depth + 1,
        });
      }
    }
  }
  return undefined;
}

function checkString(key: string, value: string, isName: boolean): Refusal | undefined {
  const limit = isName ? nameLimitCharacters : textLimitCharacters;
  if (value.includes("\0")) return refuse("NUL_CHARACTER", `"${key}" has a NUL character.`);
  if (!value.isWellFormed()) return refuse("MALFORMED_TEXT", `"${key}" is not well-formed text.`);
  if (value.length > limit) {
    return refuse("TOO_LONG", `"${key}" has more than ${limit} characters.`);
  }
  if (!isName) return checkPage(key, value);
  if (key === "name" && value.trim() === "") return refuse("EMPTY", `"name" is empty.`);
  if (key === "slug" && !slugPattern.test(value)) {
    return refuse("INVALID_SLUG", "A slug has letters, digits, dots, dashes and underscores.");
  }
  // Roles are looked up by name in objects that have a prototype.
  if (key === "role" && value.split(",").some((role) => role.trim() in Object.prototype)) {
    return refuse("ROLE_NOT_FOUND", "There is no such role.");
  }
  return undefined;
}

interface Body {
  schema?: BodySchema | undefined;
  shape: Shape | undefined;
  /** Types of user fields, for the routes that Better Auth checks none of. */
  userFields?: { within?: "data"; types: Record<string, string> };
}

/** The user's columns that an admin may write through the `data` of Better Auth's admin routes. */
const adminFields = {
  emailVerified: "boolean",
  banned: "boolean",
  banReason: "string",
  role: "string",
  email: "string",
};

function readBodies(
  endpoints: Record<string, Endpoint>,
  fields: UserFields,
  readRules: ReadInputRules,
): Map<string, Body> {
  const own = Object.fromEntries(
    Object.entries(fields)
      .filter(([, { input }]) => input !== false)
      .filter(([name]) => !["email", "createdAt", "updatedAt"].includes(name))
      .map(([name, { type }]) => [name, String(type)]),
  );
  const signUp = ["name", "email", "password", "image", "callbackURL", "rememberMe"];
  const open: Record<NonNullable<InputRules["userFields"]>, Body> = {
    "sign-up": {
      shape: shapeOf([...signUp, ...Object.keys(own)]),
      userFields: { types: own },
    },
    own: { shape: shapeOf(Object.keys(own)), userFields: { types: own } },
    "admin-new": adminBody(["email", "password", "name", "role", "data"], own),
    admin: adminBody(["userId", "data"], own),
  };
  const bodies = new Map<string, Body>();
  for (const { path, options } of Object.values(endpoints)) {
    if (path === undefined) continue;
    for (const method of [options?.method ?? []].flat()) {
      const { userFields } = readRules(method, path);
      const body =
        userFields === undefined ? { shape: readShape(options?.body) } : open[userFields];
      bodies.set(`${method} ${path}`, { ...body, schema: options?.body });
    }
  }
  return bodies;
}

function adminBody(fields: string[], own: Record<string, string>): Body {
  const types = { ...own, ...adminFields };
  const shape = shapeOf(fields).set("data", shapeOf(Object.keys(types)));
  return { shape, userFields: { within: "data", types } };
}

function shapeOf(fields: string[]): Map<string, Shape | undefined> {
  return new Map(fields.map((field) => [field, undefined]));
}

/** Better Auth hands these on to the database as they are, whatever they are. */
function checkUserFields(body: Record<string, unknown>, { userFields }: Body): Refusal | undefined {
  if (userFields === undefined) return undefined;
  const values = userFields.within === undefined ? body : body[userFields.within];
  if (typeof values !== "object" || values === null) return undefined;
  for (const [name, value] of Object.entries(values)) {
    const type = userFields.types[name];
    const cleared = value === null && name !== "name" && name !== "email";
    if (type === undefined || cleared) continue;
    const fits = type === "date" ? !Number.isNaN(Date.parse(String(value))) : typeof value === type;
    if (!fits) return refuse("INVALID_TYPE", `"${name}" must be a ${type}.`);
  }
  return undefined;
}
