/**
 * A statement of ours in one batch with a write of Better Auth's, so that neither is there without the other: an event of
 * the audit log with the change that it tells of. Better Auth has no way to say that two writes belong together.
 */
import type { SQL } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import type { SQLiteTable } from "drizzle-orm/sqlite-core";
import type { Database } from "../database.ts";

export interface ExtraWrite {
  /** The kind of write that it belongs to. */
  operation: "update" | "delete";
  table: SQLiteTable;
  /** @param rows the condition of the write; when no row meets it, the statement must do nothing. */
  statement: (rows: SQL) => BatchItem<"sqlite">;
  /** Called after the batch, unless the write is known to have met no row: that one may be tried again. */
  onWritten: () => void;
}

interface Write<Result> {
  operation: ExtraWrite["operation"];
  table: SQLiteTable;
  rows: SQL | undefined;
  /** Runs before all, in the same batch. */
  prelude?: BatchItem<"sqlite"> | undefined;
  statement: BatchItem<"sqlite"> & PromiseLike<Result>;
}

/** Runs a write, and `extra` before it in the same batch if it belongs to a write of this kind. */
export async function withExtraWrite<Result>(
  database: Database,
  extra: ExtraWrite | undefined,
  { operation, table, rows, prelude, statement }: Write<Result>,
): Promise<Result> {
  const isItsOwn = extra?.table === table && extra.operation === operation && rows !== undefined;
  if (!isItsOwn) return runAfter(database, prelude, statement);
  const written = await runAfter(database, prelude, statement, extra.statement(rows));
  if (!Array.isArray(written) || written.length > 0) extra.onWritten();
  return written;
}

/** Runs a statement, in one batch with those before it. */
export async function runAfter<Result>(
  database: Database,
  prelude: BatchItem<"sqlite"> | undefined,
  statement: BatchItem<"sqlite"> & PromiseLike<Result>,
  ...others: BatchItem<"sqlite">[]
): Promise<Result> {
  const [first, ...rest] = [...(prelude === undefined ? [] : [prelude]), ...others, statement];
  if (first === undefined || rest.length === 0) return statement;
  const results: unknown[] = await database.batch([first, ...rest]);
  return results.at(-1) as Result;
}
