/**
 * Turns D1's errors into kinds that code can branch on. D1 has no error codes and only passes on SQLite's text, so this
 * file is the only one that parses messages. Drizzle's own errors contain `params:` with password hashes and session
 * tokens. They are replaced here, and the message of a DatabaseError never contains a value.
 */

type DatabaseErrorKind =
  /** A UNIQUE index or primary key refused a second row; `constraint` is `table.column, table.column`. */
  | "unique"
  /** A foreign key refers to a row that does not exist. */
  | "foreign_key"
  /** A trigger of `rules.sql` refused the write; `constraint` is the code that it raised, such as LAST_OWNER. */
  | "rule"
  /** The column cannot hold a value that came from the caller and that no schema had checked. */
  | "value"
  /** D1 cannot be reached, or sheds load. The caller may try again later. */
  | "unavailable"
  /** D1 did not confirm a write: the connection broke, or no answer came in time. It may have taken effect. */
  | "outcome_unknown"
  /** Any other error, which is a bug in this Worker. */
  | "failed";

export class DatabaseError extends Error {
  override readonly name = "DatabaseError";
  readonly kind: DatabaseErrorKind;
  readonly constraint: string | undefined;

  constructor(kind: DatabaseErrorKind, message: string, constraint?: string) {
    super(message);
    this.kind = kind;
    this.constraint = constraint;
  }
}

/**
 * Errors that break a statement off at a moment that nobody knows (Cloudflare, "D1 error list"). D1 itself repeats reads after
 * them, twice.
 */
const transient = [
  "Network connection lost",
  "storage caused object to be reset",
  "reset because its code was updated",
  "Cannot resolve D1 DB due to transient issue",
];

/** Errors that mean D1 is overloaded. A retry would add load, so the request is refused. */
const overloaded = [
  "D1 DB is overloaded",
  "storage operation exceeded timeout",
  "exceeded its memory limit",
  "exceeded its CPU time limit",
  "Too many requests queued",
];

const raisedCode = /D1_ERROR: ([A-Z][A-Z_]+): SQLITE_CONSTRAINT/;
const uniqueColumns = /UNIQUE constraint failed: ([a-z0-9_., ]+)/;

export function isTransient(error: unknown): boolean {
  return messages(error).some((message) => transient.some((part) => message.includes(part)));
}

/** Finds or makes the DatabaseError for `error` or one of its causes; undefined if the error is not the database's. */
export function readDatabaseError(error: unknown): DatabaseError | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof DatabaseError) return cause;
  }
  const text = messages(error).find((message) => message.includes("D1_"));
  const unavailable = messages(error).some((message) =>
    [...transient, ...overloaded].some((part) => message.includes(part)),
  );
  if (unavailable) return new DatabaseError("unavailable", "the database cannot be reached");
  if (text === undefined) return undefined;
  const columns = uniqueColumns.exec(text)?.[1];
  if (columns !== undefined) {
    return new DatabaseError(
      "unique",
      `a row with the same ${columns} already exists`,
      columns.trim(),
    );
  }
  if (text.includes("FOREIGN KEY constraint failed")) {
    return new DatabaseError("foreign_key", "the row refers to another that does not exist");
  }
  if (/NOT NULL constraint failed|D1_TYPE_ERROR|datatype mismatch/.test(text)) {
    return new DatabaseError("value", "a value is missing or of the wrong type");
  }
  const raised = raisedCode.exec(text)?.[1];
  if (raised !== undefined) return new DatabaseError("rule", raised, raised);
  return new DatabaseError("failed", text);
}

function messages(error: unknown): string[] {
  const found: string[] = [];
  for (let cause = error; cause instanceof Error; cause = cause.cause) found.push(cause.message);
  return found;
}
