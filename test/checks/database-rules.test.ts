import { globSync, readFileSync, readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  findRuleProblems,
  findSchemaProblems,
  openEmptyDatabase,
  readRules,
} from "./database-rules.ts";

const migrations = readdirSync("migrations")
  .filter((name) => name.endsWith(".sql"))
  .toSorted()
  .map((name) => readFileSync(`migrations/${name}`, "utf8"));
const rules = readRules(readFileSync("src/worker/db/rules.sql", "utf8"));
const migrated = openEmptyDatabase(migrations);

/** The tests that run a trigger on D1. */
const tests = globSync("test/worker/db/rules/*.test.ts").map((file) => readFileSync(file, "utf8"));

const only = (problem: RegExp) => [expect.stringMatching(problem)];

it("finds the rules of the file and those of the migrations the same", () => {
  expect(rules.length).toBeGreaterThan(20);
  expect(findRuleProblems(migrated, rules)).toEqual([]);
});

describe.each(rules)("$name", (rule) => {
  const { name, sql } = rule;
  const drop = `DROP ${sql.startsWith("CREATE TRIGGER") ? "TRIGGER" : "INDEX"} ${name};`;

  it("is named when it is removed from the file", () => {
    const fewer = rules.filter((other) => other !== rule);
    expect(findRuleProblems(migrated, fewer)).toEqual(
      only(new RegExp(`^${name} is created by a migration and is not in`)),
    );
  });

  it("is named when the migrations drop it", () => {
    const database = openEmptyDatabase([...migrations, drop]);
    expect(findRuleProblems(database, rules)).toEqual(
      only(new RegExp(`^${name} .* no migration creates it`)),
    );
  });

  it("is named when a migration makes it otherwise", () => {
    const other = sql.startsWith("CREATE TRIGGER")
      ? sql.replace(/BEGIN (?=.*END$)/, "BEGIN SELECT 1; ")
      : sql.replace(/( WHERE .*)?$/, " WHERE 1");
    const database = openEmptyDatabase([...migrations, drop, other]);
    expect(findRuleProblems(database, rules)).toEqual(only(new RegExp(`^${name} differs`)));
  });
});

it.each(rules.filter(({ sql }) => sql.startsWith("CREATE TRIGGER")))(
  "$name has tests of its own in test/worker/db/rules",
  ({ name }) => {
    expect(tests.filter((text) => text.includes(`describe("${name}"`))).toHaveLength(1);
  },
);

it("is what comments of the Worker refer to, not the migration that created a rule first", () => {
  const files = globSync("src/worker/**/*.ts");
  expect(files.length).toBeGreaterThan(100);
  const referring = files.filter((file) =>
    /migrations\/\d|\d{4}_\w+\.sql/.test(readFileSync(file, "utf8")),
  );
  expect(referring).toEqual([]);
});

describe("the file of rules", () => {
  const statement = "CREATE TRIGGER `t` AFTER DELETE ON `a` BEGIN SELECT 'two  blanks'; END;";

  it("holds no statement of another kind", () => {
    expect(() => readRules("-- Reason.\nCREATE INDEX `i` ON `a` (`b`);")).toThrow("CREATE INDEX");
  });

  it("gives each rule the comment right above it as its reason", () => {
    const [rule] = readRules(`-- The file.\n\n-- Because\n-- it must.\n${statement}`);
    expect(rule).toMatchObject({ name: "t", reason: "Because\nit must." });
    const [bare] = readRules(`-- The file.\n\n${statement}`);
    expect(bare).toMatchObject({ name: "t", reason: "" });
  });

  it("may lay a rule out in lines of its own, with comments, but not change its strings", () => {
    const [rule] = readRules(statement);
    const read = (sql: string) => readRules(sql)[0]?.sql;
    expect(read(statement.replace("BEGIN ", "-- why\nBEGIN\n    "))).toBe(rule?.sql);
    expect(read(statement.replace("two  blanks", "two blanks"))).not.toBe(rule?.sql);
  });

  it("has a reason for each rule, and each rule once", () => {
    const silent = rules.map((rule, index) => (index === 0 ? { ...rule, reason: "" } : rule));
    expect(findRuleProblems(migrated, silent)).toEqual(only(/^user_email_unique has no reason/));
    expect(findRuleProblems(migrated, [...rules, ...rules.slice(0, 1)])).toEqual(
      only(/^user_email_unique stands twice/),
    );
  });
});

describe("the schema", () => {
  const tables = `CREATE TABLE a (id text PRIMARY KEY NOT NULL);
    CREATE TABLE b (id text PRIMARY KEY NOT NULL, n integer DEFAULT 0 NOT NULL CHECK (n >= (0)),
      a_id text NOT NULL REFERENCES a(id) ON DELETE CASCADE);
    CREATE INDEX b_n ON b (n);`;
  const described = openEmptyDatabase([tables]);
  const problemsOf = (sql: string) => findSchemaProblems(openEmptyDatabase([sql]), described);

  it.each([
    ["an index", tables.replace("CREATE INDEX b_n ON b (n);", ""), /^index b_n differs/],
    ["a table", `${tables} CREATE TABLE c (id text);`, /^column c.id differs/],
    ["a view", `${tables} CREATE VIEW v AS SELECT 1;`, /^view v differs/],
    ["a default", tables.replace("DEFAULT 0", "DEFAULT 1"), /^column b.n differs/],
    ["a type", tables.replace("n integer", "n text"), /^column b.n differs/],
    ["what a deletion does", tables.replace("CASCADE", "SET NULL"), /^foreign key b.a_id differs/],
    ["a check", tables.replace(">= (0)", ">= (1)"), /^CHECK \(n >= \(0\)\) of b differs/],
  ])("is named where %s differs", (_, sql, problem) => {
    expect(problemsOf(sql)).toContainEqual(expect.stringMatching(problem));
  });

  it("may have a column elsewhere: one that was added later stands last in the database", () => {
    const later = tables.replace("n integer DEFAULT 0 NOT NULL CHECK (n >= (0)),", "");
    const column = "ALTER TABLE b ADD n integer DEFAULT 0 NOT NULL CHECK (n >= (0));";
    const [before = "", index = ""] = later.split("CREATE INDEX");
    expect(problemsOf(`${before} ${column} CREATE INDEX${index}`)).toEqual([]);
  });
});
