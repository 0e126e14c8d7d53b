/**
 * Better Auth's database adapter on D1: its Drizzle adapter, mended where D1 differs from other databases.
 *
 * - A transaction defers its inserts, but for sessions, and sends them as one `batch()`, which D1 runs atomically: a user
 *   and its account, a tenant and its first owner are written together or not at all. D1 has no interactive transactions.
 * - An update or deletion takes an event along in its batch, where the request has one for it (`accompany.ts`).
 * - `IN` lists are split: D1 takes at most 100 bound parameters a query.
 * - Counts end at 10,000: D1 bills every row that is counted.
 * - Errors become what the wire may see: a broken constraint is the caller's mistake, with a code.
 */
import { drizzleAdapter } from "better-auth/adapters/drizzle";
import type { DBAdapter } from "@better-auth/core/db/adapter";
import { APIError } from "@better-auth/core/error";
import type { BetterAuthOptions } from "better-auth";
import { count, getTableColumns, is, SQL, sql } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import type { SQLiteTable } from "drizzle-orm/sqlite-core";
import { accompany, type Companion } from "./accompany.ts";
import type { Database } from "./database.ts";
import { readDatabaseError, type DatabaseError } from "./errors.ts";
import * as schema from "./schema.ts";

/** Leaves room for the other conditions of a query beside an `IN` list. */
const parametersPerList = 80;
/** Better Auth counts for the totals of its lists, and for limits that are no higher. */
const countLimit = 10_000;

type Adapter = DBAdapter;
type TransactionAdapter = Parameters<Parameters<Adapter["transaction"]>[0]>[0];

/** A row that was found, as it is to be understood. */
type ReadRow = (model: string, row: Record<string, unknown>) => Promise<Record<string, unknown>>;

interface AdapterOptions {
  readRow: ReadRow;
  readCompanion: () => Companion | undefined;
  /** A database whose writes are made as they are to be. It inserts sessions at once, also in a transaction. */
  prepareWrites: (database: Database) => Database;
}

export function d1Adapter(
  database: Database,
  { readRow, readCompanion, prepareWrites }: AdapterOptions,
): (options: BetterAuthOptions) => Adapter {
  const openAdapter = (db: Database, options: BetterAuthOptions) =>
    drizzleAdapter(boundCounts(prepareWrites(accompany(db, readCompanion))), {
      provider: "sqlite",
      schema,
      transaction: false,
    })(options);

  return (options) => {
    const direct = openAdapter(database, options);
    const transaction: Adapter["transaction"] = async (callback) => {
      const pending: BatchItem<"sqlite">[] = [];
      const flush = () =>
        answering(async () => {
          const [first, ...rest] = pending.splice(0);
          if (first !== undefined) await database.batch([first, ...rest]);
        });
      const deferred = openAdapter(deferInserts(database, pending), options);
      const result = await callback(
        mend({ ...deferred, ...flushingFirst(deferred, flush) }, readRow),
      );
      await flush();
      return result;
    };
    const adapterConfig = { ...direct.options?.adapterConfig, transaction };
    return {
      ...mend(direct, readRow),
      transaction,
      // Says that work which fails is not kept: Better Auth then drops the hooks that waited for it.
      options: { ...direct.options, adapterConfig } as Adapter["options"],
    };
  };
}

/** A database that counts to `countLimit` and no further. Only what the Drizzle adapter's `count` calls is there. */
function boundCounts(database: Database): Database {
  const countedRows = (table: SQLiteTable) => ({
    where: (condition: SQL | undefined) => {
      const rows = database
        .select({ one: sql`1`.as("one") })
        .from(table)
        .where(condition);
      return database.select({ count: count() }).from(rows.limit(countLimit).as("counted"));
    },
  });
  // A column of this name is none of the adapter's counts.
  const select = (fields?: Record<string, SQL>) => {
    if (is(fields?.["count"], SQL)) return { from: countedRows };
    return fields === undefined ? database.select() : database.select(fields);
  };
  return Object.create(database, { select: { value: select } }) as Database;
}

