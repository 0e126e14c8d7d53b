/**
 * Validates a request before any route or hook sees it. A body must be well-formed JSON, with known fields of the right type
 * and text of limited length; a query must ask for limited pages. Better Auth ignores unknown fields, accepts text of any
 * length and, on some routes, values of any type. Here such a request gets a 4xx with a code, in Better Auth's format,
 * before anything is written.
 */
import type { MiddlewareHandler } from "hono";
import { isNameRefused } from "../email/user-text.ts";
import { authError } from "../http/problem.ts";
import {
  checkUserFields,
  readBodies,
  undeclaredBody,
  type Body,
  type Endpoint,
  type ReadRoute,
  type UserFields,
} from "./bodies.ts";
import { checkBodySchema, readWithSchema } from "./body-schema.ts";
import { isEmailAddress } from "./email-address.ts";
import { checkPage, resolvePages } from "./pages.ts";
import { checkQuery } from "./query.ts";
import { readBody, replaceRequest, type ReadBody } from "./read-body.ts";
import { refuse, type Refusal } from "./refusal.ts";
import { isInherited, roleNameRule } from "./role-name.ts";
import type { InputRules } from "./rules.ts";
import { isFields, unknownField } from "./shape.ts";
import { checkSizes, pictureFields, type SizeLimits } from "./sizes.ts";

export const bodyLimitBytes = 64 * 1024;
export const nameLimitCharacters = 256;
const depthLimit = 16;

/** Fields that people type and see. All other fields may hold URLs or tokens, so they may be longer. */
const nameFields = new Set(["name", "slug", "role", "roleName", "email", "newEmail", "banReason"]);
/** Where they are such fields: at the top level, in the data of a change, and in the account of the first admin. */
const ownParents = new Set(["", "data", "account"]);
/** Fields that hold a role, or several with commas between. */
const roleFields = new Set(["role", "roleName"]);
const addressFields = new Set(["email", "newEmail"]);
const slugPattern = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

interface Options {
  basePath: string;
  /** The origin of the pages that a request names by their paths. */
  consoleUrl: string;
  /** `auth.api`, whose schemas determine the fields that a body may have. */
  endpoints: Record<string, Endpoint>;
  /** `getAuthTables(...).user.fields`, used for the routes whose schema accepts any field. */
  userFields: UserFields;
  /** Looks up a route in the register. */
  readRoute: ReadRoute;
  /** The sizes of what a request may store. */
  limits: SizeLimits;
}

/** Creates the middleware that guards Better Auth's routes, and resolves the paths of pages for them. */
export function checkInput(options: Options): MiddlewareHandler {
  const { basePath, consoleUrl, endpoints, userFields, readRoute, limits } = options;
  const bodies = readBodies(endpoints, userFields, readRoute);
  return async (context, next) => {
    const { raw } = context.req;
    const { method } = raw;
    const url = new URL(raw.url);
    const path = url.pathname.slice(basePath.length);
    const { rules, isOwners } = readRoute(method, path);
    const declared = bodies.at(method, path) ?? undeclaredBody;
    const read = readBody(await raw.clone().arrayBuffer(), raw, declared.types);
    if ("code" in read) return authError(read);
    const isRead = method === "GET" || method === "HEAD";
    const check = isOwners ? checkOwnersBody : checkBody;
    const checked =
      checkQuery(url.searchParams, rules.columns) ??
      (isRead ? {} : await check(read, declared, rules, limits));
    if ("code" in checked) return authError(checked);

    let { value } = checked;
    if (rules.pathsOfCaller !== true) {
      const sent = Object.fromEntries(url.searchParams);
      const inQuery = resolvePages(sent, consoleUrl, isRead ? rules.defaultPage : undefined);
      for (const [field, page] of Object.entries(inQuery)) url.searchParams.set(field, page);
      const inBody = isFields(value) ? resolvePages(value, consoleUrl, rules.defaultPage) : {};
      if (isFields(value) && Object.keys(inBody).length > 0) value = { ...value, ...inBody };
    }
    const isChanged = read.value !== undefined && value !== read.value;
    // A request with `Content-Length: 0` arrives with a stream that is empty, for which Better Auth asks the content type.
    const isEmptyStream = read.isEmpty && raw.body !== null;
    const body = isChanged ? { value, isForm: read.isForm } : isEmptyStream ? null : undefined;
    context.req.raw = replaceRequest(raw, url, body);
    return next();
  };
}

