/** Every operation that a running target documents, and what is in its database: for attacks on all of them. */
import type { Browser } from "../people.ts";
import type { Database } from "./database.ts";
import type { Target } from "./target.ts";

export interface Schema {
  type?: string | string[];
  properties?: Record<string, Schema>;
  items?: Schema;
  enum?: unknown[];
  required?: string[];
  format?: string;
  minLength?: number;
  anyOf?: Schema[];
  oneOf?: Schema[];
  [keyword: string]: unknown;
}

export interface Operation {
  method: string;
  /** Below `/api/auth`, with its parameters in braces. */
  path: string;
  /** Method and path: what tables of tests name it by. */
  name: string;
  parameters: { in: "path" | "query"; name: string }[];
  body: Schema | undefined;
}

interface Document {
  paths: Record<
    string,
    Record<
      string,
      {
        parameters?: Operation["parameters"];
        requestBody?: { content?: { "application/json"?: { schema?: Schema } } };
      }
    >
  >;
}

/** The operations below `/api/auth`. */
export async function readOperations(target: Target): Promise<Operation[]> {
  const { body } = await target.open().get<Document>("/api/auth/openapi.json");
  return Object.entries(body.paths).flatMap(([path, methods]) =>
    // What is not below `/api/auth` names a server of its own.
    "servers" in methods
      ? []
      : Object.entries(methods).map(([method, { parameters = [], requestBody }]) => ({
          method: method.toUpperCase(),
          path,
          name: `${method.toUpperCase()} ${path}`,
          parameters,
          body: requestBody?.content?.["application/json"]?.schema,
        })),
  );
}

/** What a call of an operation says. */
export interface Call {
  /** Path parameters; without one it is `nothing`. */
  values?: Record<string, string>;
  /** A list is a parameter that is given more than once. */
  query?: Record<string, string | string[]>;
  body?: unknown;
  headers?: Record<string, string>;
}

export async function call(
  browser: Browser,
  { method, path }: Operation,
  { values = {}, query = {}, body, headers }: Call = {},
) {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(values[name] ?? "nothing"),
  );
  const search = new URLSearchParams(
    Object.entries(query).flatMap(([name, values]) =>
      [values].flat().map((value): [string, string] => [name, value]),
    ),
  ).toString();
  return browser.send<unknown>(
    method,
    `/api/auth${filled}${search === "" ? "" : `?${search}`}`,
    method === "GET" ? undefined : body,
    headers,
  );
}

/** Counts what is refused, by design: `guessing.test.ts` says what is in it. */
const triesTable = "throttle";

export async function tablesOf(database: Database): Promise<string[]> {
  const { results } = await database
    .prepare(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '%\\_cf\\_%' ESCAPE '\\' AND name NOT LIKE 'sqlite%'",
    )
    .all<{ name: string }>();
  return results.map(({ name }) => name);
}

/** The rows of every table but `except`, as text: two are equal when nothing was written between them. */
export async function readRows(
  { database }: Target,
  except: readonly string[] = [],
): Promise<Record<string, string[]>> {
  const left = new Set([...except, triesTable]);
  const tables = (await tablesOf(database)).filter((name) => !left.has(name));
  const rows = await database.batch(
    tables.map((name) => database.prepare(`SELECT * FROM "${name}"`)),
  );
  return Object.fromEntries(
    tables.map((name, index) => [
      name,
      (rows[index]?.results ?? []).map((row) => JSON.stringify(row)).sort(),
    ]),
  );
}
