/**
 * Validates a request before any route or hook sees it. A body must be well-formed JSON, with known fields of the right type
 * and text of limited length; a query must ask for limited pages. Better Auth ignores unknown fields, accepts text of any
 * length and, on some routes, values of any type. Here such a request gets a 4xx with a code, in Better Auth's format,
 * before anything is written.
 */
import type { MiddlewareHandler } from "hono";
import { authError } from "../http/problem.ts";
import { checkBodySchema, type BodySchema } from "./body-schema.ts";
import { checkPage, resolvePages } from "./pages.ts";
import { checkQuery } from "./query.ts";
import { readBody, replaceRequest, type Fields, type ReadBody } from "./read-body.ts";
import { refuse, type Refusal } from "./refusal.ts";
import { isInherited, roleNameRule } from "./role-name.ts";
import type { InputRules, ReadInputRules } from "./rules.ts";
import { readShape, unknownField, type Shape } from "./shape.ts";

export const bodyLimitBytes = 64 * 1024;
const nameLimitCharacters = 256;
const textLimitCharacters = 8 * 1024;
const depthLimit = 16;

/** Fields that people type and see. All other fields may hold URLs or tokens, so they may be longer. */
const nameFields = new Set(["name", "slug", "role", "roleName", "email", "newEmail", "banReason"]);
/** Fields that hold a role, or several with commas between. */
const roleFields = new Set(["role", "roleName"]);
const slugPattern = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/** The user's fields as Better Auth declares them: their types, and which of them a request may set. */
export type UserFields = Record<string, { type: unknown; input?: boolean | undefined }>;

interface Endpoint {
  path?: string;
  options?: { method?: string | string[]; body?: BodySchema };
}

interface Options {
  basePath: string;
  /** The origin of the pages that a request names by their paths. */
  consoleUrl: string;
  /** `auth.api`, whose schemas determine the fields that a body may have. */
  endpoints: Record<string, Endpoint>;
  /** `getAuthTables(...).user.fields`, used for the routes whose schema accepts any field. */
  userFields: UserFields;
  /** Looks up the input rules of a route in the register. */
  readRules: ReadInputRules;
}

/** Creates the middleware that guards Better Auth's routes, and resolves the paths of pages for them. */
export function checkInput(options: Options): MiddlewareHandler {
  const { basePath, consoleUrl, endpoints, userFields, readRules } = options;
  const bodies = readBodies(endpoints, userFields, readRules);
  return async (context, next) => {
    const { raw } = context.req;
    const { method } = raw;
    const url = new URL(raw.url);
    const path = url.pathname.slice(basePath.length);
    const rules = readRules(method, path);
    const read = readBody(await raw.clone().arrayBuffer(), raw, rules);
    if ("code" in read) return authError(read);
    const isRead = method === "GET" || method === "HEAD";
    const refusal =
      checkQuery(url.searchParams, rules.columns) ??
      (isRead ? undefined : await checkBody(read, rules, bodies.get(`${method} ${path}`)));
    if (refusal !== undefined) return authError(refusal);

    let { fields } = read;
    if (rules.pathsOfCaller !== true) {
      const sent = Object.fromEntries(url.searchParams);
      const inQuery = resolvePages(sent, consoleUrl, isRead ? rules.defaultPage : undefined);
      for (const [field, page] of Object.entries(inQuery)) url.searchParams.set(field, page);
      const inBody = fields && resolvePages(fields, consoleUrl, rules.defaultPage);
      if (inBody !== undefined && Object.keys(inBody).length > 0) fields = { ...fields, ...inBody };
    }
    // A request with `Content-Length: 0` arrives with a stream that is empty, for which Better Auth asks the content type.
    const emptied = read.isEmpty && raw.body !== null ? null : undefined;
    const body = fields === read.fields ? emptied : fields;
    context.req.raw = replaceRequest(raw, url, body);
    return next();
  };
}

async function checkBody(
  { isEmpty, fields }: ReadBody,
  rules: InputRules,
  body: Body | undefined,
): Promise<Refusal | undefined> {
  if (isEmpty) return body?.schema && checkBodySchema(body.schema, undefined);
  if (fields === undefined) return undefined;
  const unknown = body?.shape && unknownField(fields, body.shape);
  if (unknown !== undefined) {
    return refuse("UNKNOWN_FIELD", `This route has no field "${unknown.slice(0, 64)}".`);
  }
  const { data } = fields;
  const changesNothing =
    typeof data === "object" && data !== null && Object.keys(data).length === 0;
  if (changesNothing && rules.changesData === true) {
    return refuse("NO_DATA_TO_UPDATE", "data must contain at least one field to change.");
  }
  return (
    checkText(fields) ??
    (body && checkUserFields(fields, body)) ??
    (body?.schema && checkBodySchema(body.schema, fields))
  );
}

