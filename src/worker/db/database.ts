/**
 * Opens Drizzle on a guarded D1 binding. No statement waits longer than a bound, errors become DatabaseErrors without
 * values, and failures of the database are reported to the caller that opened it. Nothing is repeated here: D1 itself repeats
 * reads after a transient error, and a write that may have taken effect is for the caller to repeat.
 */
import { drizzle, type DrizzleD1Database } from "drizzle-orm/d1";
import { DatabaseError, isTransient, readDatabaseError } from "./d1-errors.ts";
import { createStallGuard, StallError } from "./stalls.ts";
import { tables } from "./tables.ts";

/** `$client` is the guarded binding, for a statement that is prepared by hand. */
export type Database = DrizzleD1Database<typeof tables> & { $client: D1Database };

export interface DatabaseOptions {
  /** Called for every failure of the database. A refused write is an answer, and no failure. */
  onFailure?: (failure: "unavailable" | "outcome_unknown" | "failed") => void;
  /** How long a statement waits for D1. Default: 10 seconds. */
  patienceMilliseconds?: number;
}

const defaultPatienceMilliseconds = 10_000;

export function openDatabase(d1: D1Database, options: DatabaseOptions = {}): Database {
  return drizzle(guard(d1, options), { schema: tables });
}

interface Original {
  statement: D1PreparedStatement;
  isRead: boolean;
}

/** The original of each guarded statement, because D1's `batch` accepts only its own statements. */
const originals = new WeakMap<D1PreparedStatement, Original>();

function guard(d1: D1Database, { onFailure, patienceMilliseconds }: DatabaseOptions): D1Database {
  const withinPatience = createStallGuard({
    patienceMilliseconds: patienceMilliseconds ?? defaultPatienceMilliseconds,
  });
  const attempt = async <Result>(isRead: boolean, run: () => Promise<Result>) => {
    try {
      return await withinPatience(run);
    } catch (error) {
      const databaseError = describe(error, isRead);
      if (databaseError === undefined) throw error;
      const { kind } = databaseError;
      if (kind === "unavailable" || kind === "outcome_unknown" || kind === "failed") {
        onFailure?.(kind);
      }
      throw databaseError;
    }
  };
  const guardStatement = ({ statement, isRead }: Original): D1PreparedStatement => {
    const guarded = {
      bind: (...values: unknown[]) => {
        // D1 would bind an array as a BLOB, which later breaks every query that turns the row into JSON.
        if (values.some((value) => typeof value === "object" && value !== null)) {
          throw new DatabaseError("value", "a value is a list or an object");
        }
        return guardStatement({ statement: statement.bind(...values), isRead });
      },
      all: () => attempt(isRead, () => statement.all()),
      run: () => attempt(isRead, () => statement.run()),
      raw: () => attempt(isRead, () => statement.raw()),
      first: (column: string) => attempt(isRead, () => statement.first(column)),
    } as unknown as D1PreparedStatement;
    originals.set(guarded, { statement, isRead });
    return guarded;
  };
  return {
    prepare: (sql: string) =>
      guardStatement({ statement: d1.prepare(sql), isRead: /^\s*select\b/i.test(sql) }),
    batch: (statements: D1PreparedStatement[]) => {
      const all = statements.map(
        (statement) => originals.get(statement) ?? { statement, isRead: false },
      );
      return attempt(
        all.every(({ isRead }) => isRead),
        () => d1.batch(all.map(({ statement }) => statement)),
      );
    },
  } as unknown as D1Database;
}

/** The DatabaseError of a statement; undefined if its error is not the database's. */
function describe(error: unknown, isRead: boolean): DatabaseError | undefined {
  if (error instanceof StallError && !error.wasSent) {
    return new DatabaseError("unavailable", error.message);
  }
  if (!isRead && (error instanceof StallError || isTransient(error))) {
    return new DatabaseError("outcome_unknown", "the database did not confirm a write");
  }
  return error instanceof StallError
    ? new DatabaseError("unavailable", error.message)
    : readDatabaseError(error);
}
