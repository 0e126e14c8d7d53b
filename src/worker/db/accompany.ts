/**
 * Better Auth's writes with statements of our own in one batch: an event with the change that it tells of. Better Auth has
 * no way to say that two writes belong together, so whoever knows says what is to go along with the next write to a table.
 */
import type { SQL } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import type { SQLiteTable } from "drizzle-orm/sqlite-core";
import type { Database } from "./database.ts";

/** What is written in one batch with the next write of a kind. */
export interface Companion {
  operation: "update" | "delete";
  table: SQLiteTable;
  /** @param rows which rows are written; where there are none, the statement is to do nothing. */
  statement: (rows: SQL) => BatchItem<"sqlite">;
  onWritten: () => void;
}

type Write = BatchItem<"sqlite"> & { execute: () => Promise<unknown> };

/**
 * A database for the Drizzle adapter: only what its updates and deletions call is there.
 *
 * @param readCompanion what is to go along now.
 */
export function accompany(
  database: Database,
  readCompanion: () => Companion | undefined,
): Database {
  const accompanied = <Built extends Write>(
    write: Built,
    operation: Companion["operation"],
    table: SQLiteTable,
    rows: SQL | undefined,
  ): Built => {
    const alone = write.execute.bind(write);
    const execute = async () => {
      const companion = readCompanion();
      const belongs = companion?.table === table && companion.operation === operation;
      if (companion === undefined || !belongs || rows === undefined) return alone();
      const [, result] = await database.batch([companion.statement(rows), write]);
      // A write that was of no row may be tried again.
      if (!Array.isArray(result) || result.length > 0) companion.onWritten();
      return result;
    };
    return Object.assign(write, { execute });
  };
  const update = (table: SQLiteTable) => ({
    set: (values: Record<string, unknown>) => ({
      where: (rows: SQL | undefined) =>
        accompanied(database.update(table).set(values).where(rows), "update", table, rows),
    }),
  });
  const remove = (table: SQLiteTable) => ({
    where: (rows: SQL | undefined) =>
      accompanied(database.delete(table).where(rows), "delete", table, rows),
  });
  return Object.create(database, {
    update: { value: update },
    delete: { value: remove },
  }) as Database;
}
