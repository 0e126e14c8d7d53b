/** D1 databases: finding, making and deleting them, their queries, bookmarks and exports. */
import { z } from "zod";
import type { DatabasePlace } from "../placement.ts";
import { cloudflareCode, undefinedIfAbsent } from "./errors.ts";
import type { Call, Guard } from "./transport.ts";

const databaseSchema = z.object({
  uuid: z.string(),
  name: z.string(),
  jurisdiction: z.string().nullish(),
});
export interface Database {
  id: string;
  name: string;
  /** The jurisdiction that the database can never leave: `eu`, `us` or `fedramp`. */
  jurisdiction?: string | undefined;
}

/** Where a new database is made: in a jurisdiction, which it can never leave, or near a location. */
export interface DatabaseHome {
  location?: string | undefined;
  jurisdiction?: string | undefined;
}

const rowSchema = z.record(z.string(), z.unknown());
export type Row = z.infer<typeof rowSchema>;
const querySchema = z.array(
  z.object({
    results: z.array(rowSchema).default([]),
    meta: z
      .object({
        served_by_region: z.string().optional(),
        served_by_colo: z.string().optional(),
        served_by_primary: z.boolean().optional(),
      })
      .default({}),
  }),
);

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
  const places = new Map<string, DatabasePlace>();

  return {
    /** The place of a database, as the last answer to a query has told it; empty before the first. */
    placeOf: (databaseId: string): DatabasePlace => places.get(databaseId) ?? {},

    /** The database with exactly this name or id. */
    async findDatabase(name: string): Promise<Database | undefined> {
      const answer = await undefinedIfAbsent(
        call({ method: "GET", path: database(name), repeatable: true }),
        cloudflareCode.databaseNotFound,
      );
      return answer === undefined ? undefined : readDatabase(answer.result);
    },

    /** Not repeatable. @throws CloudflareError 7502 when the name is taken. */
    async createDatabase(
      name: string,
      { location, jurisdiction }: DatabaseHome = {},
    ): Promise<Database> {
      const { result } = await call({
        method: "POST",
        path: `${accountPath}/d1/database`,
        json: {
          name,
          ...(location === undefined ? {} : { primary_location_hint: location }),
          ...(jurisdiction === undefined ? {} : { jurisdiction }),
        },
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
      const answers = querySchema.parse(result);
      const primary = answers.find(({ meta }) => meta.served_by_primary !== false);
      if (primary !== undefined) {
        const { served_by_region: region, served_by_colo: colo } = primary.meta;
        places.set(databaseId, { region, colo });
      }
      return answers.map(({ results }) => results);
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
  const { uuid, name, jurisdiction } = databaseSchema.parse(result);
  return { id: uuid, name, jurisdiction: jurisdiction ?? undefined };
}
