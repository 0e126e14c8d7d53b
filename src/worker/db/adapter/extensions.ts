/**
 * Where the Worker's rooms take part in Better Auth's reads and writes. The adapter knows these interfaces and none of the
 * rooms; each room declares what it adds.
 */
import type { SQL } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import type { SQLiteColumn, SQLiteTable } from "drizzle-orm/sqlite-core";
import type { ExtraWrite } from "./extra-write.ts";

export type Row = Record<string, unknown>;

export interface AdapterExtensions {
  /** Fields by model whose values are equal in any case, and which an index on `lower()` finds. */
  caseless?: Readonly<Record<string, string>>;
  /** Replaces a row that was read of a model, for example to shorten its lifetime. Joined rows are part of it. */
  onRead?: (model: string, row: Row) => Promise<Row>;
  /** Writes that take effect only while something still holds. */
  guards?: readonly (InsertGuard | UpdateGuard)[];
  /** What is asked before a column gets a value. */
  checks?: readonly ValueCheck[];
  /** What else the statement that inserts a row reads. */
  insertReadings?: readonly InsertReading[];
  /**
   * The statement that must run before a write, in one batch with it, if there is one.
   *
   * @param update the values of an update; undefined for an insert.
   */
  readPrelude?: (table: SQLiteTable, update?: Row) => BatchItem<"sqlite"> | undefined;
  /** The statement that belongs in one batch with the next write of its kind, if there is one. */
  readExtraWrite?: () => ExtraWrite | undefined;
}

/**
 * Runs the guarded statement, under a further condition if one is given.
 *
 * @returns the rows that it wrote: none when the condition did not hold.
 */
export type Attempt = (condition?: SQL) => Promise<Row[]>;

/** Decides under which condition a row is inserted. Throws where it must not be. */
export interface InsertGuard {
  kind: "insert";
  table: SQLiteTable;
  insert: (row: Row, attempt: Attempt) => Promise<Row[]>;
}

/** Decides under which condition a column gets another value. Throws where it must not. */
export interface UpdateGuard {
  kind: "update";
  column: SQLiteColumn;
  update: (change: GuardedChange, attempt: Attempt) => Promise<Row[]>;
}

interface GuardedChange {
  value: unknown;
  /** Which rows change; undefined for all. */
  rows: SQL | undefined;
}

/** Asked before a row with a value in this column is inserted or updated. Throws where it must not be. */
export interface ValueCheck {
  column: SQLiteColumn;
  onInsert: (value: unknown, row: Row) => Promise<void>;
  /** @param rows which rows change; undefined for all. */
  onUpdate: (value: unknown, rows: SQL | undefined) => Promise<void>;
}

/** An expression that the inserting statement evaluates, so that no other write comes between the two. */
export interface InsertReading {
  table: SQLiteTable;
  expression: (row: Row) => SQL;
  onInserted: (value: unknown) => void;
}

export function guardInsert<Table extends SQLiteTable>(
  table: Table,
  insert: (row: Table["$inferInsert"], attempt: Attempt) => Promise<Row[]>,
): InsertGuard {
  return { kind: "insert", table, insert };
}

export function guardUpdate(column: SQLiteColumn, update: UpdateGuard["update"]): UpdateGuard {
  return { kind: "update", column, update };
}

export function checkValue(column: SQLiteColumn, handlers: Omit<ValueCheck, "column">): ValueCheck {
  return { column, ...handlers };
}

/** @param onInserted gets the value of `expression` once the row is written. */
export function readWithInsert<Table extends SQLiteTable, Value>(
  table: Table,
  expression: (row: Table["$inferInsert"]) => SQL<Value>,
  onInserted: (value: Value) => void,
): InsertReading {
  return {
    table,
    expression,
    onInserted: onInserted as InsertReading["onInserted"],
  };
}
