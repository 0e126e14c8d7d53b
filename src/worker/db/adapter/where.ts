/**
 * Better Auth's conditions as SQL, for every operation alike. Owns two limits of D1: a query has at most 100 bound
 * parameters, so a long list is bound as one parameter, a JSON array; and a LIKE pattern has at most 50 bytes, so text is
 * searched without LIKE, which also keeps `%` and `_` in a search from being wildcards.
 */
import type { CleanedWhere } from "@better-auth/core/db/adapter";
import { and, eq, gt, gte, isNotNull, isNull, lt, lte, ne, or, sql, type SQL } from "drizzle-orm";
import type { SQLiteColumn, SQLiteTable } from "drizzle-orm/sqlite-core";
import { columnOf } from "./tables.ts";

/**
 * How many list values are bound one by one. D1 bills one row more for each value that is read from JSON. A write may hold
 * its conditions three times over: the event in its batch looks for the same rows.
 */
const boundListValues = { read: 80, write: 20 };

/**
 * The conditions with the connector AND and, where there are any with OR, one of those: Better Auth's own reading of a
 * list of conditions. Undefined when there are none: every row.
 *
 * @throws {Error} when a field has no column.
 */
export function compileWhere(
  table: SQLiteTable,
  where: readonly CleanedWhere[] | undefined,
  purpose: keyof typeof boundListValues,
): SQL | undefined {
  const conditions = where ?? [];
  const listed = conditions.flatMap(({ value }) => (Array.isArray(value) ? [...value] : []));
  const asJson = listed.length > boundListValues[purpose];
  const conditionsWith = (connector: CleanedWhere["connector"]) =>
    conditions
      .filter((condition) => condition.connector === connector)
      .map((condition) => compileCondition(columnOf(table, condition.field), condition, asJson));
  return and(...conditionsWith("AND"), or(...conditionsWith("OR")));
}

interface Condition {
  column: SQLiteColumn;
  value: CleanedWhere["value"];
  ignoresCase: boolean;
  /** The values of the condition in parentheses, to be looked up. */
  list: () => SQL;
}

function compileCondition(column: SQLiteColumn, condition: CleanedWhere, asJson: boolean): SQL {
  const { operator = "eq", value, mode } = condition;
  const values = [value].flat();
  const ignoresCase =
    mode === "insensitive" && values.every((one): one is string => typeof one === "string");
  const list = () => (asJson ? jsonList : boundList)(column, values, ignoresCase);
  return operators[operator]({ column, value, ignoresCase, list });
}

const operators: Record<NonNullable<CleanedWhere["operator"]>, (condition: Condition) => SQL> = {
  eq: ({ column, value, ignoresCase }) => {
    if (value === null) return isNull(column);
    return ignoresCase ? sql`lower(${column}) = lower(${value})` : eq(column, value);
  },
  ne: ({ column, value, ignoresCase }) => {
    if (value === null) return isNotNull(column);
    return ignoresCase ? sql`lower(${column}) <> lower(${value})` : ne(column, value);
  },
  lt: ({ column, value }) => lt(column, value),
  lte: ({ column, value }) => lte(column, value),
  gt: ({ column, value }) => gt(column, value),
  gte: ({ column, value }) => gte(column, value),
  in: (condition) => sql`${subject(condition)} in ${condition.list()}`,
  not_in: (condition) => sql`${subject(condition)} not in ${condition.list()}`,
  // Both modes ignore the case of ASCII letters here, as SQLite's LIKE does and with it Better Auth's own adapters.
  contains: ({ column, value }) => sql`instr(lower(${column}), lower(${String(value)})) > 0`,
  starts_with: ({ column, value }) =>
    sql`substr(lower(${column}), 1, length(${String(value)})) = lower(${String(value)})`,
  ends_with: ({ column, value }) =>
    // The empty text ends every other; for substr, -0 is a position of its own.
    value === ""
      ? isNotNull(column)
      : sql`substr(lower(${column}), -length(${String(value)})) = lower(${String(value)})`,
};

function subject({ column, ignoresCase }: Condition): SQL {
  return ignoresCase ? sql`lower(${column})` : sql`${column}`;
}

function boundList(column: SQLiteColumn, values: readonly unknown[], ignoresCase: boolean): SQL {
  const parameters = values.map((value) =>
    ignoresCase ? sql`lower(${value})` : sql`${sql.param(value, column)}`,
  );
  return sql`(${sql.join(parameters, sql`, `)})`;
}

function jsonList(column: SQLiteColumn, values: readonly unknown[], ignoresCase: boolean): SQL {
  // As the driver would write them: a date as milliseconds, a boolean as 0 or 1.
  const stored = values.map((value) => (value === null ? null : column.mapToDriverValue(value)));
  const selected = ignoresCase ? sql`lower(value)` : sql`value`;
  return sql`(select ${selected} from json_each(${JSON.stringify(stored)}))`;
}
