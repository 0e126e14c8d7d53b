/**
 * `npm run generate:own-migration -- --name=<what>`: writes the migration that your tables and columns in src/worker/own need.
 * With `--custom` it writes an empty one, for what the schema cannot say, such as a trigger.
 */
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import { pendingStatements, writeOwnMigration } from "./own-migrations.ts";

const project = join(import.meta.dirname, "../..");

const { values } = parseArgs({
  options: {
    name: { type: "string", default: "change" },
    custom: { type: "boolean", default: false },
  },
});
if (/^[a-z0-9_]+$/.test(values.name)) {
  const statements = values.custom ? [] : await pendingStatements(project);
  if (!values.custom && statements.length === 0) {
    console.log("The migrations already make everything that the schema has.");
  } else {
    const file = await writeOwnMigration(project, values.name, statements);
    console.log(
      `Wrote ${relative(process.cwd(), file)}. Read it, then run: npm run check:migrations`,
    );
  }
} else {
  console.error("--name may have lower-case letters, digits and underscores");
  process.exitCode = 1;
}
