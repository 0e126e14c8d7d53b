/** D1 databases: finding, making and deleting them, their queries, bookmarks and exports. */
import { z } from "zod";
import { cloudflareCode, undefinedIfAbsent } from "./errors.ts";
import type { Call, Guard } from "./transport.ts";

const databaseSchema = z.object({ uuid: z.string(), name: z.string() });
export interface Database {
  id: string;
  name: string;
}

const rowSchema = z.record(z.string(), z.unknown());
export type Row = z.infer<typeof rowSchema>;
const querySchema = z.array(z.object({ results: z.array(rowSchema).default([]) }));

const exportSchema = z.object({
  status: z.string().optional(),
  at_bookmark: z.string().optional(),
  error: z.string().optional(),
  result: z.object({ signed_url: z.string().optional() }).optional(),
});
export type ExportState = z.infer<typeof exportSchema>;

export function databaseCalls(call: Call, accountPath: string) {
  const database = (idOrName: string) =>
    `${accountPath}/d1/database/${encodeURIComponent(idOrName)}`;

  return {
    /** The database with exactly this name. */
    async findDatabase(name: string): Promise<Database | undefined> {
      const answer = await undefinedIfAbsent(
        call({ method: "GET", path: database(name), repeatable: true }),
        cloudflareCode.databaseNotFound,
      );
      return answer === undefined ? undefined : readDatabase(answer.result);
    },

    /** Not repeatable. @throws CloudflareError 7502 when the name is taken. */
    async createDatabase(name: string, location?: string): Promise<Database> {
      const { result } = await call({
        method: "POST",
        path: `${accountPath}/d1/database`,
        json: { name, ...(location === undefined ? {} : { primary_location_hint: location }) },
        repeatable: false,
      });
      return readDatabase(result);
    },

    /** @returns whether the database existed. */
    async deleteDatabase(id: string, { beforeEach }: Guard = {}): Promise<boolean> {
      const answer = await undefinedIfAbsent(
        call({ method: "DELETE", path: database(id), repeatable: true, beforeEach }),
        cloudflareCode.databaseNotFound,
      );
      return answer !== undefined;
    },

    /**
     * Runs statements as one transaction and returns one list of rows for each. Pass `repeatable` only if running them
     * twice has the same effect as running them once.
     */
    async query(
      databaseId: string,
      statements: string,
      { repeatable }: { repeatable: boolean },
    ): Promise<Row[][]> {
      const { result } = await call({
        method: "POST",
        path: `${database(databaseId)}/query`,
        json: { sql: statements },
        repeatable,
      });
      return querySchema.parse(result).map(({ results }) => results);
    },

    /** A point in time to which Time Travel can restore the database. */
    async readBookmark(databaseId: string): Promise<string> {
      const { result } = await call({
        method: "GET",
        path: `${database(databaseId)}/time_travel/bookmark`,
        repeatable: true,
      });
      return z.object({ bookmark: z.string() }).parse(result).bookmark;
    },

    /** Starts an export, or asks for the state of the one at `bookmark`. It changes nothing, so it may be repeated. */
    async exportDatabase(databaseId: string, bookmark?: string): Promise<ExportState> {
      const { result } = await call({
        method: "POST",
        path: `${database(databaseId)}/export`,
        json: {
          output_format: "polling",
          ...(bookmark === undefined ? {} : { current_bookmark: bookmark }),
        },
        repeatable: true,
      });
      return exportSchema.parse(result);
    },

    /** Databases whose name contains `name`. */
    async listDatabases(name: string): Promise<Database[]> {
      const { result } = await call({
        method: "GET",
        path: `${accountPath}/d1/database`,
        query: { name },
        repeatable: true,
      });
      return z.array(z.unknown()).parse(result).map(readDatabase);
    },
  };
}

function readDatabase(result: unknown): Database {
  const { uuid, name } = databaseSchema.parse(result);
  return { id: uuid, name };
}
