/**
 * Better Auth's joins as Drizzle's relational queries: one statement for a row and what belongs to it. Relations are found
 * by the tables that they connect, so their names in the schema are free.
 */
import type { JoinConfig } from "@better-auth/core/db/adapter";
import { getTableColumns, is, One, type Relation, type SQL } from "drizzle-orm";
import type { SQLiteColumn, SQLiteTable } from "drizzle-orm/sqlite-core";
import type { Database } from "../database.ts";
import type { Row } from "./extensions.ts";

interface Query {
  rows: SQL | undefined;
  /** Undefined for all. */
  columns: Record<string, SQLiteColumn> | undefined;
  limit: number;
  offset: number;
  orderBy: SQL[];
}

interface Joined {
  model: string;
  table: SQLiteTable;
  join: JoinConfig;
}

type TableOf = (model: string) => SQLiteTable;

/**
 * Rows with what is joined to them, under the names of the joined models. A join that the schema has no single relation for
 * is left out; Better Auth then reads it with a query of its own.
 */
export async function findJoined<Found>(
  database: Database,
  tableOf: TableOf,
  { model, table, join }: Joined,
  { rows, columns = getTableColumns(table), ...query }: Query,
): Promise<Found[]> {
  const relations = relationsOf(database, model);
  const included = Object.entries(join).flatMap(([joinedModel, { on, limit = 1 }]) => {
    const relation = relationTo(tableOf(joinedModel), relations, table, on.from);
    if (relation === undefined) return [];
    return [{ joinedModel, relation, options: is(relation, One) ? true : { limit } }];
  });
  const options = included.map(({ relation, options }) => [relation.fieldName, options]);
  const queries = database.query as unknown as Record<string, RelationalQuery>;
  const found = await queries[model]?.findMany({
    ...query,
    where: rows,
    columns: Object.fromEntries(Object.keys(columns).map((key) => [key, true])),
    with: Object.fromEntries(options),
  });
  return (found ?? []).map((row) => {
    const own = Object.entries(row).filter(([key]) => key in columns);
    const joined = included.map(({ joinedModel, relation }) => [
      joinedModel,
      row[relation.fieldName],
    ]);
    return Object.fromEntries([...own, ...joined]) as Found;
  });
}

interface RelationalQuery {
  findMany: (query: Record<string, unknown>) => Promise<Row[]>;
}

function relationsOf(database: Database, model: string): Relation[] {
  const tables: Record<string, { relations: Record<string, Relation> }> = database._.schema ?? {};
  return Object.values(tables[model]?.relations ?? {});
}

/** The one relation to a table; of several that hold a key, the one whose key is the joining column. */
function relationTo(
  target: SQLiteTable,
  relations: Relation[],
  table: SQLiteTable,
  joiningField: string,
): Relation | undefined {
  const columns: Record<string, SQLiteColumn> = getTableColumns(table);
  const [relation, ...others] = relations.filter((candidate) => {
    if (candidate.referencedTable !== target) return false;
    const key = is(candidate, One) ? candidate.config?.fields : undefined;
    return key === undefined || key.some((column) => column === columns[joiningField]);
  });
  return others.length === 0 ? relation : undefined;
}
