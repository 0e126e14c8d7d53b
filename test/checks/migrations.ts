/**
 * `npm run check:migrations`: no migration loses data, and the template's and the owner's migrations together make everything
 * that the schema has.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  listMigrations,
  migrationsFolder,
  ownMigrationsFolder,
  readJournal,
} from "../../src/template/migrations-folder.ts";
import { pendingStatements } from "../../src/template/own-migrations.ts";
import { refuseMigration } from "./migration-rules.ts";

const folders = [migrationsFolder("."), ownMigrationsFolder(".")];
const problems = folders.flatMap((folder) => {
  const listed = readJournal(folder).entries.map(({ tag }) => `${tag}.sql`);
  return listMigrations(folder).flatMap((name) => [
    ...(listed.includes(name) ? [] : [`${folder}/meta/_journal.json does not list ${name}`]),
    ...refuseMigration(join(folder, name), readFileSync(join(folder, name), "utf8")),
  ]);
});

const pending = await pendingStatements(".");
if (pending.length > 0) {
  problems.push(
    `the schema has changed. For tables and columns in src/worker/own: npm run generate:own-migration -- --name=<what>; for the template's: npm run generate:migration -- --name=<what>\n${pending.join("\n")}`,
  );
}

for (const problem of problems) console.error(problem);
if (problems.length === 0) {
  const [template, own] = folders.map((folder) => listMigrations(folder).length);
  console.log(
    `migrations: ${template} of the template, ${own} of the owner, in step with the schema`,
  );
}
process.exitCode = problems.length === 0 ? 0 : 1;
