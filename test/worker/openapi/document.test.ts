/** The API reference is one that tools can read, and says what routes really take. */
import { beforeAll, expect, it } from "vitest";
import { openApp } from "../browser.ts";

interface Schema {
  type?: string | string[];
  properties?: Record<string, Schema>;
  required?: string[];
}

interface Operation {
  operationId?: string;
  tags: string[];
  parameters: { in: string; name: string; required?: boolean; schema?: Schema }[];
  requestBody?: { required?: boolean; content: { "application/json": { schema: Schema } } };
  responses: Record<string, { description: string }>;
}

interface Document {
  servers: { url: string }[];
  components: { schemas: Record<string, Schema> };
  paths: Record<string, Record<string, Operation>>;
}

let text: string;
let document: Document;

beforeAll(async () => {
  const opened = openApp({
    plugins: [
      {
        id: "own",
        schema: { user: { fields: { nickname: { type: "string", required: false } } } },
      },
    ],
  });
  ({ body: document } = await opened.open().get<Document>("/api/auth/openapi.json"));
  text = JSON.stringify(document);
});

const operations = () =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([method]) => method !== "servers")
      .map(([method, operation]) => ({ path, method, operation })),
  );

it("refers to schemas that are in it", () => {
  const references = Array.from(
    text.matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g),
    ([, name = ""]) => name,
  );
  expect(references.length).toBeGreaterThan(10);
  const names = Object.keys(document.components.schemas);
  expect([...new Set(references)].filter((name) => !names.includes(name))).toEqual([]);
});

it("declares every part of a path", () => {
  for (const { path, operation } of operations()) {
    const parts = Array.from(path.matchAll(/\{(\w+)\}/g), ([, name]) => name);
    const declared = (operation.parameters ?? []).filter((parameter) => parameter.in === "path");
    expect(
      declared.map(({ name }) => name),
      path,
    ).toEqual(parts);
  }
});

it("gives a refusal for every operation of the auth server, and a body only where one is read", () => {
  const ofServer = operations().filter(({ operation }) => operation.tags[0] !== "Health");
  for (const { path, method, operation } of ofServer) {
    expect(Object.keys(operation.responses).length, path).toBeGreaterThan(0);
    expect(operation.requestBody === undefined, `${method} ${path}`).toBe(method === "get");
  }
});

it("says what a route checks, not what it was once described with", () => {
  const body = document.paths["/organization/invite-member"]?.["post"]?.requestBody;
  expect(body?.required).toBe(true);
  expect(body?.content["application/json"].schema).toMatchObject({
    properties: { email: { type: "string" } },
    required: ["email", "role"],
  });
  const query = document.paths["/platform/audit-events"]?.["get"]?.parameters;
  expect(query).toEqual(
    expect.arrayContaining([expect.objectContaining({ in: "query", name: "limit" })]),
  );
});

it("shows fields that a plugin of the owner's adds to users, where they are given and answered", () => {
  const signUp = document.paths["/sign-up/email"]?.["post"]?.requestBody;
  expect(signUp?.content["application/json"].schema.properties).toHaveProperty("nickname");
  expect(signUp?.content["application/json"].schema.properties).toHaveProperty("password");
  expect(document.components.schemas["User"]?.properties).toHaveProperty("nickname");
});

it("shows no column that no answer has", () => {
  expect(document.components.schemas["Account"]?.properties).not.toHaveProperty("password");
  expect(document.components.schemas["TwoFactor"]?.properties).not.toHaveProperty("secret");
});
