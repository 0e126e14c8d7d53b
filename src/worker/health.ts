/**
 * `GET /healthz` reports which release runs here and whether it works. It answers 503 when the configuration is invalid,
 * when the database cannot be read, or when migrations of this release have not been applied.
 */
import { sql } from "drizzle-orm";
import journal from "../../migrations/meta/_journal.json" with { type: "json" };
import ownJournal from "../../migrations/own/meta/_journal.json" with { type: "json" };
import type { ProviderState } from "./auth/social/providers.ts";
import type { Config } from "./config.ts";
import type { Database } from "./db/database.ts";

interface Journal {
  entries: readonly { tag: string }[];
}

/** `d1_migrations` lists a migration by its path below `migrations/`. */
const ownFolder = "own/";

const filesOf = ({ entries }: Journal, folder: string) =>
  entries.map(({ tag }) => `${folder}${tag}.sql`);

/**
 * The migrations of this release, each of which `d1_migrations` must list: the template's, then the owner's, in the order in
 * which wrangler and the job apply them.
 */
export const expectedMigrations = [...filesOf(journal, ""), ...filesOf(ownJournal, ownFolder)];

interface HealthOptions {
  config: Config;
  database: Database;
  providers: ProviderState[];
  /** The name of the email transport; undefined when none is configured. */
  email: string | undefined;
  /** API routes that are not served because they have no record in the register. */
  unservedRoutes: readonly string[];
}

export async function readHealth({
  config,
  database,
  providers,
  email,
  unservedRoutes,
}: HealthOptions): Promise<Response> {
  const schema = await readSchema(database);
  const ok = schema.problem === undefined;
  return Response.json(
    {
      status: ok ? "ok" : "failing",
      platformId: config.platformId,
      release: config.release,
      ...(config.jurisdiction === undefined ? {} : { jurisdiction: config.jurisdiction }),
      schema,
      configuration: "ok",
      ...(unservedRoutes.length === 0 ? {} : { unservedRoutes }),
      email: email ?? "off: bind EMAIL or set RESEND_API_KEY; mail waits in the outbox",
      socialProviders: Object.fromEntries(
        providers.map(({ name, problem }) => [
          name,
          problem === undefined ? "on" : `off: ${problem}`,
        ]),
      ),
    },
    { status: ok ? 200 : 503, headers: { "Cache-Control": "no-store" } },
  );
}

interface SchemaState {
  expected: string | undefined;
  applied: string | undefined;
  problem?: string;
}

async function readSchema(database: Database): Promise<SchemaState> {
  const expected = expectedMigrations.at(-1);
  let names: string[];
  try {
    const rows = await database.all<{ name: string }>(
      sql`SELECT name FROM d1_migrations ORDER BY id`,
    );
    names = rows.map(({ name }) => name);
  } catch {
    return {
      expected,
      applied: undefined,
      problem: "the database or its migrations table cannot be read",
    };
  }
  const missing = expectedMigrations.filter((name) => !names.includes(name));
  // After a rollback the schema is newer than the release. Migrations only add, so the release keeps working.
  const newer = names.findLast(
    (name) => !name.startsWith(ownFolder) && !expectedMigrations.includes(name),
  );
  // The two sets grow independently, so the row that was written last says nothing.
  const applied = newer ?? expectedMigrations.findLast((name) => names.includes(name));
  return missing.length > 0
    ? { expected, applied, problem: `not applied: ${missing.join(", ")}` }
    : { expected, applied };
}