/** A database whose inserts wait in `pending`. Only what the Drizzle adapter's `create` calls is there. */
function deferInserts(database: Database, pending: BatchItem<"sqlite">[]): Database {
  const insert = (table: SQLiteTable) => ({
    values: (row: Record<string, unknown>) => ({
      returning: () => {
        pending.push(database.insert(table).values(row));
        const columns = Object.entries(getTableColumns(table));
        return Promise.resolve([
          Object.fromEntries(
            columns.map(([key, column]) => [key, row[key] ?? column.default ?? null]),
          ),
        ]);
      },
    }),
  });
  return Object.create(database, { insert: { value: insert } }) as Database;
}

/** Anything but an insert must see the inserts before it, and so must a session. */
function flushingFirst(adapter: Adapter, flush: () => Promise<void>): Partial<Adapter> {
  const operations = [
    "findOne",
    "findMany",
    "count",
    "update",
    "updateMany",
    "delete",
    "deleteMany",
    "consumeOne",
    "incrementOne",
  ] as const;
  const create: Adapter["create"] = async (input) => {
    if (input.model === "session") await flush();
    return adapter.create(input);
  };
  const flushing = Object.fromEntries(
    operations.map((name) => [
      name,
      async (input: never) => {
        await flush();
        return (adapter[name] as (input: never) => Promise<unknown>)(input);
      },
    ]),
  );
  return { ...flushing, create };
}

function mend<Mended extends TransactionAdapter>(adapter: Mended, readRow: ReadRow): Mended {
  const answeringAll = Object.fromEntries(
    Object.entries(adapter).map(([name, operation]: [string, unknown]) => [
      name,
      typeof operation === "function"
        ? (...input: unknown[]) =>
            answering(() =>
              Promise.resolve((operation as (...input: unknown[]) => unknown)(...input)),
            )
        : operation,
    ]),
  ) as Mended;
  const findMany = findManyInChunks(answeringAll.findMany);
  const read = async <Row>(model: string, row: Row) =>
    (await readRow(model, row as Record<string, unknown>)) as Row;
  return {
    ...answeringAll,
    findOne: async <Row>(query: Parameters<Mended["findOne"]>[0]) => {
      const row = await answeringAll.findOne<Row>(query);
      return row === null ? null : read(query.model, row);
    },
    findMany: async <Row>(query: Parameters<FindMany>[0]) =>
      Promise.all((await findMany<Row>(query)).map((row) => read(query.model, row))),
  };
}

type FindMany = TransactionAdapter["findMany"];

function findManyInChunks(findMany: FindMany): FindMany {
  return async <Row>(query: Parameters<FindMany>[0]): Promise<Row[]> => {
    const long = query.where?.find(
      ({ operator, value }) =>
        operator === "in" && Array.isArray(value) && value.length > parametersPerList,
    );
    if (long === undefined) return findMany<Row>(query);
    const values = [...new Set(long.value as string[])];
    const chunks: Promise<Row[]>[] = [];
    for (let start = 0; start < values.length; start += parametersPerList) {
      const chunk = { ...long, value: values.slice(start, start + parametersPerList) };
      const where = query.where?.map((clause) => (clause === long ? chunk : clause));
      chunks.push(findMany<Row>({ ...query, where, limit: parametersPerList, offset: 0 }));
    }
    const rows = (await Promise.all(chunks)).flat();
    if (query.sortBy !== undefined) sort(rows, query.sortBy);
    const offset = query.offset ?? 0;
    return rows.slice(offset, query.limit === undefined ? undefined : offset + query.limit);
  };
}

function sort(rows: unknown[], { field, direction }: { field: string; direction: "asc" | "desc" }) {
  const key = (row: unknown) => (row as Record<string, string | number | Date>)[field] ?? "";
  const sign = direction === "desc" ? -1 : 1;
  rows.sort((a, b) => (key(a) < key(b) ? -sign : key(a) > key(b) ? sign : 0));
}

/** Runs a database operation of a request; what is wrong with the request becomes an APIError. */
export async function answering<Result>(operation: () => Promise<Result>): Promise<Result> {
  try {
    return await operation();
  } catch (error) {
    const databaseError = readDatabaseError(error);
    if (databaseError === undefined) throw error;
    throw toApiError(databaseError);
  }
}

