/** Exports a database as SQL, has the caller store it, and checks that no table and no row is missing. */
import { systemClock, type Clock } from "./clock.ts";
import type { Cloudflare } from "./cloudflare/client.ts";
import { journalTables } from "./journal.ts";
import { ProvisioningError, nothingChanged } from "./provisioning-error.ts";
import { batch, sql } from "./sql.ts";

/** Stores the SQL, loads it into a scratch database, and reports where it is and how many rows each table has there. */
export type SaveExport = (dump: Response) => Promise<{
  where: string;
  rows: Readonly<Record<string, number>>;
}>;

interface ExportOptions {
  cloudflare: Cloudflare;
  databaseId: string;
  tables: readonly string[];
  saveExport: SaveExport;
  fetch?: typeof fetch | undefined;
  clock?: Clock | undefined;
  signal?: AbortSignal | undefined;
}

const pollMs = 1000;

/**
 * D1 answers no query while it exports a database. Nothing else is asked of the database from the first poll to the last, so
 * a lease in it has to last at least that long.
 *
 * @returns where the export is. @throws ProvisioningError `export_failed` if the export is incomplete.
 */
export async function exportChecked(options: ExportOptions): Promise<string> {
  // The journal of this job grows meanwhile. Every other table is counted.
  const own = new Set<string>(journalTables);
  const tables = options.tables.filter((table) => !own.has(table));
  const before = await countRows(options, tables);
  const dump = await fetchExport(options);
  const { where, rows } = await options.saveExport(dump);
  const after = await countRows(options, tables);
  // The platform is still in use. The export was taken between the two counts, so its count must lie between them too.
  const wrong = tables.filter((table, index) => {
    const counts = [before[index] ?? 0, after[index] ?? 0];
    const exported = rows[table] ?? -1;
    return exported < Math.min(...counts) || exported > Math.max(...counts);
  });
  if (wrong.length > 0) throw failed(`the export ${where} is incomplete: ${wrong.join(", ")}`);
  return where;
}

async function fetchExport(options: ExportOptions): Promise<Response> {
  const { cloudflare, databaseId, clock = systemClock, fetch: send = fetch, signal } = options;
  let state = await cloudflare.exportDatabase(databaseId);
  while (state.status !== "complete") {
    if (state.status === "error")
      throw failed(`the export failed: ${state.error ?? "no reason given"}`);
    await clock.sleep(pollMs, signal);
    state = await cloudflare.exportDatabase(databaseId, state.at_bookmark);
  }
  const address = state.result?.signed_url;
  if (address === undefined) throw failed("the export has no address");
  // The address carries its own permission, so the API token is not sent.
  const dump = await send(address).catch((cause: unknown) => {
    throw failed("the export could not be fetched", cause);
  });
  if (!dump.ok) throw failed(`the export could not be fetched: HTTP ${dump.status}`);
  return dump;
}

async function countRows(
  { cloudflare, databaseId }: ExportOptions,
  tables: readonly string[],
): Promise<number[]> {
  if (tables.length === 0) return [];
  const counts = tables.map((table) => {
    const name = { text: `"${table.replaceAll('"', '""')}"` };
    return sql`SELECT count(*) AS count FROM ${name}`;
  });
  const results = await cloudflare.query(databaseId, batch(counts), { repeatable: true });
  return results.map(([row]) => Number(row?.["count"]));
}

function failed(what: string, cause?: unknown): ProvisioningError {
  return new ProvisioningError("export_failed", what, {
    state: nothingChanged,
    next: "run again; nothing is removed before an export is complete",
    cause,
  });
}
