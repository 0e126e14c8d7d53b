/**
 * Describes Better Auth's endpoints, including those of plugins, as OpenAPI 3.1 operations. Better Auth's own OpenAPI plugin
 * is not used because it pulls all of zod, zod's texts in fifty languages and an image into the bundle: 63 of 320 KiB,
 * gzipped.
 */
import { inputSchema, isOptional, type Schema } from "./schemas.ts";

export interface Endpoint {
  path?: string;
  options?: {
    method?: string | string[];
    body?: unknown;
    query?: unknown;
    metadata?: { SERVER_ONLY?: boolean; openapi?: Description };
  };
}

/** The OpenAPI metadata that an endpoint declares. */
interface Description {
  operationId?: string;
  description?: string;
  tags?: string[];
  parameters?: Parameter[];
  requestBody?: Schema;
  responses?: Record<string, Schema>;
}

interface Parameter {
  in: string;
  name: string;
}

export interface Paths {
  [path: string]: Record<string, Schema>;
}

export interface EndpointGroup {
  tag: string;
  endpoints: Endpoint[];
}

const refusals: Record<string, string> = {
  "400": "Parameters are missing or invalid",
  "401": "Nobody is signed in, or the credentials are wrong",
  "403": "The session's user may not do this",
  "405": "The route does not have this method, or not as it is configured",
  "404": "It does not exist, or the session's user may not see it",
  "429": "Too many attempts; `Retry-After` says when to try again",
  "500": "The request could not be carried out",
  "503": "The database cannot be reached; nothing was changed",
};

const refusalSchema: Schema = {
  type: "object",
  properties: {
    code: { type: "string" },
    message: { type: "string" },
    retryAfter: { type: "integer", description: "The seconds of `Retry-After`, with 429 and 503" },
  },
  required: ["code", "message"],
};

export interface UserFields {
  /** The schemas of the user fields that the owner has added. */
  schemas: Record<string, Schema>;
  /** True if a route accepts these fields. */
  areAcceptedBy: (method: string, path: string) => boolean;
}

/** The answers of a route, by status, in place of those that its metadata declares. */
type Answers = Readonly<Partial<Record<string, Record<string, Schema>>>>;

export function describePaths(
  groups: EndpointGroup[],
  userFields: UserFields,
  answers: Answers,
): Paths {
  const paths: Paths = {};
  for (const { tag, endpoints } of groups) {
    for (const { path, options } of endpoints) {
      if (path === undefined || options?.metadata?.SERVER_ONLY === true) continue;
      const name = path.replaceAll(/:(\w+)/g, "{$1}");
      for (const method of [options?.method ?? "GET"].flat()) {
        paths[name] = {
          ...paths[name],
          [method.toLowerCase()]: describe(path, method, options, {
            tag,
            userFields,
            answers: answers[`${method} ${path}`],
          }),
        };
      }
    }
  }
  return paths;
}

function describe(
  path: string,
  method: string,
  options: Endpoint["options"],
  {
    tag,
    userFields,
    answers,
  }: { tag: string; userFields: UserFields; answers: Record<string, Schema> | undefined },
): Schema {
  const { operationId, description, tags, responses, ...declared } =
    options?.metadata?.openapi ?? {};
  const ownFields = userFields.areAcceptedBy(method, path) ? userFields.schemas : {};
  return {
    tags: tags ?? [tag],
    ...(operationId === undefined ? {} : { operationId }),
    ...(description === undefined ? {} : { description }),
    parameters: parametersOf(path, options?.query, declared.parameters),
    ...(method === "GET"
      ? {}
      : { requestBody: bodyOf(options?.body, declared.requestBody, ownFields) }),
    responses: {
      ...Object.fromEntries(
        Object.entries(refusals).map(([status, reason]) => [
          status,
          { description: reason, content: { "application/json": { schema: refusalSchema } } },
        ]),
      ),
      ...responses,
      ...answers,
    },
  };
}

function parametersOf(path: string, query: unknown, declared: Parameter[] = []): Schema[] {
  const { properties = {}, required = [] } = (inputSchema(query) ?? {}) as {
    properties?: Record<string, Schema>;
    required?: string[];
  };
  const names = Array.from(path.matchAll(/:(\w+)/g), ([, name = ""]) => name);
  const parameters = [
    ...names.map((name) => ({
      name,
      in: "path",
      required: true,
      schema: { type: "string" } as Schema,
    })),
    ...Object.entries(properties).map(([name, schema]) => ({
      name,
      in: "query",
      required: required.includes(name),
      schema,
    })),
  ];
  const isKnown = ({ in: where, name }: Parameter) =>
    parameters.some((parameter) => parameter.in === where && parameter.name === name);
  return [...parameters, ...declared.filter((parameter) => !isKnown(parameter))].map(
    (parameter) => ({ ...parameter }),
  );
}

/** The schema that is enforced takes precedence. Declared metadata is used only where that schema accepts any field. */
function bodyOf(
  body: unknown,
  declared: Schema | undefined,
  ownFields: Record<string, Schema>,
): Schema {
  const enforced = inputSchema(body);
  const isExact =
    enforced !== undefined &&
    ["properties", "anyOf", "allOf", "oneOf"].some((key) => key in enforced);
  const found = isExact
    ? bodyContent(enforced, !isOptional(body))
    : (declared ?? bodyContent({ type: "object", properties: {} }, false));
  if (Object.keys(ownFields).length === 0) return found;
  const content = found["content"] as { "application/json": { schema: Schema } };
  const { schema } = content["application/json"];
  const properties = { ...ownFields, ...(schema["properties"] as object | undefined) };
  return { ...found, content: { "application/json": { schema: { ...schema, properties } } } };
}

function bodyContent(schema: Schema, required: boolean): Schema {
  return { required, content: { "application/json": { schema } } };
}