/** Who broke which constraint. The codes are Better Auth's own where it has one. */
export const conflicts: Record<string, { code: string; message: string }> = {
  "user.email": {
    code: "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL",
    message: "User already exists. Use another email.",
  },
  "account.provider_id, account.account_id": {
    code: "ACCOUNT_ALREADY_LINKED",
    message: "This account is linked to a user already.",
  },
  "member.organization_id, member.user_id": {
    code: "USER_IS_ALREADY_A_MEMBER_OF_THIS_ORGANIZATION",
    message: "User is already a member of this organization",
  },
  "invitation.organization_id, invitation.email": {
    code: "USER_IS_ALREADY_INVITED_TO_THIS_ORGANIZATION",
    message: "User is already invited to this organization",
  },
  "organization.slug": {
    code: "ORGANIZATION_SLUG_ALREADY_TAKEN",
    message: "Organization slug already taken",
  },
  "organization_role.organization_id, organization_role.role": {
    code: "ROLE_NAME_IS_ALREADY_TAKEN",
    message: "That role name is already taken",
  },
  "two_factor.user_id": {
    code: "TWO_FACTOR_ENROLMENT_IN_PROGRESS",
    message: "Another enrolment was started at the same time. Start again.",
  },
};

/** What clients are told for each code that a trigger of `rules.sql` raises. */
export const ruleMessages: Record<string, string> = {
  BANNED_USER:
    "You have been banned from this application. Please contact support if you believe this is an error.",
  INVITATION_DECIDED: "This invitation has been accepted, rejected or withdrawn meanwhile.",
  LAST_OWNER:
    "A tenant keeps at least one owner. Make another member an owner first, or delete the tenant.",
  LAST_PLATFORM_ADMIN:
    "A platform keeps at least one admin who is not banned. Make another user platform admin first.",
  TWO_FACTOR_REQUIRED_BY_TENANT: "This tenant demands two-factor authentication: turn it on first.",
  UNKNOWN_ROLE: "A user has one platform role: platform-admin or user.",
  USER_IS_NOT_A_MEMBER_OF_THE_ORGANIZATION: "User is not a member of the organization",
  YOU_ARE_NOT_ALLOWED_TO_INVITE_USERS_TO_THIS_ORGANIZATION:
    "You are not allowed to invite users to this organization",
};

/** Those that say who one is no more: answered as Better Auth answers whoever was it no more when they asked. */
const refusedPersons = new Set([
  "BANNED_USER",
  "USER_IS_NOT_A_MEMBER_OF_THE_ORGANIZATION",
  "YOU_ARE_NOT_ALLOWED_TO_INVITE_USERS_TO_THIS_ORGANIZATION",
]);

function toApiError(error: DatabaseError): APIError {
  if (error.kind === "unique") {
    const known = conflicts[error.constraint ?? ""];
    return new APIError(
      "CONFLICT",
      known ?? { code: "ALREADY_EXISTS", message: "This exists already." },
    );
  }
  if (error.kind === "foreign_key") {
    return new APIError("BAD_REQUEST", {
      code: "REFERENCE_NOT_FOUND",
      message: "Something that this request names does not exist any more.",
    });
  }
  if (error.kind === "rule") {
    const message = ruleMessages[error.message] ?? "A rule of the database refused this.";
    const status = refusedPersons.has(error.message) ? "FORBIDDEN" : "CONFLICT";
    return new APIError(status, { code: error.message, message });
  }
  if (error.kind === "value") {
    return new APIError("BAD_REQUEST", {
      code: "INVALID_VALUE",
      message: "A field is missing or of the wrong type.",
    });
  }
  if (error.kind === "unavailable") {
    const body = { code: "DATABASE_UNAVAILABLE", message: "Try again in a few seconds." };
    return new APIError("SERVICE_UNAVAILABLE", body, { "Retry-After": "5" });
  }
  console.error(`database: ${error.message}`);
  return new APIError("INTERNAL_SERVER_ERROR", {
    code: "DATABASE_FAILED",
    message: "The request could not be carried out.",
  });
}
