/** Stores a platform's export in a file that only the operator can read, and loads it to count what is in it. */
import { createWriteStream } from "node:fs";
import { mkdir, readFile, rename } from "node:fs/promises";
import { join, resolve } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { DatabaseSync } from "node:sqlite";
import type { SaveExport } from "../provisioning/checked-export.ts";
import { UsageError } from "./usage-error.ts";

export function exportToFile(folder: string, platformId: string, now = new Date()): SaveExport {
  return async (dump) => {
    await mkdir(folder, { recursive: true, mode: 0o700 }).catch((cause: unknown) => {
      throw new UsageError(`the folder ${folder} for exports cannot be created`, { cause });
    });
    const stamp = now.toISOString().replaceAll(/[:.]/g, "-");
    const file = resolve(join(folder, `${platformId}-${stamp}.sql`));
    const partial = `${file}.partial`;
    if (dump.body === null) throw new Error("the export has no content");
    await pipeline(Readable.fromWeb(dump.body), createWriteStream(partial, { mode: 0o600 }));
    const rows = await countRows(partial);
    await rename(partial, file);
    return { where: file, rows };
  };
}

/** Executes the export in a scratch database. @throws Error if SQLite refuses it. */
async function countRows(file: string): Promise<Record<string, number>> {
  const database = new DatabaseSync(":memory:", { enableForeignKeyConstraints: false });
  try {
    database.exec(await readFile(file, "utf8"));
    const tables = database
      .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB 'sqlite_*'")
      .all();
    return Object.fromEntries(
      tables.map(({ name }) => {
        const table = String(name);
        const quoted = `"${table.replaceAll('"', '""')}"`;
        const row = database.prepare(`SELECT count(*) AS count FROM ${quoted}`).get();
        return [table, Number(row?.["count"])];
      }),
    );
  } finally {
    database.close();
  }
}
