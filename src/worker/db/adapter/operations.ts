/** Better Auth's operations on its models, as Drizzle's queries on the tables of the schema that the database was opened with. */
import type { CustomAdapter } from "@better-auth/core/db/adapter";
import { asc, count, desc, inArray, sql, type SQL } from "drizzle-orm";
import type { SQLiteTable } from "drizzle-orm/sqlite-core";
import type { Database } from "../database.ts";
import type { Row } from "./extensions.ts";
import { findJoined } from "./joins.ts";
import type { UnitOfWork } from "./unit-of-work.ts";
import { columnOf, tableOf as findTable } from "./tables.ts";
import { compileWhere } from "./where.ts";
import type { Writes } from "./writes.ts";

/** D1 bills every row that is counted. Better Auth counts for the totals of lists, and for limits no higher than this. */
const countLimit = 10_000;

interface OperationsOptions {
  database: Database;
  writes: Writes;
  /** Where inserts wait for each other; without one, they are made at once. */
  unitOfWork: UnitOfWork | undefined;
  /** The name of a field in the schema: an owner's options may give it another. */
  getFieldName: (field: { model: string; field: string }) => string;
}

type Operation<Name extends Exclude<keyof CustomAdapter, "createSchema" | "options">> = Parameters<
  NonNullable<CustomAdapter[Name]>
>[0];

export function createOperations({
  database,
  writes,
  unitOfWork,
  getFieldName,
}: OperationsOptions): CustomAdapter {
  const tableOf = (model: string) => findTable(database, model);
  /** The columns of the fields that were asked for; undefined for all. */
  const select = (table: SQLiteTable, model: string, fields: string[] | undefined) => {
    if (fields === undefined || fields.length === 0) return undefined;
    const names = fields.map((field) => getFieldName({ model, field }));
    return Object.fromEntries(names.map((name) => [name, columnOf(table, name)]));
  };
  /** One row that meets the conditions, by its key, for statements that may change no more than one. */
  const oneOf = (table: SQLiteTable, where: Parameters<typeof compileWhere>[1]) => {
    const id = columnOf(table, "id");
    const found = database
      .select({ id })
      .from(table)
      .where(compileWhere(table, where, "write"))
      .limit(1);
    return inArray(id, found);
  };
  /** A misspelt field would be left out of the statement without a word. */
  const checkFields = (table: SQLiteTable, values: Row) => {
    for (const field of Object.keys(values)) columnOf(table, field);
  };

  async function find<Found>({
    model,
    modelKey = model,
    ...query
  }: Operation<"findMany">): Promise<Found[]> {
    const table = tableOf(model);
    const rows = compileWhere(table, query.where, "read");
    const columns = select(table, modelKey, query.select);
    const { limit, offset = 0, join, sortBy } = query;
    const orderBy: SQL[] = [];
    if (sortBy !== undefined) {
      const name = getFieldName({ model: modelKey, field: sortBy.field });
      orderBy.push((sortBy.direction === "desc" ? desc : asc)(columnOf(table, name)));
    }
    if (join !== undefined) {
      const joined = { model, table, join };
      return findJoined<Found>(database, tableOf, joined, {
        rows,
        columns,
        limit,
        offset,
        orderBy,
      });
    }
    const selection = columns === undefined ? database.select() : database.select(columns);
    const found = selection.from(table).where(rows).limit(limit);
    return (await found.offset(offset).orderBy(...orderBy)) as Found[];
  }

  return {
    async create<Created extends Row>({ model, data }: { model: string; data: Created }) {
      const table = tableOf(model);
      checkFields(table, data);
      await writes.checkInsert(table, data);
      if (!writes.mustInsertAtOnce(table)) {
        const row = unitOfWork?.insertLater(table, data);
        if (row !== undefined) return row as Created;
      }
      await unitOfWork?.flush();
      return (await writes.insert(table, data)) as Created;
    },

    findOne: async <Found>(query: Operation<"findOne">) => {
      const [found] = await find<Found>({ ...query, limit: 1 });
      return found ?? null;
    },

    findMany: find,

    async count({ model, where }) {
      const table = tableOf(model);
      const rows = database
        .select({ one: sql`1`.as("one") })
        .from(table)
        .where(compileWhere(table, where, "read"))
        .limit(countLimit);
      const [counted] = await database.select({ count: count() }).from(rows.as("counted"));
      return counted?.count ?? 0;
    },

    async update<Updated>({ model, where, update }: Operation<"update">) {
      const table = tableOf(model);
      const values = update as Row;
      checkFields(table, values);
      const [updated] = await writes.update({
        table,
        values,
        rows: compileWhere(table, where, "write"),
      });
      return (updated ?? null) as Updated | null;
    },

    async updateMany({ model, where, update }) {
      const table = tableOf(model);
      checkFields(table, update);
      return writes.updateMany({
        table,
        values: update,
        rows: compileWhere(table, where, "write"),
      });
    },

    async delete({ model, where }) {
      const table = tableOf(model);
      await writes.remove(table, compileWhere(table, where, "write"));
    },

    async deleteMany({ model, where }) {
      const table = tableOf(model);
      return writes.remove(table, compileWhere(table, where, "write"));
    },

    async consumeOne<Consumed>({ model, where }: Operation<"consumeOne">) {
      const table = tableOf(model);
      const [consumed] = await writes.take(table, oneOf(table, where));
      return (consumed ?? null) as Consumed | null;
    },

    async incrementOne<Incremented>({
      model,
      where,
      increment,
      set = {},
    }: Operation<"incrementOne">) {
      const table = tableOf(model);
      const increased = Object.entries(increment).map(([field, by]) => {
        const column = columnOf(table, field);
        return [field, sql`${column} + ${by}`];
      });
      checkFields(table, set);
      const values = { ...set, ...(Object.fromEntries(increased) as Row) };
      const [incremented] = await writes.update({ table, values, rows: oneOf(table, where) });
      return (incremented ?? null) as Incremented | null;
    },
  };
}
