/**
 * Finds out what Cloudflare has of a platform. It only reads: three calls for a whole platform, two if there is no Worker.
 */
import { readContents, type DatabaseContents } from "./database-contents.ts";
import { cloudflareCode, isCloudflareError } from "./cloudflare/errors.ts";
import type { Cloudflare } from "./cloudflare/client.ts";
import type { Domain } from "./cloudflare/domains.ts";
import type { Binding } from "./cloudflare/workers.ts";
import type { DatabasePlace, Placement } from "./placement.ts";
import { isLocalHost, type Platform } from "../platform.ts";

export interface ObservedWorker {
  tags: string[];
  bindings: Binding[];
  placement: Placement | undefined;
}

export type ObservedDatabase =
  /** No Worker is bound to a database, and nobody asked whether one of the name exists. */
  | { state: "unknown" }
  | { state: "absent" }
  /** The Worker is bound to a database that no longer exists. */
  | { state: "gone"; id: string }
  | {
      state: "present";
      id: string;
      contents: DatabaseContents;
      place: DatabasePlace;
    };

export interface Observed {
  worker: ObservedWorker | undefined;
  /** The origin at which the platform answers. */
  authUrl: string;
  /** Which Worker has the auth host; undefined if none has. */
  domain: Domain | undefined;
  database: ObservedDatabase;
  /** The jurisdiction of the database; undefined if it has none, or if nobody asked for it. */
  jurisdiction?: string | undefined;
}

interface Question {
  contract: Platform;
  /** Default: the Worker's own, or else the contract's. */
  authUrl?: string | undefined;
  /** Spends a call to find a database that no Worker is bound to. Creating one would tell as well (7502). */
  lookForDatabase: boolean;
  /** Spends a call to find the jurisdiction of a database. */
  lookForJurisdiction?: boolean | undefined;
}

export async function observe(
  cloudflare: Cloudflare,
  { contract, authUrl, lookForDatabase, lookForJurisdiction = false }: Question,
): Promise<Observed> {
  const worker = await cloudflare.readWorker(contract.workerName);
  const url = authUrl ?? ownAuthUrl(worker, contract) ?? contract.authUrl;
  const { hostname } = new URL(url);
  const domains = await cloudflare.listDomains({ hostname });
  const database = await observeDatabase(cloudflare, contract, worker, lookForDatabase);
  return {
    worker,
    authUrl: url,
    domain: domains.find((domain) => domain.hostname === hostname),
    database,
    ...(lookForJurisdiction && database.state === "present"
      ? { jurisdiction: (await cloudflare.findDatabase(database.id))?.jurisdiction }
      : {}),
  };
}

/** The Worker's own URL; for a local edge, on the port that the edge has now. */
function ownAuthUrl(worker: ObservedWorker | undefined, { authUrl }: Platform): string | undefined {
  const own = readVariable(worker, "AUTH_URL");
  if (own === undefined || !URL.canParse(own)) return undefined;
  const url = new URL(own);
  const { port } = new URL(authUrl);
  if (port !== "" && isLocalHost(url.hostname)) url.port = port;
  return url.origin;
}

async function observeDatabase(
  cloudflare: Cloudflare,
  { databaseName }: Platform,
  worker: ObservedWorker | undefined,
  lookForDatabase: boolean,
): Promise<ObservedDatabase> {
  const bound = databaseOf(worker);
  if (bound !== undefined) {
    const contents = await readIfPresent(cloudflare, bound);
    return contents === undefined
      ? { state: "gone", id: bound }
      : { state: "present", id: bound, contents, place: cloudflare.placeOf(bound) };
  }
  return lookForDatabase ? findDatabase(cloudflare, databaseName) : { state: "unknown" };
}

/** The database with exactly this name, and its contents. */
export async function findDatabase(
  cloudflare: Cloudflare,
  databaseName: string,
): Promise<Extract<ObservedDatabase, { state: "absent" | "present" }>> {
  const found = await cloudflare.findDatabase(databaseName);
  if (found === undefined) return { state: "absent" };
  const contents = await readIfPresent(cloudflare, found.id);
  return contents === undefined
    ? { state: "absent" }
    : { state: "present", id: found.id, contents, place: cloudflare.placeOf(found.id) };
}

async function readIfPresent(
  cloudflare: Cloudflare,
  databaseId: string,
): Promise<DatabaseContents | undefined> {
  try {
    return await readContents(cloudflare, databaseId);
  } catch (error) {
    if (isCloudflareError(error, cloudflareCode.databaseNotFound)) return undefined;
    throw error;
  }
}

/** A plain-text variable of the Worker. */
export function readVariable(worker: ObservedWorker | undefined, name: string): string | undefined {
  const binding = worker?.bindings.find((one) => one.type === "plain_text" && one.name === name);
  return typeof binding?.["text"] === "string" ? binding["text"] : undefined;
}

/** The id of the database that the Worker is bound to. */
export function databaseOf(worker: ObservedWorker | undefined): string | undefined {
  const binding = worker?.bindings.find(({ type, name }) => type === "d1" && name === "DB");
  const id = binding?.["database_id"] ?? binding?.["id"];
  return typeof id === "string" ? id : undefined;
}

export function hasSecret(worker: ObservedWorker | undefined, name: string): boolean {
  return (
    worker?.bindings.some((binding) => binding.type === "secret_text" && binding.name === name) ===
    true
  );
}
