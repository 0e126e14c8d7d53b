/** A client whose write a rule of the template refuses is told why. An owner's rules have the general codes. */
import type { D1Migration } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { conflicts, ruleMessages } from "../../../../src/worker/db/api-errors.ts";

const { MIGRATIONS } = env as unknown as { MIGRATIONS: D1Migration[] };
/** The triggers and indexes that the owner's migrations create. */
const owners = MIGRATIONS.filter(({ name }) => name.startsWith("own/"))
  .flatMap(({ queries }) => queries)
  .map((query) => /CREATE\s+(?:UNIQUE\s+INDEX|TRIGGER)\s+[`"]?(\w+)/i.exec(query)?.[1]);

const { results: all } = await env.DB.prepare(
  "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL",
).all<{ type: string; name: string; sql: string }>();
const results = all.filter(({ name }) => !owners.includes(name));

it("has a message for each code that a trigger raises, and for no other", () => {
  const raised = results
    .filter(({ type }) => type === "trigger")
    .flatMap(({ sql }) => [...sql.matchAll(/RAISE\(ABORT, '(\w+)'\)/g)].map(([, code]) => code));
  expect(raised.length).toBeGreaterThan(5);
  expect(Object.keys(ruleMessages).toSorted()).toEqual([...new Set(raised)].toSorted());
});

it("has a message for each unique index, but that of a session's token, which is random", () => {
  const unique = results.flatMap(({ sql }) => {
    const [, table, columns = ""] =
      /^CREATE UNIQUE INDEX `\w+` ON `(\w+)` \(([^)]+)\)/.exec(sql) ?? [];
    if (table === undefined) return [];
    // As SQLite names them in its error.
    return [...columns.matchAll(/\w+/g)].map(([column]) => `${table}.${column}`).join(", ");
  });
  expect([...Object.keys(conflicts), "session.token"].toSorted()).toEqual(unique.toSorted());
});
