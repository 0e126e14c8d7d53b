/**
 * Inserts that wait for each other, so that all are written or none. D1 has no transactions in which a program decides
 * between statements, but runs a `batch()` atomically.
 */
import { getTableColumns, is, SQL } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import type { SQLiteTable } from "drizzle-orm/sqlite-core";
import type { Database } from "../database.ts";
import type { AdapterExtensions, Row } from "./extensions.ts";

export interface UnitOfWork {
  /**
   * Keeps an insert for the next flush.
   *
   * @returns the row as it will be; undefined if nothing is kept: only the database can tell, or the unit has ended.
   */
  insertLater: (table: SQLiteTable, row: Row) => Row | undefined;
  /** Writes what waits, in one batch. */
  flush: () => Promise<void>;
  /** Drops what waits. What work that goes on behind it inserts is written at once. */
  end: () => void;
}

export function openUnitOfWork(
  database: Database,
  readPrelude: NonNullable<AdapterExtensions["readPrelude"]> = () => undefined,
): UnitOfWork {
  const pending: BatchItem<"sqlite">[] = [];
  let hasEnded = false;
  return {
    insertLater: (table, row) => {
      const foreseen = hasEnded ? undefined : foresee(table, row);
      if (foreseen !== undefined) {
        const prelude = readPrelude(table);
        if (prelude !== undefined) pending.push(prelude);
        pending.push(database.insert(table).values(row));
      }
      return foreseen;
    },
    flush: async () => {
      const [first, ...rest] = pending.splice(0);
      if (first !== undefined) await database.batch([first, ...rest]);
    },
    end: () => {
      hasEnded = true;
      pending.length = 0;
    },
  };
}

/** A row with the defaults of its columns; undefined if the database makes one of its values. */
function foresee(table: SQLiteTable, row: Row): Row | undefined {
  const foreseen: Row = {};
  for (const [key, column] of Object.entries(getTableColumns(table))) {
    const isMadeByDatabase =
      column.primary || column.generated !== undefined || is(column.default, SQL);
    const isMadeByDrizzle = column.defaultFn !== undefined || column.onUpdateFn !== undefined;
    if (row[key] === undefined && (isMadeByDatabase || isMadeByDrizzle)) return undefined;
    foreseen[key] = row[key] ?? column.default ?? null;
  }
  return foreseen;
}
