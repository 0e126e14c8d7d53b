import { getAuthTables } from "better-auth/db";
import { getTableColumns } from "drizzle-orm";
import { getTableConfig, type SQLiteTable } from "drizzle-orm/sqlite-core";
import { expect, it } from "vitest";
import * as schema from "../../../src/worker/db/schema.ts";
import { ownColumns } from "../../../src/worker/own/columns.ts";
import { auth } from "../auth-instance.ts";

/** What Better Auth's plugins declare, generated from the instance that runs. */
const declared = Object.entries(getAuthTables(auth.options)).flatMap(([table, { fields }]) =>
  Object.entries(fields).map(([field, attributes]) => ({ table, field, attributes })),
);

/** Columns that the template and the owner's plugins add to Better Auth's tables. */
const addedColumns = [
  "twoFactor.lastTotpStep",
  ...Object.entries(ownColumns).flatMap(([table, columns]) =>
    Object.keys(columns).map((column) => `${table}.${column}`),
  ),
];

/** Indexes that Better Auth declares and no query here uses. */
const unusedIndexes = ["twoFactor.secret", "organizationRole.role"];

const tables = schema as unknown as Record<string, SQLiteTable>;

it("declares something, or the tests below say nothing", () => {
  expect(declared.length).toBeGreaterThan(60);
});

it.each(declared.map((entry) => [`${entry.table}.${entry.field}`, entry] as const))(
  "has %s as it is declared",
  (_name, { table, field, attributes }) => {
    const drizzleTable = tables[table];
    if (drizzleTable === undefined) throw new Error(`there is no table ${table}`);
    const column = getTableColumns(drizzleTable)[field];
    if (column === undefined) throw new Error(`there is no column ${table}.${field}`);
    const dataTypes: Record<string, string> = {
      string: "string",
      boolean: "boolean",
      date: "date",
      number: "number",
    };
    expect(column.dataType).toBe(dataTypes[String(attributes.type)]);
    if (attributes.required === true) expect(column.notNull).toBe(true);

    const config = getTableConfig(drizzleTable);
    const leading = config.indexes.map(({ config: { columns } }) => columns[0]);
    const indexed =
      column.isUnique ||
      leading.some((first) => first !== undefined && "name" in first && first.name === column.name);
    if (attributes.unique === true) expect(column.isUnique).toBe(true);
    if (attributes.index === true && !unusedIndexes.includes(`${table}.${field}`)) {
      expect(indexed).toBe(true);
    }
    if (attributes.references !== undefined) {
      const foreign = config.foreignKeys.map((key) => ({
        from: key.reference().columns[0]?.name,
        to: getTableConfig(key.reference().foreignTable).name,
        onDelete: key.onDelete,
      }));
      const to = attributes.references.model;
      expect(foreign).toContainEqual({ from: column.name, to, onDelete: "cascade" });
      expect(indexed || column.isUnique).toBe(true);
    }
  },
);

it("has no column in Better Auth's tables that is neither declared nor known", () => {
  const names = new Set(declared.map(({ table, field }) => `${table}.${field}`));
  const betterAuthTables = new Set(declared.map(({ table }) => table));
  const extra = [...betterAuthTables].flatMap((table) =>
    Object.keys(getTableColumns(tables[table] as SQLiteTable))
      .map((field) => `${table}.${field}`)
      .filter((name) => !name.endsWith(".id") && !names.has(name)),
  );
  expect(extra.toSorted()).toEqual(addedColumns.toSorted());
});

it("holds what must not happen twice", () => {
  const unique = Object.values(tables)
    .filter((table) => typeof table === "object" && "getSQL" in table)
    .flatMap((table) => {
      const { name, indexes } = getTableConfig(table);
      return indexes
        .filter(({ config }) => config.unique)
        .map(
          ({ config }) =>
            `${name}(${config.columns.map((column) => ("name" in column ? column.name : "?")).join(", ")})`,
        );
    });
  expect(unique.toSorted()).toEqual([
    "account(provider_id, account_id)",
    "invitation(organization_id, email)",
    "member(organization_id, user_id)",
    "organization_role(organization_id, role)",
    "two_factor(user_id)",
  ]);
});
