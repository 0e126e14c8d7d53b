/**
 * SQL for D1's query call, as one string of several statements: D1 executes it as a batch, which is a transaction. Bound
 * parameters belong to single statements, so values are written as literals here, and nowhere else.
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
  // NUL would end the statement where SQLite reads it.
  return `'${value.replaceAll("\0", "").replaceAll("'", "''")}'`;
}

/** One statement, without its `;`. Values become literals, `Sql` values are inserted as they are. */
export function sql(strings: TemplateStringsArray, ...values: (Value | Sql)[]): Sql {
  let text = strings[0] ?? "";
  values.forEach((value, index) => {
    const part = value !== null && typeof value === "object" ? value.text : literal(value);
    text += part + (strings[index + 1] ?? "");
  });
  return { text: text.trim() };
}

/** A file of statements as it is; ends it, so that another statement may follow. */
export function sqlFile(text: string): Sql {
  const bare = text.replace(/(\s|--[^\n]*(\n|$))+$/, "");
  return { text: bare.endsWith(";") ? bare.slice(0, -1) : bare };
}

/** Several statements for one call: all of them take effect, or none. */
export function batch(statements: readonly Sql[]): string {
  return statements.map(({ text }) => `${text};`).join("\n");
}
