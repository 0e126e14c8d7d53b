import { readFileSync, readdirSync } from "node:fs";
import { expect, it } from "vitest";
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
])("takes %s", (_name, sql) => {
  expect(refuseMigration("0002_change.sql", sql)).toEqual([]);
});

it("takes every migration that there is", () => {
  const files = readdirSync("migrations").filter((name) => name.endsWith(".sql"));
  expect(files.length).toBeGreaterThan(0);
  for (const name of files) {
    expect(refuseMigration(name, readFileSync(`migrations/${name}`, "utf8"))).toEqual([]);
  }
});
