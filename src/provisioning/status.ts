/** Reports what exists of one platform, and lists all of them. */
import { platformIdOfWorker, type Platform } from "../platform.ts";
import type { Cloudflare } from "./cloudflare/client.ts";
import type { Clock } from "./clock.ts";
import { productTag, readPlatform, readRelease } from "./desired.ts";
import { explain } from "./explain.ts";
import { recordVerification, type Job } from "./journal.ts";
import { observe, type Observed } from "./observe.ts";
import { ownershipOf, type Ownership } from "./ownership.ts";
import { describePlacement, type DatabasePlace } from "./placement.ts";
import { ProvisioningError, nothingChanged } from "./provisioning-error.ts";
import { batch } from "./sql.ts";
import { verifyPlatform, type Verification } from "./verification.ts";

export interface StatusOptions {
  platformId: string;
  cloudflare: Cloudflare;
  rootDomain?: string | undefined;
  port?: number | undefined;
  fetch?: typeof fetch | undefined;
  clock?: Clock | undefined;
}

export interface PlatformStatus {
  platformId: string;
  /**
   * `unfinished`: there is a Worker or a database without the other, as an interrupted job leaves it. `removed`: there is only
   * the tombstone. `foreign`: there is only a database of the name, which is somebody else's or was never provisioned.
   */
  state: "deployed" | "unfinished" | "removed" | "foreign";
  authUrl: string;
  /** The release that the Worker's tags name. */
  release: string | undefined;
  worker: "present" | "absent";
  /** Where the Worker runs, such as `gcp:europe-west4`; undefined if near its users. */
  placement: string | undefined;
  database: {
    name: string;
    state: Observed["database"]["state"];
    id?: string;
    holds?: Ownership;
    /** D1's region and data center, such as `WEUR` and `AMS`. */
    place?: DatabasePlace;
    jurisdiction?: string;
  };
  migrations: string[];
  hostname: { name: string; worker: string | undefined };
  hasAdmin: boolean;
  lastJob: Job | undefined;
  /** Milliseconds since 1970. */
  verifiedAt: number | undefined;
  /** What the host answers now. If it answers over https, its certificate is valid. */
  now: Verification;
}

/** @throws ProvisioningError `platform_unknown` if there is neither a Worker nor a database of its name. */
export async function readStatus(options: StatusOptions): Promise<PlatformStatus> {
  const contract = readPlatform(options.platformId, options);
  const { observed, verification } = await look(contract, options, 0);
  const { database, worker, domain, authUrl } = observed;
  const contents = database.state === "present" ? database.contents : undefined;
  if (worker === undefined && contents === undefined) throw unknownPlatform(contract);
  return {
    platformId: contract.platformId,
    state: stateOf(observed),
    authUrl,
    release: readRelease(worker?.tags ?? []),
    worker: worker === undefined ? "absent" : "present",
    placement: worker?.placement === undefined ? undefined : describePlacement(worker.placement),
    database: {
      name: contract.databaseName,
      state: database.state,
      ...(database.state === "present" || database.state === "gone" ? { id: database.id } : {}),
      ...(contents === undefined ? {} : { holds: ownershipOf(contents) }),
      ...(database.state === "present" ? { place: database.place } : {}),
      ...(observed.jurisdiction === undefined ? {} : { jurisdiction: observed.jurisdiction }),
    },
    migrations: contents?.migrations ?? [],
    hostname: { name: new URL(authUrl).hostname, worker: domain?.service },
    hasAdmin: contents?.hasAdmin ?? false,
    lastJob: contents?.lastJob,
    verifiedAt: contents?.verifiedAt,
    now: verification,
  };
}

function stateOf({ worker, database }: Observed): PlatformStatus["state"] {
  if (database.state !== "present") return "unfinished";
  if (worker !== undefined) return "deployed";
  const ownership = ownershipOf(database.contents);
  return ownership === "tombstone" ? "removed" : ownership === "foreign" ? "foreign" : "unfinished";
}

const unknownPlatform = ({ platformId }: Platform) =>
  new ProvisioningError("platform_unknown", `there is no platform ${platformId} on this account`, {
    state: nothingChanged,
    next: `create it with: nno-auth provision ${platformId}`,
  });

/** Verifies a platform and records the outcome in its journal. @throws ProvisioningError `verification_failed` */
export async function verify(
  options: StatusOptions & { settleSeconds?: number | undefined },
): Promise<Extract<Verification, { ok: true }> & { authUrl: string }> {
  const contract = readPlatform(options.platformId, options);
  const startedAt = Date.now();
  const { observed, verification } = await look(contract, options, options.settleSeconds ?? 5);
  const { database, worker } = observed;
  if (database.state === "present" && database.contents.tables.includes("provisioning_step")) {
    const problem = verification.ok ? null : verification.problem;
    const rows = recordVerification(startedAt, readRelease(worker?.tags ?? []) ?? null, problem);
    await options.cloudflare.query(database.id, batch(rows), { repeatable: false });
  }
  if (verification.ok) return { ...verification, authUrl: observed.authUrl };
  const { platformId } = contract;
  throw new ProvisioningError("verification_failed", verification.problem, {
    state: nothingChanged,
    next:
      worker === undefined
        ? `there is no such platform; create it with: nno-auth provision ${platformId}`
        : `repair it with: nno-auth provision ${platformId}`,
  });
}

async function look(contract: Platform, options: StatusOptions, settleSeconds: number) {
  const observed = await observe(options.cloudflare, {
    contract,
    lookForDatabase: true,
    lookForJurisdiction: true,
  }).catch((error: unknown) => {
    throw explain(error, nothingChanged, `nno-auth status ${contract.platformId}`);
  });
  const verification: Verification =
    observed.worker === undefined
      ? { ok: false, problem: `there is no Worker ${contract.workerName}` }
      : await verifyPlatform({
          authUrl: observed.authUrl,
          platformId: contract.platformId,
          release: readRelease(observed.worker.tags),
          fetch: options.fetch,
          clock: options.clock,
          certificateSeconds: settleSeconds,
          settleSeconds,
        });
  return { observed, verification };
}

export interface PlatformSummary {
  platformId: string;
  release: string | undefined;
  modifiedOn: string | undefined;
}

/** Every platform of the account, with one call. A Worker that has our tag but not the name of a platform is none. */
export async function listPlatforms(cloudflare: Cloudflare): Promise<PlatformSummary[]> {
  const workers = await cloudflare.listWorkers().catch((error: unknown) => {
    throw explain(error, nothingChanged, "nno-auth status");
  });
  return workers
    .filter(({ tags }) => tags.includes(productTag))
    .flatMap(({ name, tags, modifiedOn }) => {
      const platformId = platformIdOfWorker(name);
      return platformId === undefined
        ? []
        : [{ platformId, release: readRelease(tags), modifiedOn }];
    })
    .sort((one, other) => one.platformId.localeCompare(other.platformId));
}
