/**
 * SQL for D1's query call: one string of several statements, which D1 executes as one transaction. D1 binds parameters only
 * to single statements, so values have to be literals. They are written as literals here and nowhere else.
 */

type Value = string | number | null;

export interface Sql {
  readonly text: string;
}

function literal(value: Value): string {
  if (value === null) return "NULL";
  if (typeof value === "number") {
    if (!Number.isSafeInteger(value)) throw new RangeError(`not an integer: ${value}`);
    return String(value);
  }
  // SQLite would end the statement at a NUL.
  return `'${value.replaceAll("\0", "").replaceAll("'", "''")}'`;
}

/** One statement, without its `;`. Values become literals, and `Sql` values are inserted unchanged. */
export function sql(strings: TemplateStringsArray, ...values: (Value | Sql)[]): Sql {
  let text = strings[0] ?? "";
  values.forEach((value, index) => {
    const part = value !== null && typeof value === "object" ? value.text : literal(value);
    text += part + (strings[index + 1] ?? "");
  });
  return { text: text.trim() };
}

/** The statements of a file, unchanged except for the end, so that another statement can follow. */
export function sqlFile(text: string): Sql {
  const bare = text.replace(/(\s|--[^\n]*(\n|$))+$/, "");
  return { text: bare.endsWith(";") ? bare.slice(0, -1) : bare };
}

/** Several statements for one call. All of them take effect, or none. */
export function batch(statements: readonly Sql[]): string {
  return statements.map(({ text }) => `${text};`).join("\n");
}
