/**
 * The platforms of the account, found by the names that the platform contract gives their parts, and what their
 * provisioning jobs wrote down. The journal is the provisioner's: it may be missing, older or newer than this file.
 */
import { platform, type Platform } from "../../platform.ts";
import type { Cloud } from "./call.ts";
import type { StatementResult } from "./runtime.ts";

const workerPattern = /^([a-z0-9]{10})-default-auth$/;
const databasePattern = /^([a-z0-9]{10})-default-auth-db$/;

export interface ProvisioningStep {
  name: string;
  state: string;
  startedAt: number | undefined;
  endedAt: number | undefined;
  error: string;
  detail: string;
}

export interface ProvisioningJob {
  command: string;
  release: string;
  outcome: string;
  error: string;
  startedAt: number | undefined;
  endedAt: number | undefined;
  /** The job neither ended nor renewed its lease, so its process is gone. */
  isDead: boolean;
  steps: ProvisioningStep[];
}

export interface ListedPlatform {
  contract: Platform;
  hasWorker: boolean;
  databaseId: string | undefined;
  release: string | undefined;
  job: ProvisioningJob | undefined;
}

/** The platform whose auth Worker has this name. */
export function platformIdOf(workerName: string): string | undefined {
  return workerPattern.exec(workerName)?.[1];
}

/** Newest first. A platform whose job stopped before it uploaded the Worker is found by its database. */
export function listPlatformIds({ state }: Cloud): string[] {
  const created = new Map<string, string>();
  const rows = [
    ...state.all("SELECT name, created_at FROM database WHERE name IS NOT NULL AND deleted = 0"),
    ...state.all("SELECT name, created_at FROM script"),
  ];
  for (const row of rows) {
    const name = String(row["name"]);
    const id = (workerPattern.exec(name) ?? databasePattern.exec(name))?.[1];
    const date = String(row["created_at"]);
    if (id !== undefined && date < (created.get(id) ?? "~")) created.set(id, date);
  }
  return [...created].sort(([, a], [, b]) => b.localeCompare(a)).map(([id]) => id);
}

export async function readPlatform(
  cloud: Cloud,
  id: string,
  port: number,
): Promise<ListedPlatform> {
  const contract = platform(id, { rootDomain: cloud.rootDomain, port });
  const row = cloud.state.get(
    "SELECT uuid FROM database WHERE name = ? AND deleted = 0",
    contract.databaseName,
  );
  const databaseId = row === undefined ? undefined : String(row["uuid"]);
  const version = cloud.workers.latestVersion(contract.workerName);
  const release = version?.bindings.find(({ name }) => name === "RELEASE");
  return {
    contract,
    hasWorker: version !== undefined,
    databaseId,
    release: release?.type === "plain_text" ? release.text : undefined,
    job: databaseId === undefined ? undefined : await readJob(cloud, databaseId),
  };
}

/** A verification by itself is not a provisioning job. */
const jobQuery =
  "SELECT * FROM provisioning WHERE command IS NOT 'verify' ORDER BY started_at DESC, rowid DESC LIMIT 1";
const stepQuery = "SELECT * FROM provisioning_step WHERE job_id = ? ORDER BY position";
/** For a journal that has only steps. */
const lastStepQuery = "SELECT job_id FROM provisioning_step ORDER BY started_at DESC LIMIT 1";

async function readJob(cloud: Cloud, database: string): Promise<ProvisioningJob | undefined> {
  const [job] = await readRows(cloud, database, jobQuery);
  const [last] = job === undefined ? await readRows(cloud, database, lastStepQuery) : [job];
  if (last === undefined) return undefined;
  const steps = await readRows(cloud, database, stepQuery, [last["job_id"]]);
  const leaseExpiresAt = numberOf(job?.["lease_expires_at"]);
  const endedAt = numberOf(job?.["ended_at"]);
  return {
    command: textOf(job?.["command"]),
    release: textOf(job?.["release"]),
    outcome: textOf(job?.["outcome"]),
    error: textOf(job?.["error"]),
    startedAt: numberOf(job?.["started_at"] ?? steps[0]?.["started_at"]),
    endedAt,
    isDead: endedAt === undefined && leaseExpiresAt !== undefined && leaseExpiresAt < cloud.now(),
    steps: steps.map((step) => ({
      name: textOf(step["step"]),
      state: textOf(step["state"]),
      startedAt: numberOf(step["started_at"]),
      endedAt: numberOf(step["ended_at"]),
      error: textOf(step["error"]),
      detail: textOf(step["detail"]),
    })),
  };
}

/** No rows if the table or a column does not exist. */
async function readRows(
  { runtime }: Cloud,
  database: string,
  sql: string,
  params: unknown[] = [],
): Promise<Record<string, unknown>[]> {
  try {
    const { results } = await runtime.query(database, [{ sql, params }]);
    return results.flatMap(toRecords);
  } catch {
    return [];
  }
}

const toRecords = ({ results: { columns, rows } }: StatementResult) =>
  rows.map((row) => Object.fromEntries(columns.map((column, index) => [column, row[index]])));

const textOf = (value: unknown) =>
  typeof value === "string" || typeof value === "number" ? String(value) : "";

const numberOf = (value: unknown) => (typeof value === "number" ? value : undefined);
