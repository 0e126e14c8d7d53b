/**
 * SQL over the API: `query` and `raw`, with one statement and its parameters, several statements in one text, or a batch. And
 * bookmarks.
 */
import { z } from "zod";
import { readJson, type Call, type Route } from "./call.ts";
import { findDatabase, placeOf } from "./databases.ts";
import { invalidDatabaseRequest, notSupportedLocally } from "./errors.ts";
import type { Statement, StatementResult } from "./runtime.ts";
import { splitStatements } from "./sql-statements.ts";

const value = z.union([z.string(), z.number(), z.null(), z.boolean(), z.array(z.number())]);
const statement = z.object({ sql: z.string().min(1), params: z.array(value).nullish() });
const body = z.union([
  statement,
  z.object({ batch: z.array(statement).min(1) }),
  z.array(statement).min(1),
]);

function readStatements(call: Call): Statement[] {
  const request = readJson(call, body, invalidDatabaseRequest);
  const given = Array.isArray(request) ? request : "batch" in request ? request.batch : [request];
  return given.flatMap(({ sql, params }) => {
    const parts = splitStatements(sql);
    if (parts.length === 0) throw invalidDatabaseRequest("No SQL statements detected.");
    if (parts.length > 1 && params != null && params.length > 0) {
      throw invalidDatabaseRequest("params cannot be used with several statements in one sql");
    }
    return parts.map((part) => ({ sql: part, params: (params ?? []).map(toSqlite) }));
  });
}

/** SQLite has no booleans; D1 stores them as 0 and 1. */
const toSqlite = (param: z.infer<typeof value>) =>
  typeof param === "boolean" ? Number(param) : param;

type Place = ReturnType<typeof placeOf>;

const meta = (result: StatementResult, { region, colo }: Place) => ({
  ...result.meta,
  served_by: "local",
  served_by_region: region,
  served_by_colo: colo,
  served_by_primary: true,
});

const toObjects = (result: StatementResult, place: Place) => {
  const { columns, rows } = result.results;
  return {
    results: rows.map((row) =>
      Object.fromEntries(columns.map((column, index) => [column, row[index]])),
    ),
    success: true,
    meta: meta(result, place),
  };
};

const toRows = (result: StatementResult, place: Place) => ({
  results: result.results,
  success: true,
  meta: meta(result, place),
});

const queryRoute = (
  path: string,
  format: (result: StatementResult, place: Place) => unknown,
): Route => ({
  method: "POST",
  path: `/accounts/:account/d1/database/:database/${path}`,
  permission: "D1:Edit",
  handle: async (call) => {
    const database = findDatabase(call);
    const { results } = await call.cloud.runtime.query(database, readStatements(call));
    const place = placeOf(call.cloud.state, database);
    return { result: results.map((result) => format(result, place)) };
  },
});

/** The current state of a database, by the name that Time Travel gives it. */
export async function readBookmark({ runtime }: Call["cloud"], database: string): Promise<string> {
  const { bookmark } = await runtime.query(database, [{ sql: "SELECT 1", params: [] }]);
  return bookmark;
}

export const databaseQueryRoutes: Route[] = [
  queryRoute("query", toObjects),
  queryRoute("raw", toRows),
  {
    method: "GET",
    path: "/accounts/:account/d1/database/:database/time_travel/bookmark",
    permission: "D1:Read",
    handle: async (call) => {
      const database = findDatabase(call);
      if (call.request.query.has("timestamp")) throw notSupportedLocally("A bookmark of the past");
      return { result: { bookmark: await readBookmark(call.cloud, database) } };
    },
  },
  {
    method: "POST",
    path: "/accounts/:account/d1/database/:database/time_travel/restore",
    permission: "D1:Edit",
    handle: (call) => {
      findDatabase(call);
      throw notSupportedLocally("Time Travel's restore");
    },
  },
];
