/**
 * `npm run check:migrations`: no migration loses data, none is missing for the schema as it stands, and all of them applied
 * to an empty database make exactly the tables of `schema.ts` and the rules of `rules.sql`.
 */
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import {
  findRuleProblems,
  findSchemaProblems,
  openEmptyDatabase,
  readRules,
} from "./database-rules.ts";
import { refuseMigration } from "./migration-rules.ts";

const folder = "migrations";
const schema = "--schema=./src/worker/db/schema.ts";
const files = readdirSync(folder)
  .filter((name) => name.endsWith(".sql"))
  .toSorted();
const migrations = files.map((name) => readFileSync(join(folder, name), "utf8"));
const problems = files.flatMap((name, index) => refuseMigration(name, migrations[index] ?? ""));

const scratch = mkdtempSync(join(tmpdir(), "migrations-"));
try {
  cpSync(folder, scratch, { recursive: true });
  const out = relative(process.cwd(), scratch);
  execFileSync("drizzle-kit", ["generate", "--dialect=sqlite", schema, `--out=${out}`], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  const missing = readdirSync(scratch).filter(
    (name) => name.endsWith(".sql") && !files.includes(name),
  );
  for (const name of missing) {
    problems.push(
      `the schema has changed: npm run generate:migration -- --name=<what>\n${readFileSync(join(scratch, name), "utf8")}`,
    );
  }
} finally {
  rmSync(scratch, { recursive: true });
}

const migrated = openEmptyDatabase(migrations);
const rules = readRules(readFileSync("src/worker/db/rules.sql", "utf8"));
problems.push(...findRuleProblems(migrated, rules));
const exported = execFileSync("drizzle-kit", ["export", "--dialect=sqlite", schema], {
  encoding: "utf8",
  stdio: ["ignore", "pipe", "inherit"],
});
problems.push(...findSchemaProblems(migrated, openEmptyDatabase([exported])));

for (const problem of problems) console.error(problem);
if (problems.length === 0) {
  console.log(`migrations: ${files.length}, in step with the schema and its ${rules.length} rules`);
}
process.exitCode = problems.length === 0 ? 0 : 1;
