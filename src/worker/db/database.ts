/**
 * Opens Drizzle on a guarded D1 binding. Reads are repeated after a transient error, errors become DatabaseErrors
 * without values, and failures of the database are reported to the caller that opened it.
 */
import { drizzle, type DrizzleD1Database } from "drizzle-orm/d1";
import { DatabaseError, isTransient, readDatabaseError } from "./d1-errors.ts";
import { tables } from "./tables.ts";

/** `$client` is the guarded binding, for a statement that is prepared by hand. */
export type Database = DrizzleD1Database<typeof tables> & { $client: D1Database };

export interface DatabaseOptions {
  /** Called for every failure of the database. A refused write is an answer, and no failure. */
  onFailure?: (failure: "unavailable" | "failed") => void;
}

const readRetries = 2;
const retryDelayMilliseconds = 25;

export function openDatabase(d1: D1Database, options: DatabaseOptions = {}): Database {
  return drizzle(guard(d1, options), { schema: tables });
}

/** The original statement of each guarded one, because D1's `batch` accepts only its own statements. */
const originals = new WeakMap<D1PreparedStatement, D1PreparedStatement>();

function guard(d1: D1Database, options: DatabaseOptions): D1Database {
  const attempt = async <Result>(idempotent: boolean, run: () => Promise<Result>) => {
    for (let retries = idempotent ? readRetries : 0; ; retries -= 1) {
      try {
        return await run();
      } catch (error) {
        if (retries > 0 && isTransient(error)) {
          await scheduler.wait(retryDelayMilliseconds);
          continue;
        }
        const databaseError = readDatabaseError(error);
        if (databaseError === undefined) throw error;
        if (databaseError.kind === "unavailable" || databaseError.kind === "failed") {
          options.onFailure?.(databaseError.kind);
        }
        throw databaseError;
      }
    }
  };
  const guardStatement = (
    original: D1PreparedStatement,
    idempotent: boolean,
  ): D1PreparedStatement => {
    const guarded = {
      bind: (...values: unknown[]) => {
        // D1 would bind an array as a BLOB, which later breaks every query that turns the row into JSON.
        if (values.some((value) => typeof value === "object" && value !== null)) {
          throw new DatabaseError("value", "a value is a list or an object");
        }
        return guardStatement(original.bind(...values), idempotent);
      },
      all: () => attempt(idempotent, () => original.all()),
      run: () => attempt(idempotent, () => original.run()),
      raw: () => attempt(idempotent, () => original.raw()),
      first: (column: string) => attempt(idempotent, () => original.first(column)),
    } as unknown as D1PreparedStatement;
    originals.set(guarded, original);
    return guarded;
  };
  return {
    prepare: (sql: string) => guardStatement(d1.prepare(sql), /^\s*select\b/i.test(sql)),
    batch: (statements: D1PreparedStatement[]) =>
      attempt(false, () =>
        d1.batch(statements.map((statement) => originals.get(statement) ?? statement)),
      ),
  } as unknown as D1Database;
}
