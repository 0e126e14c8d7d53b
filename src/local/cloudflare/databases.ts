/** D1 databases over the API: create, find, list, delete. database-queries.ts handles their contents. */
import { z } from "zod";
import { paginate, readJson, type Call, type Cloud, type Route } from "./call.ts";
import { databaseNameTaken, databaseNotFound, invalidDatabaseRequest } from "./errors.ts";
import type { Row } from "./state.ts";

const name = z
  .string()
  .regex(/^[a-zA-Z0-9][a-zA-Z0-9_-]*$/, "must match ^[a-zA-Z0-9][a-zA-Z0-9_-]*$")
  .max(64);
const creation = z.object({
  name,
  primary_location_hint: z.enum(["wnam", "enam", "weur", "eeur", "apac", "oc"]).optional(),
  jurisdiction: z.enum(["eu", "us", "fedramp"]).optional(),
  read_replication: z.object({ mode: z.enum(["auto", "disabled"]) }).optional(),
});

/** The database that a path names. @throws {ApiError} 7404 */
export function findDatabase({ cloud, param }: Call): string {
  const row = cloud.state.get(
    "SELECT uuid FROM database WHERE uuid = ? AND name IS NOT NULL AND deleted = 0",
    param("database"),
  );
  if (row === undefined) throw databaseNotFound();
  return String(row["uuid"]);
}

export const databaseRoutes: Route[] = [
  {
    method: "GET",
    path: "/accounts/:account/d1/database",
    permission: "D1:Read",
    handle: (call) => {
      // As on Cloudflare, `name` finds every name that contains it. A client that wants one database has to compare.
      const wanted = call.request.query.get("name") ?? "";
      const rows = call.cloud.state.all(
        "SELECT * FROM database WHERE name IS NOT NULL AND deleted = 0 AND instr(lower(name), lower(?)) > 0 ORDER BY created_at DESC, uuid",
        wanted,
      );
      const page = paginate(call, rows, { default: 1000, minimum: 10, maximum: 10_000 });
      return { ...page, result: page.result.map(summary) };
    },
  },
  {
    method: "POST",
    path: "/accounts/:account/d1/database",
    permission: "D1:Edit",
    handle: async (call) => {
      const { state, runtime, now } = call.cloud;
      const wanted = readJson(call, creation, invalidDatabaseRequest);
      const isTaken = () =>
        state.get("SELECT 1 FROM database WHERE name = ? AND deleted = 0", wanted.name) !==
        undefined;
      if (isTaken()) throw databaseNameTaken(wanted.name);
      let uuid = await runtime.spareDatabase();
      // While this call waited, another one may have taken the name or the spare database.
      for (;;) {
        if (isTaken()) throw databaseNameTaken(wanted.name);
        const changes = state.run(
          "UPDATE database SET name = ?, created_at = ?, location = ?, jurisdiction = ? WHERE uuid = ? AND name IS NULL",
          wanted.name,
          new Date(now()).toISOString(),
          wanted.primary_location_hint ?? null,
          wanted.jurisdiction ?? null,
          uuid,
        );
        if (changes === 1) break;
        uuid = await runtime.spareDatabase();
      }
      return { result: await details(call.cloud, uuid) };
    },
  },
  {
    method: "GET",
    path: "/accounts/:account/d1/database/:database",
    permission: "D1:Read",
    handle: async (call) => {
      const row = call.cloud.state.get(
        "SELECT uuid FROM database WHERE (uuid = ?1 OR name = ?1) AND name IS NOT NULL AND deleted = 0",
        call.param("database"),
      );
      if (row === undefined) throw databaseNotFound();
      const all: Record<string, unknown> = await details(call.cloud, String(row["uuid"]));
      const fields = call.request.query.get("fields")?.split(",");
      if (fields === undefined) return { result: all };
      return { result: Object.fromEntries(fields.map((field) => [field, all[field]])) };
    },
  },
  {
    method: "DELETE",
    path: "/accounts/:account/d1/database/:database",
    permission: "D1:Edit",
    handle: async (call) => {
      const uuid = findDatabase(call);
      call.cloud.state.run("UPDATE database SET deleted = 1, name = NULL WHERE uuid = ?", uuid);
      await wipe(call.cloud, uuid);
      return { result: null };
    },
  },
];

/** The file stays until workerd restarts, but its contents are gone when the call returns. */
async function wipe({ runtime }: Cloud, uuid: string): Promise<void> {
  const { results } = await runtime.query(uuid, [
    {
      // Triggers go first: dropping a table deletes rows by foreign keys, and a trigger may refuse that.
      sql: "SELECT type, name FROM sqlite_schema WHERE type IN ('table', 'trigger', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT LIKE '\\_cf\\_%' ESCAPE '\\' ORDER BY type = 'trigger' DESC",
      params: [],
    },
  ]);
  const drops = (results[0]?.results.rows ?? []).map(([type, table]) => ({
    sql: `DROP ${String(type)} "${String(table).replaceAll('"', '""')}"`,
    params: [],
  }));
  if (drops.length === 0) return;
  await runtime.query(uuid, [{ sql: "PRAGMA defer_foreign_keys = ON", params: [] }, ...drops]);
}

/** Where a database runs. A jurisdiction decides it, and a location hint that is given beside one is ignored, as on Cloudflare. */
export function placeOf(state: Cloud["state"], uuid: string): { region: string; colo: string } {
  const row = state.get("SELECT location, jurisdiction FROM database WHERE uuid = ?", uuid);
  const [region = "WEUR", colo = "AMS"] =
    places[String(row?.["jurisdiction"] ?? row?.["location"] ?? "weur")] ?? [];
  return { region, colo };
}

/** A region and a data center in it, for each jurisdiction and each location. */
const places: Record<string, [region: string, colo: string]> = {
  eu: ["WEUR", "AMS"],
  us: ["ENAM", "IAD"],
  fedramp: ["ENAM", "IAD"],
  wnam: ["WNAM", "SEA"],
  enam: ["ENAM", "IAD"],
  weur: ["WEUR", "AMS"],
  eeur: ["EEUR", "PRG"],
  apac: ["APAC", "NRT"],
  oc: ["OC", "SYD"],
};

const summary = (row: Row) => ({
  uuid: String(row["uuid"]),
  name: String(row["name"]),
  version: "production",
  created_at: String(row["created_at"]),
  jurisdiction: row["jurisdiction"] ?? null,
});

async function details({ state, runtime }: Cloud, uuid: string) {
  const row = state.get("SELECT * FROM database WHERE uuid = ?", uuid);
  if (row === undefined) throw databaseNotFound();
  const { results } = await runtime.query(uuid, [
    {
      sql: "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT LIKE '\\_cf\\_%' ESCAPE '\\'",
      params: [],
    },
  ]);
  return {
    ...summary(row),
    num_tables: Number(results[0]?.results.rows[0]?.[0]),
    file_size: Number(results[0]?.meta["size_after"]),
    running_in_region: placeOf(state, uuid).region,
    read_replication: { mode: "disabled" },
  };
}
