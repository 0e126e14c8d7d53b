/** Whatever rule refuses a write, the client is told why. */
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { conflicts, ruleMessages } from "../../../../src/worker/db/api-errors.ts";

const { results } = await env.DB.prepare(
  "SELECT type, sql FROM sqlite_master WHERE sql IS NOT NULL",
).all<{ type: string; sql: string }>();

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
