/** `GET /api/auth/openapi.json`: the reference of every route. Better Auth describes its own and our plugins'; this adds the rest. */
import type { Auth } from "./auth/auth.ts";

const ownPaths = {
  "/session": {
    get: {
      tags: ["Session"],
      operationId: "readSession",
      summary: "Who is signed in",
      description:
        '`{"session": null}` when nobody is; else the session and its user with role, active tenant and impersonation. Never the session token.',
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
        "503": { description: "The database cannot be reached; nobody is signed out by it" },
      },
    },
  },
  "/openapi.json": {
    get: {
      tags: ["Reference"],
      operationId: "readOpenApiDocument",
      summary: "This document",
      responses: { "200": { description: "OpenAPI 3.1" } },
    },
  },
};

/** Outside `/api/auth`, so with a server of its own. */
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

/** The document; made on the first request for it, since it depends on the plugins alone. */
export function createOpenApi(auth: Auth, origin: string): () => Promise<Response> {
  let document: string | undefined;
  return async () => {
    document ??= JSON.stringify(await describe(auth, origin));
    return new Response(document, {
      headers: { "Content-Type": "application/json", "Cache-Control": "public, max-age=300" },
    });
  };
}

async function describe(auth: Auth, origin: string) {
  const generated = await auth.api.generateOpenAPISchema();
  return {
    ...generated,
    info: { title: "NNO authentication", version: "1", description: "One platform's auth Worker" },
    paths: { ...generated.paths, ...ownPaths, ...healthPath(origin) },
  };
}
