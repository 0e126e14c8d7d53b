/** `GET /api/auth/openapi.json` describes every route: Better Auth's, its plugins' and this Worker's own. */
import type { BetterAuthPlugin } from "better-auth";
import { getAuthTables } from "better-auth/db";
import type { Auth } from "../auth/auth.ts";
import { answersOfReference } from "../auth/routes/answers.ts";
import { paths } from "../auth/routes/paths.ts";
import type { Routes } from "../auth/routes/register.ts";
import { sessionCookieName } from "../cookies/names.ts";
import { describePaths, type Endpoint, type EndpointGroup } from "./operations.ts";
import { columnSchema, rowSchemas } from "./schemas.ts";

/** User fields that Better Auth itself documents on the routes that accept them. */
const coreUserFields = new Set([
  "name",
  "email",
  "emailVerified",
  "image",
  "createdAt",
  "updatedAt",
]);

const ownPaths = {
  [paths.session]: {
    get: {
      tags: ["Session"],
      operationId: "readSession",
      summary: "Read the current session",
      description:
        '`{"session": null}` if nobody is signed in; otherwise the session and its user, with role, active tenant and impersonation. The response never contains the session token.',
      responses: {
        "200": {
          description: "The session, or null",
          content: {
            "application/json": {
              schema: {
                type: "object",
                properties: {
                  session: { type: ["object", "null"] },
                  user: { $ref: "#/components/schemas/User" },
                },
                required: ["session"],
              },
            },
          },
        },
        "503": { description: "The database cannot be reached. The session remains valid." },
      },
    },
  },
  [paths.openapi]: {
    get: {
      tags: ["Reference"],
      operationId: "readOpenApiDocument",
      summary: "This document",
      responses: {
        "200": {
          description: "OpenAPI 3.1",
          content: { "application/json": { schema: { type: "object" } } },
        },
      },
    },
  },
};

/** `/healthz` is outside `/api/auth`, so it has its own server entry. */
const healthPath = (origin: string) => ({
  "/healthz": {
    servers: [{ url: origin }],
    get: {
      tags: ["Health"],
      operationId: "readHealth",
      summary: "Release, schema, providers and mail",
      responses: {
        "200": { description: "Everything is as this release expects" },
        "503": { description: "The configuration, the database or its schema is wrong" },
      },
    },
  },
});

/** The document depends only on the plugins, so it is built once, on the first request. */
export function createOpenApi(auth: Auth, routes: Routes, origin: string): () => Response {
  let document: string | undefined;
  return () => {
    document ??= JSON.stringify(describe(auth, routes, origin));
    return new Response(document, {
      headers: { "Content-Type": "application/json", "Cache-Control": "public, max-age=300" },
    });
  };
}

function describe(auth: Auth, routes: Routes, origin: string) {
  const tables = getAuthTables(auth.options);
  const ownFields = Object.entries(tables["user"]?.fields ?? {})
    .filter(([, { input, fieldName }]) => input !== false && !coreUserFields.has(fieldName ?? ""))
    .map(([name, column]) => [name, columnSchema(column)] as const);
  return {
    openapi: "3.1.1",
    info: { title: "NNO authentication", version: "1", description: "One platform's auth Worker" },
    servers: [{ url: `${origin}/api/auth` }],
    security: [{ session: [] }, { bearer: [] }],
    components: {
      schemas: rowSchemas(tables),
      securitySchemes: {
        session: {
          type: "apiKey",
          in: "cookie",
          name: sessionCookieName({ secure: origin.startsWith("https:") }),
        },
        bearer: { type: "http", scheme: "bearer", description: "The signed value of the cookie" },
      },
    },
    paths: {
      ...describePaths(
        groupsOf(auth),
        {
          schemas: Object.fromEntries(ownFields),
          areAcceptedBy: (method, path) =>
            ["sign-up", "own"].includes(routes.of({ method, path })?.input?.userFields ?? ""),
        },
        answersOfReference,
      ),
      ...ownPaths,
      ...healthPath(origin),
    },
  };
}

/** Better Auth's endpoints, grouped by the plugin that adds them. */
function groupsOf(auth: Auth): EndpointGroup[] {
  const plugins: BetterAuthPlugin[] = auth.options.plugins;
  const groups = plugins.map(({ id, endpoints = {} }) => ({
    tag: id.charAt(0).toUpperCase() + id.slice(1),
    endpoints: Object.values(endpoints) as Endpoint[],
  }));
  const ofPlugins = new Set(groups.flatMap(({ endpoints }) => endpoints.map(({ path }) => path)));
  const all = Object.values(auth.api) as Endpoint[];
  return [{ tag: "Default", endpoints: all.filter(({ path }) => !ofPlugins.has(path)) }, ...groups];
}
