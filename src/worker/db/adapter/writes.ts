/**
 * The statements that insert, update and delete for Better Auth, each with what the extensions add to it: a condition, an
 * expression that is read in the same instant, a statement in the same batch.
 */
import { and, getTableColumns, type SQL } from "drizzle-orm";
import type { SQLiteTable } from "drizzle-orm/sqlite-core";
import type { Database } from "../database.ts";
import { insertWhen } from "../insert-when.ts";
import type { AdapterExtensions, InsertGuard, Row, UpdateGuard } from "./extensions.ts";
import { runAfter, withExtraWrite } from "./extra-write.ts";

interface Update {
  table: SQLiteTable;
  values: Row;
  rows: SQL | undefined;
}

export type Writes = ReturnType<typeof createWrites>;

export function createWrites(database: Database, extensions: AdapterExtensions) {
  const {
    guards = [],
    checks = [],
    insertReadings = [],
    readPrelude = () => undefined,
    readExtraWrite = () => undefined,
  } = extensions;
  const insertGuardOf = (table: SQLiteTable) =>
    guards.find((guard): guard is InsertGuard => guard.kind === "insert" && guard.table === table);
  const readingsOf = (table: SQLiteTable) =>
    insertReadings.filter((reading) => reading.table === table);
  /** The guard of a column that gets another value, with that value. */
  const updateGuardOf = ({ table, values }: Update) => {
    for (const [key, column] of Object.entries(getTableColumns(table))) {
      const guard = guards.find(
        (one): one is UpdateGuard => one.kind === "update" && one.column === column,
      );
      if (guard !== undefined && values[key] !== undefined) return { guard, value: values[key] };
    }
    return undefined;
  };

  /** The checks of the columns that get a value, with that value. */
  const checksOf = (table: SQLiteTable, values: Row) =>
    Object.entries(getTableColumns(table)).flatMap(([key, column]) =>
      values[key] === undefined
        ? []
        : checks
            .filter((one) => one.column === column)
            .map((check) => ({ check, value: values[key] })),
    );

  /** Asks the checks of a row that is about to be inserted, now or in a batch. */
  async function checkInsert(table: SQLiteTable, row: Row): Promise<void> {
    for (const { check, value } of checksOf(table, row)) await check.onInsert(value, row);
  }

  async function checkUpdate({ table, values, rows }: Update): Promise<void> {
    for (const { check, value } of checksOf(table, values)) await check.onUpdate(value, rows);
  }

  /** Whether the outcome of an insert is known only once the statement has run. */
  function mustInsertAtOnce(table: SQLiteTable): boolean {
    return insertGuardOf(table) !== undefined || readingsOf(table).length > 0;
  }

  /** @returns the row as it was written, with the defaults of its columns. */
  async function insert(table: SQLiteTable, row: Row): Promise<Row> {
    const readings = readingsOf(table).map((reading, index) => ({ ...reading, key: `${index}` }));
    const returned = {
      ...getTableColumns(table),
      ...Object.fromEntries(
        readings.map(({ key, expression }) => [key, expression(row).as(`reading_${key}`)]),
      ),
    };
    const attempt = async (condition?: SQL): Promise<Row[]> =>
      runAfter<Row[]>(
        database,
        readPrelude(table),
        condition === undefined
          ? database.insert(table).values(row).returning(returned)
          : insertWhen(database, table, row, condition).returning(returned),
      );
    const guard = insertGuardOf(table);
    const [written] = await (guard === undefined ? attempt() : guard.insert(row, attempt));
    if (written === undefined) throw new Error("a guarded insert wrote no row and did not say why");
    for (const { key, onInserted } of readings) {
      onInserted(written[key]);
      delete written[key];
    }
    return written;
  }

  /** @returns the rows that have changed, as they are now. */
  async function update(change: Update): Promise<Row[]> {
    await checkUpdate(change);
    const attempt = async (condition?: SQL): Promise<Row[]> => {
      const { table, values } = change;
      const rows = condition === undefined ? change.rows : and(change.rows, condition);
      const statement = database.update(table).set(values).where(rows).returning();
      return withExtraWrite<Row[]>(database, readExtraWrite(), {
        operation: "update",
        table,
        rows,
        prelude: readPrelude(table, values),
        statement,
      });
    };
    const guarded = updateGuardOf(change);
    if (guarded === undefined) return attempt();
    return guarded.guard.update({ value: guarded.value, rows: change.rows }, attempt);
  }

  /** @returns how many rows have changed. */
  async function updateMany(change: Update): Promise<number> {
    // Its rows tell whether the condition held.
    if (updateGuardOf(change) !== undefined) return (await update(change)).length;
    await checkUpdate(change);
    const { table, values, rows } = change;
    const statement = database.update(table).set(values).where(rows);
    const { meta } = await withExtraWrite<D1Result>(database, readExtraWrite(), {
      operation: "update",
      table,
      rows,
      prelude: readPrelude(table, values),
      statement,
    });
    return meta.changes;
  }

  /** @returns how many rows are gone. */
  async function remove(table: SQLiteTable, rows: SQL | undefined): Promise<number> {
    const statement = database.delete(table).where(rows);
    const { meta } = await withExtraWrite<D1Result>(database, readExtraWrite(), {
      operation: "delete",
      table,
      rows,
      statement,
    });
    return meta.changes;
  }

  /** @returns the rows as they were. */
  async function take(table: SQLiteTable, rows: SQL | undefined): Promise<Row[]> {
    const statement = database.delete(table).where(rows).returning();
    return withExtraWrite<Row[]>(database, readExtraWrite(), {
      operation: "delete",
      table,
      rows,
      statement,
    });
  }

  return { checkInsert, mustInsertAtOnce, insert, update, updateMany, remove, take };
}
