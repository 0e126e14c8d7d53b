/** `npm run check:migrations`: no migration loses data, and none is missing for the schema as it stands. */
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { refuseMigration } from "./migration-rules.ts";

const folder = "migrations";
const files = readdirSync(folder).filter((name) => name.endsWith(".sql"));
const problems = files.flatMap((name) =>
  refuseMigration(name, readFileSync(join(folder, name), "utf8")),
);

const scratch = mkdtempSync(join(tmpdir(), "migrations-"));
try {
  cpSync(folder, scratch, { recursive: true });
  const out = relative(process.cwd(), scratch);
  execFileSync(
    "drizzle-kit",
    ["generate", "--dialect=sqlite", "--schema=./src/worker/db/schema.ts", `--out=${out}`],
    { stdio: ["ignore", "ignore", "inherit"] },
  );
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

for (const problem of problems) console.error(problem);
if (problems.length === 0) console.log(`migrations: ${files.length}, in step with the schema`);
process.exitCode = problems.length === 0 ? 0 : 1;
