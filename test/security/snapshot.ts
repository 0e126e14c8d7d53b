/** Puts a target's database back to what it held, so that of many attacks each meets all that the first met. */
import type { Row } from "./database.ts";
import { tablesOf } from "./operations.ts";
import type { Target } from "./target.ts";

/** @returns what puts every row back. */
export async function takeSnapshot({ database }: Target): Promise<() => Promise<void>> {
  const tables = await tablesOf(database);
  const kept = await database.batch(
    tables.map((table) => database.prepare(`SELECT * FROM "${table}"`)),
  );
  const { results: triggers } = await database
    .prepare("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
    .all<{ name: string; sql: string }>();
  return async () => {
    await database.batch(
      [
        "PRAGMA defer_foreign_keys = on",
        // The rules of the schema are for changes; this is none that anybody may make.
        ...triggers.map(({ name }) => `DROP TRIGGER "${name}"`),
        ...tables.map((table) => `DELETE FROM "${table}"`),
      ]
        .map((sql) => database.prepare(sql))
        .concat(
          tables.flatMap((table, index) => {
            const rows: Row[] = kept[index]?.results ?? [];
            const columns = Object.keys(rows[0] ?? {});
            if (columns.length === 0) return [];
            const values = columns.map((_, at) => `json_extract(value, '$[${at}]')`);
            return database
              .prepare(
                `INSERT INTO "${table}" (${columns.map((name) => `"${name}"`).join(", ")}) SELECT ${values.join(", ")} FROM json_each(?)`,
              )
              .bind(JSON.stringify(rows.map((row) => columns.map((name) => row[name]))));
          }),
          triggers.map(({ sql }) => database.prepare(sql)),
        ),
    );
  };
}
