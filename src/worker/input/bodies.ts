/** What the routes declare of their bodies: fields, types of user fields, and media types. */
import { createLookup } from "../http/route-lookup.ts";
import type { BodySchema } from "./body-schema.ts";
import type { BodyTypes } from "./read-body.ts";
import { refuse, type Refusal } from "./refusal.ts";
import type { InputRules } from "./rules.ts";
import { readShape, type Fields, type Shape } from "./shape.ts";

/** The user's fields as Better Auth declares them: their types, and which of them a request may set. */
export type UserFields = Record<string, { type: unknown; input?: boolean | undefined }>;

export interface Endpoint {
  path?: string;
  options?: {
    method?: string | string[];
    body?: BodySchema;
    disableBody?: boolean;
    metadata?: unknown;
  };
}

/** Looks up the rules of a route. The path is relative to the base path. */
export type ReadRoute = (method: string, path: string) => { rules: InputRules; isOwners: boolean };

const jsonType = "application/json";

/** The body of a route that is not there. */
export const undeclaredBody: Body = { types: { mediaTypes: [jsonType] }, shape: undefined };

/** What a route declares of its body. */
export interface Body {
  types: BodyTypes;
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

export function readBodies(
  endpoints: Record<string, Endpoint>,
  fields: UserFields,
  readRoute: ReadRoute,
) {
  const ownFields = Object.fromEntries(
    Object.entries(fields)
      .filter(([, { input }]) => input !== false)
      .filter(([name]) => !["email", "createdAt", "updatedAt"].includes(name))
      .map(([name, { type }]) => [name, String(type)]),
  );
  const signUpFields = ["name", "email", "password", "image", "callbackURL", "rememberMe"];
  const userBodies: Record<NonNullable<InputRules["userFields"]>, Omit<Body, "types">> = {
    "sign-up": {
      shape: shapeOf([...signUpFields, ...Object.keys(ownFields)]),
      userFields: { types: ownFields },
    },
    own: { shape: shapeOf(Object.keys(ownFields)), userFields: { types: ownFields } },
    "admin-new": adminBody(["email", "password", "name", "role", "data"], ownFields),
    admin: adminBody(["userId", "data"], ownFields),
  };
  const bodies: Record<string, Body> = {};
  for (const { path, options = {} } of Object.values(endpoints)) {
    if (path === undefined) continue;
    for (const method of [options.method ?? []].flat()) {
      const { rules, isOwners } = readRoute(method, path);
      const body =
        rules.userFields === undefined
          ? { shape: readShape(options.body) }
          : userBodies[rules.userFields];
      const types = isOwners ? ownersTypes(options) : templateTypes(rules);
      bodies[`${method} ${path}`] = { ...body, types, schema: options.body };
    }
  }
  return createLookup(bodies);
}

/** Only a provider's form_post is a form, and its state parameter protects it. Any other form is cross-site. */
const templateTypes = ({ form }: InputRules): BodyTypes =>
  form === true
    ? { mediaTypes: [jsonType, "application/x-www-form-urlencoded"], unread: "forms" }
    : { mediaTypes: [jsonType] };

/** A form of another site has its Origin, which Better Auth refuses beside a cookie. */
function ownersTypes({ disableBody, metadata }: NonNullable<Endpoint["options"]>): BodyTypes {
  if (disableBody === true) return { mediaTypes: [], unread: "all" };
  const { allowedMediaTypes } = (metadata ?? {}) as { allowedMediaTypes?: string[] };
  return { mediaTypes: allowedMediaTypes ?? [jsonType] };
}

function adminBody(fields: string[], ownFields: Record<string, string>): Omit<Body, "types"> {
  const types = { ...ownFields, ...adminFields };
  const shape = shapeOf(fields).set("data", shapeOf(Object.keys(types)));
  return { shape, userFields: { within: "data", types } };
}

function shapeOf(fields: string[]): Map<string, Shape | undefined> {
  return new Map(fields.map((field) => [field, undefined]));
}

/** Checks the types of user fields, which Better Auth would pass to the database unchecked. */
export function checkUserFields(body: Fields, { userFields }: Body): Refusal | undefined {
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
