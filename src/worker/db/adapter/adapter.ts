/**
 * Better Auth's database adapter on D1, made with Better Auth's own factory: the factory maps fields and values, and the
 * files beside this one make the queries. Database errors leave it as APIErrors.
 *
 * **Transactions.** D1 has none in which a program decides between statements, and this adapter does not say that it has:
 * a plugin that asks for native ones, as `scim()` does, is refused. Better Auth's own flows call `transaction()` all the
 * same. Here that is a unit of work: inserts wait and are sent as one `batch()`, which D1 runs atomically, so that a user
 * and its account, or a tenant and its first owner, are both written or neither. Anything but such an insert first sends
 * what waits, and is kept even if the work fails later.
 */
import {
  createAdapterFactory,
  type CustomAdapter,
  type DBAdapter,
} from "@better-auth/core/db/adapter";
import type { BetterAuthOptions } from "better-auth";
import { toApiErrors } from "../api-errors.ts";
import type { Database } from "../database.ts";
import type { AdapterExtensions, Row } from "./extensions.ts";
import { fromStoredDate, toStoredDate } from "./dates.ts";
import { createOperations } from "./operations.ts";
import { columnOf, tableOf } from "./tables.ts";
import { openUnitOfWork, type UnitOfWork } from "./unit-of-work.ts";
import { createWrites } from "./writes.ts";

/**
 * @param database opened with the schema whose tables and columns are named as Better Auth names its models and fields.
 */
export function d1Adapter(
  database: Database,
  extensions: AdapterExtensions = {},
): (options: BetterAuthOptions) => DBAdapter {
  const writes = createWrites(database, extensions);

  const openAdapter = (options: BetterAuthOptions, unitOfWork?: UnitOfWork): DBAdapter => {
    const create = createAdapterFactory({
      config: {
        adapterId: "d1",
        adapterName: "D1",
        customTransformInput: ({ data, model, field, fieldAttributes: { type } }) => {
          if (type === "boolean" && Array.isArray(data)) return data.map(readFlag);
          if (type !== "date") return data as unknown;
          return toStoredDate(data, columnOf(tableOf(database, model), field));
        },
        customTransformOutput: ({ data, fieldAttributes: { type } }) =>
          type === "date" ? fromStoredDate(data) : (data as unknown),
      },
      adapter: ({ getFieldName }) => {
        const operations = createOperations({ database, writes, unitOfWork, getFieldName });
        return inOrder(operations, unitOfWork);
      },
    });
    return patchAdapter(create(options), extensions);
  };

  return (options) => {
    const adapter = openAdapter(options);
    const transaction: DBAdapter["transaction"] = async (callback) => {
      const unitOfWork = openUnitOfWork(database, extensions.readPrelude);
      try {
        const result = await callback(openAdapter(options, unitOfWork));
        await toApiErrors(unitOfWork.flush);
        return result;
      } finally {
        unitOfWork.end();
      }
    };
    return { ...adapter, transaction };
  };
}

/** A flag in a list of values, which the factory reads from the text of a query only when it is alone. */
const readFlag = (value: unknown) => (typeof value === "string" ? value === "true" : value);

/** Each operation with its errors converted, and after the inserts that wait in a unit of work: it must see those. */
function inOrder(operations: CustomAdapter, unitOfWork: UnitOfWork | undefined): CustomAdapter {
  const converted = Object.entries(operations).map(
    ([name, operation]: [string, (input: never) => Promise<unknown>]) => [
      name,
      (input: never) =>
        toApiErrors(async () => {
          if (name !== "create") await unitOfWork?.flush();
          return operation(input);
        }),
    ],
  );
  return Object.fromEntries(converted) as CustomAdapter;
}

/**
 * An adapter of the factory's with the rows that it reads as `onRead` has them, and with nothing said about transactions.
 *
 * Better Auth's configuration has two answers for those. A function means that work which fails is undone, and plugins ask
 * for one. `false` means that writes are kept as they are made, and `runWithTransaction` then runs the hooks of work that
 * has failed: a mail would confirm a sign-up of which nothing was written. Neither is so here. Left undefined, the plugins
 * are refused and the hooks dropped (@better-auth/core 1.7 context/transaction.ts).
 */
function patchAdapter(adapter: DBAdapter, { onRead, caseless = {} }: AdapterExtensions): DBAdapter {
  const read = async <Found>(model: string, row: Found) =>
    onRead === undefined ? row : ((await onRead(model, row as Row)) as Found);
  const { options } = adapter;
  return {
    ...adapter,
    count: async (query) => adapter.count({ ...query, ...listed(query) }),
    options: options && {
      ...options,
      adapterConfig: { ...options.adapterConfig, transaction: undefined },
    },
    findOne: async <Found>(query: Parameters<DBAdapter["findOne"]>[0]) => {
      const row = await findInAnyCase<Found>(adapter, query, caseless[query.model]);
      return row === null ? null : read(query.model, row);
    },
    findMany: async <Found>(query: Parameters<DBAdapter["findMany"]>[0]) => {
      const rows = await adapter.findMany<Found>({ ...query, ...listed(query) });
      return Promise.all(rows.map((row) => read(query.model, row)));
    },
  };
}

/** `in` and `not_in` with a list: a query of one value has it without one, and the factory refuses that. */
function listed({ where }: Pick<Parameters<DBAdapter["findMany"]>[0], "where">) {
  const isList = (operator: string | undefined) => operator === "in" || operator === "not_in";
  return (
    where && {
      where: where.map((one) =>
        isList(one.operator) && !Array.isArray(one.value)
          ? { ...one, value: [one.value] as string[] }
          : one,
      ),
    }
  );
}

/** Finds the row whose field matches in any case. If there are several, from before a rule forbade that, the exact spelling wins. */
async function findInAnyCase<Found>(
  adapter: DBAdapter,
  query: Parameters<DBAdapter["findOne"]>[0],
  field: string | undefined,
): Promise<Found | null> {
  const asked = query.where.find((one) => one.field === field && (one.operator ?? "eq") === "eq");
  if (field === undefined || asked === undefined) return adapter.findOne<Found>(query);
  const where = query.where.map((one) =>
    one === asked ? { ...one, mode: "insensitive" as const } : one,
  );
  const found = await adapter.findOne<Found>({ ...query, where });
  const isExact = found === null || (found as Row)[field] === asked.value;
  return isExact ? found : ((await adapter.findOne<Found>(query)) ?? found);
}
