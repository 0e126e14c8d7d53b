/**
 * Which migrations may not be released. A table that is dropped or rebuilt takes its rows along: drizzle-kit rebuilds by
 * `__new_...` and DROP TABLE, and on D1 the drop cascades to sessions, accounts and members.
 */

const refusedStatements: { pattern: RegExp; reason: string }[] = [
  {
    pattern: /\bDROP\s+TABLE\b/i,
    reason: "drops a table, and with it every row that refers to it",
  },
  {
    pattern: /`?__new_/i,
    reason: "rebuilds a table; add a column or a table instead, and fill it",
  },
  {
    pattern: /\bRENAME\b/i,
    reason: "renames a table or column under a Worker that still uses it",
  },
  { pattern: /\bDROP\s+COLUMN\b/i, reason: "drops a column that the release before still reads" },
  { pattern: /\bPRAGMA\s+foreign_keys\b/i, reason: "switches foreign keys off" },
  { pattern: /\bDELETE\s+FROM\b/i, reason: "deletes rows" },
];

/** One line for each reason that `sql` must not be applied to a database with data; triggers' bodies are not looked at. */
export function refuseMigration(name: string, sql: string): string[] {
  const statements = sql
    .replace(/--.*$/gm, "")
    .replace(/\bCREATE\s+TRIGGER\b[\s\S]*?\bEND\s*;/gi, "");
  const refused = refusedStatements
    .filter(({ pattern }) => pattern.test(statements))
    .map(({ reason }) => `${name} ${reason}`);
  return [...refused, ...lostRules(name, sql)];
}

/** Triggers and indexes that a migration drops and does not make again: they hold the last-owner rule and uniqueness. */
function lostRules(name: string, sql: string): string[] {
  const dropped = [...sql.matchAll(/\bDROP\s+(?:TRIGGER|INDEX)\s+(?:IF\s+EXISTS\s+)?[`"]?(\w+)/gi)];
  return dropped
    .map(([, rule = ""]) => rule)
    .filter((rule) => !new RegExp(`\\bCREATE\\s[^;]*\\b${rule}\\b`, "i").test(sql))
    .map((rule) => `${name} drops ${rule} and does not make it again`);
}
