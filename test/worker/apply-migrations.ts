/** Gives each test file an empty database of this release's schema, in a workerd that has run other files. */
import { applyD1Migrations, type D1Migration } from "cloudflare:test";
import { env } from "cloudflare:workers";

const { DB, MIGRATIONS } = env as unknown as { DB: D1Database; MIGRATIONS: D1Migration[] };

const { results } = await DB.prepare(
  "SELECT type, name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT LIKE '\\_cf\\_%' ESCAPE '\\'",
).all<{ type: string; name: string }>();
await DB.batch([
  DB.prepare("PRAGMA defer_foreign_keys = on"),
  ...results.map(({ type, name }) => DB.prepare(`DROP ${type} "${name}"`)),
]);
await applyD1Migrations(DB, MIGRATIONS);