/** The value that the route is to read. */
interface Checked {
  value?: unknown;
}

async function checkBody(
  { isEmpty, value }: ReadBody,
  declared: Body,
  rules: InputRules,
  limits: SizeLimits,
): Promise<Checked | Refusal> {
  const { schema, shape } = declared;
  if (isEmpty) return (schema && (await checkBodySchema(schema, undefined))) ?? {};
  if (value === undefined) return {};
  if (!isFields(value)) return refuse("OBJECT_EXPECTED", "The body must be a JSON object.");
  const unknown = shape && unknownField(value, shape);
  if (unknown !== undefined) {
    return refuse("UNKNOWN_FIELD", `This route has no field "${unknown.slice(0, 64)}".`);
  }
  const { data } = value;
  const changesNothing = isFields(data) && Object.keys(data).length === 0;
  if (changesNothing && rules.changesData === true) {
    return refuse("NO_DATA_TO_UPDATE", "data must contain at least one field to change.");
  }
  const refusal =
    checkText(value, { ...templateText, pictures: pictureFields(rules) }) ??
    checkSizes(value, rules, limits) ??
    checkUserFields(value, declared) ??
    (schema && (await checkBodySchema(schema, value)));
  return refusal ?? { value };
}

/**
 * A route of an owner's plugin may take what its schema accepts, as Better Auth documents it. Only text that no database
 * holds is refused.
 */
async function checkOwnersBody(
  { isEmpty, value }: ReadBody,
  { schema }: Body,
): Promise<Checked | Refusal> {
  if (value === undefined && !isEmpty) return {};
  const refusal = checkText({ body: value }, ownersText);
  if (refusal !== undefined) return refusal;
  return schema === undefined ? { value } : readWithSchema(schema, value);
}

interface TextRules {
  limitCharacters: number;
  /** Fields such as `name` and `slug` are the template's, and have its rules. */
  hasNameFields: boolean;
  /** Fields that have a length of their own (`sizes.ts`). */
  pictures: readonly string[];
}

const templateText: TextRules = { limitCharacters: 8 * 1024, hasNameFields: true, pictures: [] };
const ownersText: TextRules = {
  limitCharacters: bodyLimitBytes,
  hasNameFields: false,
  pictures: [],
};

/** Limits every string in a value. It does not recurse, because the sender chooses the depth. */
function checkText(root: object, rules: TextRules): Refusal | undefined {
  const pending: { value: unknown; key: string; parent: string; depth: number }[] = [
    { value: root, key: "", parent: "", depth: 0 },
  ];
  for (let item = pending.pop(); item !== undefined; item = pending.pop()) {
    const { value, key, parent, depth } = item;
    if (depth > depthLimit) {
      return refuse("TOO_DEEP", `The body is nested more than ${depthLimit} levels deep.`);
    }
    if (typeof value === "string") {
      // Callers may use the same field names in metadata.
      const isOwnField = ownParents.has(parent);
      const isName = rules.hasNameFields && nameFields.has(key) && isOwnField;
      const isPicture = rules.pictures.includes(key) && isOwnField;
      const limit = isPicture ? bodyLimitBytes : rules.limitCharacters;
      const refusal = checkString(key, value, isName ? nameLimitCharacters : limit, isName);
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

function checkString(
  key: string,
  value: string,
  limit: number,
  isName: boolean,
): Refusal | undefined {
  if (value.includes("\0")) return refuse("NUL_CHARACTER", `"${key}" contains a NUL character.`);
  if (!value.isWellFormed())
    return refuse("MALFORMED_TEXT", `"${key}" is not well-formed Unicode.`);
  if (value.length > limit) {
    return refuse("TOO_LONG", `"${key}" must not have more than ${limit} characters.`);
  }
  if (!isName) return checkPage(key, value);
  if (key === "name" && value.trim() === "") return refuse("EMPTY", `"name" must not be empty.`);
  if (key === "name" && isNameRefused(value)) {
    return refuse(
      "INVALID_NAME",
      "A name must not contain links, email addresses, line breaks, or characters that change the direction of text.",
    );
  }
  // Some routes lower-case an address before they check it, which can turn an invalid one into somebody else's.
  const isLost = addressFields.has(key) && !isEmailAddress(value);
  if (isLost && isEmailAddress(value.toLowerCase())) {
    return refuse("INVALID_EMAIL", `"${key}" is not a valid email address. Correct it.`);
  }
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
