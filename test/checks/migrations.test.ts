import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { listMigrations } from "../../src/template/migrations-folder.ts";
import { refuseMigration } from "./migration-rules.ts";

/** What drizzle-kit makes of a changed column: the table is rebuilt. */
const rebuild = `PRAGMA foreign_keys=OFF;--> statement-breakpoint
CREATE TABLE \`__new_user\` (\`id\` text PRIMARY KEY NOT NULL);
--> statement-breakpoint
INSERT INTO \`__new_user\`("id") SELECT "id" FROM \`user\`;--> statement-breakpoint
DROP TABLE \`user\`;--> statement-breakpoint
ALTER TABLE \`__new_user\` RENAME TO \`user\`;`;

it.each([
  ["a rebuilt table", rebuild],
  ["a dropped table", "DROP TABLE IF EXISTS session;"],
  ["a dropped column", "ALTER TABLE `user` DROP COLUMN `name`;"],
  ["a renamed column", "ALTER TABLE `user` RENAME COLUMN `name` TO `title`;"],
  ["a dropped rule", "DROP TRIGGER `member_last_owner_delete`;"],
  ["a dropped uniqueness", "DROP INDEX IF EXISTS `member_one_per_tenant`;"],
  ["deleted rows", "DELETE FROM account WHERE provider_id = 'github';"],
  [
    "a drop behind a trigger",
    "CREATE TRIGGER t AFTER DELETE ON a BEGIN SELECT 1; END; DROP TABLE b;",
  ],
])("refuses %s", (_name, sql) => {
  expect(refuseMigration("0002_change.sql", sql)).not.toEqual([]);
});

it.each([
  ["a new table", "CREATE TABLE `thing` (`id` text PRIMARY KEY NOT NULL);"],
  ["a new column", "ALTER TABLE `user` ADD `locale` text;"],
  ["a new index", "CREATE INDEX `user_name` ON `user` (`name`);"],
  ["a trigger that deletes", "CREATE TRIGGER t AFTER DELETE ON a BEGIN DELETE FROM b; END;"],
  ["an index made anew", "DROP INDEX `a`;\nCREATE UNIQUE INDEX `a` ON `member` (`user_id`);"],
  ["a comment", "-- DROP TABLE user would be wrong\nSELECT 1;"],
])("accepts %s", (_name, sql) => {
  expect(refuseMigration("0002_change.sql", sql)).toEqual([]);
});

it("accepts every migration that there is", () => {
  const files = ["migrations", "migrations/own"].flatMap((folder) =>
    listMigrations(folder).map((name) => `${folder}/${name}`),
  );
  expect(files.length).toBeGreaterThan(0);
  for (const file of files) expect(refuseMigration(file, readFileSync(file, "utf8"))).toEqual([]);
});

it("holds the owner's migrations to the same rules", async () => {
  const project = mkdtempSync(join(tmpdir(), "rules-"));
  cpSync("migrations", join(project, "migrations"), { recursive: true });
  const file = "migrations/own/9999_change.sql";
  writeFileSync(join(project, file), "CREATE TABLE note (id TEXT);\nDROP TABLE note;\n");
  const check = join(import.meta.dirname, "migrations.ts");
  const checked = promisify(execFile)(process.execPath, [check], { cwd: project });
  await expect(checked).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringMatching(
      /journal beside migrations\/own\/9999_change\.sql does not list it\n.*9999_change\.sql drops a table/,
    ),
  });
  rmSync(project, { recursive: true });
});
