/**
 * The operations of OpenAPI 3.1 that Better Auth's endpoints are, its own and those of plugins. Better Auth's plugin for
 * this keeps all of zod, its texts in fifty languages and a picture in the bundle: 63 KiB of 320, gzip.
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

/** What an endpoint says of itself. */
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
  "404": "There is no such thing, or none that the session's user may see",
  "429": "Too many attempts; `Retry-After` says when to try again",
  "500": "The request could not be carried out",
  "503": "The database cannot be reached; nothing was changed",
};

const refusalSchema: Schema = {
  type: "object",
  properties: { code: { type: "string" }, message: { type: "string" } },
  required: ["code", "message"],
};

export interface UserFields {
  /** The fields of a user that are the owner's. */
  schemas: Record<string, Schema>;
  /** Whether a route takes them. */
  areTakenBy: (method: string, path: string) => boolean;
}

export function describePaths(groups: EndpointGroup[], userFields: UserFields): Paths {
  const paths: Paths = {};
  for (const { tag, endpoints } of groups) {
    for (const { path, options } of endpoints) {
      if (path === undefined || options?.metadata?.SERVER_ONLY === true) continue;
      const name = path.replaceAll(/:(\w+)/g, "{$1}");
      for (const method of [options?.method ?? "GET"].flat()) {
        paths[name] = {
          ...paths[name],
          [method.toLowerCase()]: describe(path, method, options, { tag, userFields }),
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
  { tag, userFields }: { tag: string; userFields: UserFields },
): Schema {
  const { operationId, description, tags, responses, ...described } =
    options?.metadata?.openapi ?? {};
  const own = userFields.areTakenBy(method, path) ? userFields.schemas : {};
  return {
    tags: tags ?? [tag],
    ...(operationId === undefined ? {} : { operationId }),
    ...(description === undefined ? {} : { description }),
    parameters: parametersOf(path, options?.query, described.parameters),
    ...(method === "GET" ? {} : { requestBody: bodyOf(options?.body, described.requestBody, own) }),
    responses: {
      ...Object.fromEntries(
        Object.entries(refusals).map(([status, what]) => [
          status,
          { description: what, content: { "application/json": { schema: refusalSchema } } },
        ]),
      ),
      ...responses,
    },
  };
}

function parametersOf(path: string, query: unknown, described: Parameter[] = []): Schema[] {
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
  return [...parameters, ...described.filter((parameter) => !isKnown(parameter))].map(
    (parameter) => ({ ...parameter }),
  );
}

/** What is checked decides; what an endpoint says of itself only where its schema takes anything. */
function bodyOf(body: unknown, described: Schema | undefined, own: Record<string, Schema>): Schema {
  const checked = inputSchema(body);
  const isExact =
    checked !== undefined &&
    ["properties", "anyOf", "allOf", "oneOf"].some((key) => key in checked);
  const found = isExact
    ? bodyContent(checked, !isOptional(body))
    : (described ?? bodyContent({ type: "object", properties: {} }, false));
  if (Object.keys(own).length === 0) return found;
  const content = found["content"] as { "application/json": { schema: Schema } };
  const { schema } = content["application/json"];
  const properties = { ...own, ...(schema["properties"] as object | undefined) };
  return { ...found, content: { "application/json": { schema: { ...schema, properties } } } };
}

function bodyContent(schema: Schema, required: boolean): Schema {
  return { required, content: { "application/json": { schema } } };
}
