/**
 * The contents of a platform's database. One query reads them if the database is as expected. Nothing is guessed from its
 * name.
 */
import { z } from "zod";
import { cloudflareCode, isCloudflareError } from "./cloudflare/errors.ts";
import type { Cloudflare } from "./cloudflare/client.ts";
import type { Row } from "./cloudflare/databases.ts";
import { databaseNow, selectLastJob, selectLastVerification, type Job } from "./journal.ts";
import { batch, sql, type Sql } from "./sql.ts";

export interface DatabaseContents {
  /** Every table except SQLite's and Cloudflare's own. */
  tables: string[];
  /** The names in `d1_migrations`, in the order in which they were applied. */
  migrations: string[];
  lastJob: Job | undefined;
  /** How much longer the running job's lease lasts; undefined if no job holds one. */
  leaseMs: number | undefined;
  hasAdmin: boolean;
  hasUsers: boolean;
  /** When the platform was last verified successfully, in milliseconds since 1970. */
  verifiedAt: number | undefined;
  /** When the last unused claim link expires, in milliseconds since 1970. */
  openClaimUntil: number | undefined;
}

export const emptyContents: DatabaseContents = {
  tables: [],
  migrations: [],
  lastJob: undefined,
  leaseMs: undefined,
  hasAdmin: false,
  hasUsers: false,
  verifiedAt: undefined,
  openClaimUntil: undefined,
};

const selectTables = sql`SELECT name FROM sqlite_master WHERE type = 'table'
AND name NOT GLOB 'sqlite_*' AND name NOT GLOB '_cf_*' ORDER BY name`;
const selectNow = sql`SELECT ${databaseNow} AS now`;

/** Each statement needs a table. Without the table it has no rows. */
const parts: { table: string; statement: Sql }[] = [
  { table: "d1_migrations", statement: sql`SELECT name FROM d1_migrations ORDER BY id` },
  { table: "provisioning", statement: selectLastJob },
  { table: "provisioning_step", statement: selectLastVerification },
  {
    table: "user",
    statement: sql`SELECT EXISTS (SELECT 1 FROM user WHERE role = 'platform-admin') AS has_admin, EXISTS (SELECT 1 FROM user) AS has_users`,
  },
  {
    table: "platform_claim",
    statement: sql`SELECT max(expires_at) AS until FROM platform_claim WHERE claimed_at IS NULL AND expires_at > ${databaseNow}`,
  },
];

/** @throws CloudflareError 7404 if the database is gone. */
export async function readContents(
  cloudflare: Cloudflare,
  databaseId: string,
): Promise<DatabaseContents> {
  const read = async (statements: Sql[]) =>
    cloudflare.query(databaseId, batch([selectTables, selectNow, ...statements]), {
      repeatable: true,
    });
  try {
    return parse(await read(parts.map(({ statement }) => statement)), parts);
  } catch (error) {
    // A table is missing: the database is new, half-made, or somebody else's. Ask only for what is there.
    if (!isCloudflareError(error, cloudflareCode.queryFailed)) throw error;
  }
  let tables = readNames((await read([]))[0]);
  for (;;) {
    const present = parts.filter(({ table }) => tables.includes(table));
    try {
      const results = await read(present.map(({ statement }) => statement));
      const standing = readNames(results[0]);
      // Another job has made tables meanwhile, and their rows were not asked for.
      const isOutdated = parts.some(
        (part) => !present.includes(part) && standing.includes(part.table),
      );
      if (!isOutdated) return parse(results, present);
      tables = standing;
    } catch (error) {
      // The tables have our names but other columns, so they are not ours.
      if (!isCloudflareError(error, cloudflareCode.queryFailed)) throw error;
      return { ...emptyContents, tables };
    }
  }
}

const jobRow = z
  .object({
    job_id: z.string(),
    command: z.string(),
    release: z.string().nullable(),
    started_at: z.number(),
    ended_at: z.number().nullable(),
    outcome: z.string().nullable(),
    error: z.string().nullable(),
    lease_expires_at: z.number(),
    running: z.number().nullable(),
  })
  .transform((row) => ({
    job: {
      jobId: row.job_id,
      command: row.command,
      release: row.release,
      startedAt: row.started_at,
      endedAt: row.ended_at,
      outcome: row.outcome,
      error: row.error,
      leaseExpiresAt: row.lease_expires_at,
    },
    isRunning: row.running === 1,
  }));
const usersRow = z.object({ has_admin: z.number(), has_users: z.number() });
const claimRow = z.object({ until: z.number().nullable() });
const verifiedRow = z.object({ at: z.number().nullable() });
const nowRow = z.object({ now: z.number() });

function parse(results: Row[][], read: typeof parts): DatabaseContents {
  const rows = (table: string): Row[] => {
    const index = read.findIndex((part) => part.table === table);
    return index < 0 ? [] : (results[index + 2] ?? []);
  };
  const now = nowRow.parse(results[1]?.[0]).now;
  const last = rows("provisioning").map((row) => jobRow.parse(row))[0];
  const users = rows("user").map((row) => usersRow.parse(row))[0];
  const verified = rows("provisioning_step").map((row) => verifiedRow.parse(row))[0];
  const claim = rows("platform_claim").map((row) => claimRow.parse(row))[0];
  const leaseMs = last?.isRunning === true ? last.job.leaseExpiresAt - now : 0;
  return {
    tables: readNames(results[0]),
    migrations: readNames(rows("d1_migrations")),
    lastJob: last?.job,
    leaseMs: leaseMs > 0 ? leaseMs : undefined,
    hasAdmin: users?.has_admin === 1,
    hasUsers: users?.has_users === 1,
    verifiedAt: verified?.at ?? undefined,
    openClaimUntil: claim?.until ?? undefined,
  };
}

function readNames(rows: Row[] = []): string[] {
  return rows.map(({ name }) => String(name));
}
