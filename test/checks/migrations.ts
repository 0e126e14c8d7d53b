/**
 * `npm run check:migrations`: no migration loses data, and all of them applied to an empty database make exactly the tables of
 * the schema and the rules of `rules.sql`. The owner's tables, columns and migrations are part of the schema and held to the
 * same, but for one thing: a unique index or a trigger of theirs needs no entry in the template's `rules.sql`.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  listMigrations,
  migrationsFolder,
  ownMigrationsFolder,
  readJournal,
} from "../../src/template/migrations-folder.ts";
import { pendingStatements, schemaStatements } from "../../src/template/own-migrations.ts";
import {
  findRuleProblems,
  findSchemaProblems,
  openEmptyDatabase,
  readRules,
} from "./database-rules.ts";
import { refuseMigration } from "./migration-rules.ts";

const read = (folder: string) => {
  const listed = readJournal(folder).entries.map(({ tag }) => `${tag}.sql`);
  return listMigrations(folder).map((name) => ({
    file: join(folder, name),
    sql: readFileSync(join(folder, name), "utf8"),
    isListed: listed.includes(name),
  }));
};
const template = read(migrationsFolder("."));
const own = read(ownMigrationsFolder("."));
const problems = [...template, ...own].flatMap(({ file, sql, isListed }) => [
  ...(isListed ? [] : [`the journal beside ${file} does not list it`]),
  ...refuseMigration(file, sql),
]);

const pending = await pendingStatements(".");
if (pending.length > 0) {
  problems.push(
    `the schema has changed. For tables and columns in src/worker/own: npm run generate:own-migration -- --name=<what>; for the template's: npm run generate:migration -- --name=<what>\n${pending.join("\n")}`,
  );
}

const rules = readRules(
  readFileSync(join(import.meta.dirname, "../../src/worker/db/rules.sql"), "utf8"),
);
const sqlOf = ({ sql }: { sql: string }) => sql;
const templates = openEmptyDatabase(template.map(sqlOf));
const whole = openEmptyDatabase([...template, ...own].map(sqlOf));
problems.push(
  ...findRuleProblems(templates, rules),
  ...findRuleProblems(whole, rules, { mayHaveMore: true }),
  ...findSchemaProblems(whole, openEmptyDatabase(await schemaStatements())),
);

for (const problem of new Set(problems)) console.error(problem);
if (problems.length === 0) {
  console.log(
    `migrations: ${template.length} of the template, ${own.length} of the owner, in step with the schema and its ${rules.length} rules`,
  );
}
process.exitCode = problems.length === 0 ? 0 : 1;
