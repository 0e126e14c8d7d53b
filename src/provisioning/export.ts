/** A database's data as SQL, kept by the caller and checked: no table is missing, no row is. */
import { systemClock, type Clock } from "./clock.ts";
import type { Cloudflare } from "./cloudflare/client.ts";
import { journalTables } from "./journal.ts";
import { ProvisioningError, nothingChanged } from "./provisioning-error.ts";
import { batch, sql } from "./sql.ts";

/** Keeps the SQL, loads it into a database of its own, and says where it is and how many rows each table has there. */
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
 * The database answers no query while D1 exports it: from the first poll to the last nothing else is asked of it, so a lease
 * in it has to last for all of that.
 *
 * @returns where the export is. @throws ProvisioningError `export_failed` when it is not whole.
 */
export async function exportChecked(options: ExportOptions): Promise<string> {
  // This job's own journal grows meanwhile; every other table is counted.
  const own = new Set<string>(journalTables);
  const tables = options.tables.filter((table) => !own.has(table));
  const before = await countRows(options, tables);
  const dump = await fetchExport(options);
  const { where, rows } = await options.saveExport(dump);
  const after = await countRows(options, tables);
  // The platform is still in use: a row may have come or gone between the counts, and the export lies between them.
  const wrong = tables.filter((table, index) => {
    const counts = [before[index] ?? 0, after[index] ?? 0];
    const exported = rows[table] ?? -1;
    return exported < Math.min(...counts) || exported > Math.max(...counts);
  });
  if (wrong.length > 0) throw failed(`the export ${where} is not whole: ${wrong.join(", ")}`);
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
  // The address carries its own permission: the token stays here.
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
    next: "run again, and nothing is removed until an export is whole",
    cause,
  });
}
