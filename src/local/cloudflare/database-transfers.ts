/**
 * Import and export of SQL files, with Cloudflare's protocol: the API hands out an address, the file goes to or comes
 * from there without a token, and the work is asked about by bookmark. Here the work is done when the call returns.
 */
import { createHash, randomBytes } from "node:crypto";
import { z } from "zod";
import { readBookmark } from "./database-queries.ts";
import { readJson, type Call, type Route } from "./call.ts";
import { findDatabase } from "./databases.ts";
import { ApiError, invalidDatabaseRequest } from "./errors.ts";
import type { StatementResult } from "./runtime.ts";
import { splitStatements } from "./sql-statements.ts";

const importBody = z.discriminatedUnion("action", [
  z.object({ action: z.literal("init"), etag: z.string() }),
  z.object({ action: z.literal("ingest"), etag: z.string(), filename: z.string() }),
  z.object({ action: z.literal("poll"), current_bookmark: z.string() }),
]);
const exportBody = z.object({
  output_format: z.literal("polling"),
  current_bookmark: z.string().optional(),
  dump_options: z
    .object({
      no_data: z.boolean().optional(),
      no_schema: z.boolean().optional(),
      tables: z.array(z.string()).optional(),
    })
    .optional(),
});

/** Files that wait to be transferred, by the unguessable part of their address. Each is used once. */
export interface Transfers {
  routes: Route[];
  /** Answers requests to the addresses that were handed out. */
  answer(method: string, path: string, body: Buffer): Response;
}

const pathPrefix = "/transfers/";
const newFilename = () => `${randomBytes(24).toString("hex")}.sql`;

export function createTransfers(): Transfers {
  const files = new Map<string, { database: string; etag: string; content: string | undefined }>();
  const finished = new Map<string, unknown>();

  const ingest = async (call: Call, database: string, filename: string, etag: string) => {
    const file = files.get(filename);
    if (file?.database !== database || file.content === undefined || file.etag !== etag) {
      throw invalidDatabaseRequest("The file to import was not uploaded");
    }
    files.delete(filename);
    const statements = splitStatements(file.content).map((sql) => ({ sql, params: [] }));
    if (statements.length === 0) throw invalidDatabaseRequest("No SQL statements detected.");
    const base = { type: "import", messages: [] };
    try {
      const { results, bookmark } = await call.cloud.runtime.query(database, statements);
      const result = {
        ...base,
        success: true,
        status: "complete",
        at_bookmark: bookmark,
        result: {
          final_bookmark: bookmark,
          num_queries: statements.length,
          meta: sumOf(results),
        },
      };
      finished.set(`${database} ${bookmark}`, result);
      return result;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return { ...base, success: false, status: "error", error: error.message };
    }
  };

  const importRoute: Route = {
    method: "POST",
    path: "/accounts/:account/d1/database/:database/import",
    permission: "D1:Edit",
    handle: async (call) => {
      const database = findDatabase(call);
      const request = readJson(call, importBody, invalidDatabaseRequest);
      if (request.action === "init") {
        const filename = newFilename();
        files.set(filename, { database, etag: request.etag, content: undefined });
        const upload_url = `${call.cloud.origin}${pathPrefix}${filename}`;
        return { result: { success: true, type: "import", filename, upload_url } };
      }
      if (request.action === "ingest") {
        return { result: await ingest(call, database, request.filename, request.etag) };
      }
      const result = finished.get(`${database} ${request.current_bookmark}`);
      if (result === undefined) throw invalidDatabaseRequest("Not currently importing anything.");
      return { result };
    },
  };

  const exportRoute: Route = {
    method: "POST",
    path: "/accounts/:account/d1/database/:database/export",
    permission: "D1:Read",
    handle: async (call) => {
      const database = findDatabase(call);
      const { dump_options: options = {} } = readJson(call, exportBody, invalidDatabaseRequest);
      const bookmark = await readBookmark(call.cloud, database);
      const lines = await call.cloud.runtime.dump(database, {
        noSchema: options.no_schema ?? false,
        noData: options.no_data ?? false,
        tables: options.tables ?? [],
      });
      const filename = newFilename();
      files.set(filename, { database, etag: "", content: `${lines.join("\n")}\n` });
      const signed_url = `${call.cloud.origin}${pathPrefix}${filename}`;
      return {
        result: {
          success: true,
          type: "export",
          status: "complete",
          at_bookmark: bookmark,
          messages: [],
          result: { filename, signed_url },
        },
      };
    },
  };

  return {
    routes: [importRoute, exportRoute],
    answer(method, path, body) {
      const filename = path.slice(pathPrefix.length);
      const file = files.get(filename);
      if (file === undefined) return new Response("no such file\n", { status: 404 });
      if (method === "GET" && file.content !== undefined) {
        return new Response(file.content, { headers: { "Content-Type": "application/sql" } });
      }
      if (method !== "PUT") return new Response(null, { status: 405 });
      file.content = body.toString("utf8");
      const etag = createHash("md5").update(body).digest("hex");
      return new Response(null, { headers: { ETag: `"${etag}"` } });
    },
  };
}

export const isTransfer = (path: string) => path.startsWith(pathPrefix);

function sumOf(results: StatementResult[]) {
  const sum = (name: string) =>
    results.reduce((total, { meta }) => total + Number(meta[name] ?? 0), 0);
  const last = results.at(-1)?.meta ?? {};
  return {
    served_by: "local",
    duration: sum("duration"),
    changes: sum("changes"),
    rows_read: sum("rows_read"),
    rows_written: sum("rows_written"),
    last_row_id: last["last_row_id"],
    changed_db: results.some(({ meta }) => meta["changed_db"] === true),
    size_after: last["size_after"],
  };
}