/** Limits every string in a value. It does not recurse, because the sender chooses the depth. */
function checkText(root: object): Refusal | undefined {
  const pending: { value: unknown; key: string; parent: string; depth: number }[] = [
    { value: root, key: "", parent: "", depth: 0 },
  ];
  for (let item = pending.pop(); item !== undefined; item = pending.pop()) {
    const { value, key, parent, depth } = item;
    if (depth > depthLimit) {
      return refuse("TOO_DEEP", `The body is nested more than ${depthLimit} levels deep.`);
    }
    if (typeof value === "string") {
      // Names count as such at the top level and in `data`. Callers may use the same field names in metadata.
      const isName = nameFields.has(key) && (parent === "" || parent === "data");
      const refusal = checkString(key, value, isName);
      if (refusal !== undefined) return refusal;
    } else if (typeof value === "object" && value !== null) {
      for (const [name, child] of Object.entries(value)) {
        if (name in Object.prototype)
          return refuse("UNKNOWN_FIELD", `There is no field named "${name}".`);
        const inList = Array.isArray(value);
        pending.push({
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
  if (value.includes("\0")) return refuse("NUL_CHARACTER", `"${key}" contains a NUL character.`);
  if (!value.isWellFormed())
    return refuse("MALFORMED_TEXT", `"${key}" is not well-formed Unicode.`);
  if (value.length > limit) {
    return refuse("TOO_LONG", `"${key}" must not have more than ${limit} characters.`);
  }
  if (!isName) return checkPage(key, value);
  if (key === "name" && value.trim() === "") return refuse("EMPTY", `"name" must not be empty.`);
  if (key === "slug" && !slugPattern.test(value)) {
    return refuse(
      "INVALID_SLUG",
      "A slug may contain only letters, digits, dots, hyphens and underscores, and starts with a letter or digit.",
    );
  }
  // Better Auth looks roles up in plain objects, where it would find what every object inherits. The rest of the rule is
  // not checked here, because an owner's routes may call something else a role.
  if (roleFields.has(key) && value.split(",").some((role) => isInherited(role.trim()))) {
    return refuse("INVALID_ROLE_NAME", roleNameRule);
  }
  return undefined;
}

interface Body {
  schema?: BodySchema | undefined;
  shape: Shape | undefined;
  /** The types of user fields, for the routes where Better Auth does not check them. */
  userFields?: { within?: "data"; types: Record<string, string> };
}

/** The user's columns that an admin may write through `data` on Better Auth's admin routes. */
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
  const ownFields = Object.fromEntries(
    Object.entries(fields)
      .filter(([, { input }]) => input !== false)
      .filter(([name]) => !["email", "createdAt", "updatedAt"].includes(name))
      .map(([name, { type }]) => [name, String(type)]),
  );
  const signUpFields = ["name", "email", "password", "image", "callbackURL", "rememberMe"];
  const userBodies: Record<NonNullable<InputRules["userFields"]>, Body> = {
    "sign-up": {
      shape: shapeOf([...signUpFields, ...Object.keys(ownFields)]),
      userFields: { types: ownFields },
    },
    own: { shape: shapeOf(Object.keys(ownFields)), userFields: { types: ownFields } },
    "admin-new": adminBody(["email", "password", "name", "role", "data"], ownFields),
    admin: adminBody(["userId", "data"], ownFields),
  };
  const bodies = new Map<string, Body>();
  for (const { path, options } of Object.values(endpoints)) {
    if (path === undefined) continue;
    for (const method of [options?.method ?? []].flat()) {
      const { userFields } = readRules(method, path);
      const body =
        userFields === undefined ? { shape: readShape(options?.body) } : userBodies[userFields];
      bodies.set(`${method} ${path}`, { ...body, schema: options?.body });
    }
  }
  return bodies;
}

function adminBody(fields: string[], ownFields: Record<string, string>): Body {
  const types = { ...ownFields, ...adminFields };
  const shape = shapeOf(fields).set("data", shapeOf(Object.keys(types)));
  return { shape, userFields: { within: "data", types } };
}

function shapeOf(fields: string[]): Map<string, Shape | undefined> {
  return new Map(fields.map((field) => [field, undefined]));
}

/** Checks the types of user fields, which Better Auth would pass to the database unchecked. */
function checkUserFields(body: Fields, { userFields }: Body): Refusal | undefined {
  if (userFields === undefined) return undefined;
  const values = userFields.within === undefined ? body : body[userFields.within];
  if (typeof values !== "object" || values === null) return undefined;
  for (const [name, value] of Object.entries(values)) {
    const type = userFields.types[name];
    const isCleared = value === null && name !== "name" && name !== "email";
    if (type === undefined || isCleared) continue;
    const fits = type === "date" ? !Number.isNaN(Date.parse(String(value))) : typeof value === type;
    if (!fits) return refuse("INVALID_TYPE", `"${name}" must be a ${type}.`);
  }
  return undefined;
}
