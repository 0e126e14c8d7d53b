/**
 * Upgrades many platforms to one release, in rings: a few platforms first, and the next ring only if few enough of a ring
 * have failed. The release tags of the Workers tell which platforms are due, so a fleet that was interrupted resumes where it
 * stopped. A tag appears with the upload and does not prove that the release works. Platforms that have the tag but do not
 * answer as they should therefore come first, and stop the fleet before the release breaks another platform. All platforms
 * share one Cloudflare client, and with it one rate budget.
 */
import type { Cloudflare } from "./cloudflare/client.ts";
import type { ProvisioningEvent } from "./events.ts";
import { readPlatform } from "./desired.ts";
import { explain } from "./explain.ts";
import { provision, type ProvisionOptions } from "./provision.ts";
import { ProvisioningError, nothingChanged } from "./provisioning-error.ts";
import { listPlatforms, type PlatformSummary } from "./status.ts";
import { verifyPlatform } from "./verification.ts";

export interface FleetOptions extends Pick<
  ProvisionOptions,
  | "release"
  | "rootDomain"
  | "port"
  | "fetch"
  | "signal"
  | "settleSeconds"
  | "certificateSeconds"
  | "leaseSeconds"
> {
  cloudflare: Cloudflare;
  /** How many platforms each ring has. The last ring takes all that are left. Default: 1, 10, 100. */
  rings?: readonly number[] | undefined;
  /** How many platforms are upgraded at once. Default: 4. */
  concurrency?: number | undefined;
  /** With how many failures in a ring the next one may still begin. Default: 0. */
  failuresAllowed?: number | undefined;
  onEvent?: ((event: FleetEvent) => void) | undefined;
}

export type FleetEvent =
  /** Ring 0 holds the platforms that already have the release but were not found working. */
  | { type: "ring"; ring: number; platforms: string[] }
  | { type: "platform"; platformId: string; state: "done" | "failed"; detail: string }
  | { type: "job"; platformId: string; event: ProvisioningEvent };

export interface FleetResult {
  release: string;
  /** Changed and verified. Platforms that already had the release and work are not listed. */
  upgraded: string[];
  failed: { platformId: string; error: ProvisioningError }[];
  /** Not begun, because an earlier ring failed or the fleet was stopped. */
  remaining: string[];
}

const defaultRings = [1, 10, 100];
const defaultConcurrency = 4;

export interface FleetState {
  /** Have the release and answer as they should. */
  current: PlatformSummary[];
  /** Have the release but do not answer at their contract's host. They may have a custom one; their job will tell. */
  unproven: PlatformSummary[];
  /** Have another release. */
  due: PlatformSummary[];
}

/** What upgradeFleet would do, in its order. Costs one API call, and requests to the hosts that have the release. */
export async function readFleet(
  options: Pick<
    FleetOptions,
    "cloudflare" | "release" | "rootDomain" | "port" | "fetch" | "concurrency" | "signal"
  >,
): Promise<FleetState> {
  const { release, rootDomain, port, signal } = options;
  const platforms = await listPlatforms(options.cloudflare);
  const due = platforms.filter((platform) => platform.release !== release.tag);
  const failing = new Set<PlatformSummary>();
  const tagged = platforms.filter((platform) => platform.release === release.tag);
  await inParallel(tagged, options.concurrency ?? defaultConcurrency, async (summary) => {
    if (signal?.aborted === true) return;
    const { platformId, authUrl } = readPlatform(summary.platformId, { rootDomain, port });
    const { ok } = await verifyPlatform({
      authUrl,
      platformId,
      release: release.tag,
      fetch: options.fetch,
      // A single attempt. A platform that needs more patience gets it in its job.
      certificateSeconds: 0,
      settleSeconds: 0,
    });
    if (!ok) failing.add(summary);
  });
  return {
    current: tagged.filter((summary) => !failing.has(summary)),
    unproven: tagged.filter((summary) => failing.has(summary)),
    due,
  };
}

/** Never throws because a platform fails: the result says which platforms did. */
export async function upgradeFleet(options: FleetOptions): Promise<FleetResult> {
  const { release, onEvent, signal, failuresAllowed = 0 } = options;
  const { unproven, due } = await readFleet(options);
  const remaining = [...unproven, ...due].map(({ platformId }) => platformId);
  const result: FleetResult = { release: release.tag, upgraded: [], failed: [], remaining };
  const sizes = [unproven.length, ...ringsOf(due.length, options.rings ?? defaultRings)];
  for (const [index, size] of sizes.entries()) {
    if (size === 0) continue;
    const ring = remaining.slice(0, size);
    onEvent?.({ type: "ring", ring: index, platforms: ring });
    const failedBefore = result.failed.length;
    await inParallel(ring, options.concurrency ?? defaultConcurrency, async (platformId) => {
      if (signal?.aborted === true) return;
      remaining.splice(remaining.indexOf(platformId), 1);
      await upgradeOne(platformId, options, result);
    });
    const failures = result.failed.length - failedBefore;
    if (failures > failuresAllowed || signal?.aborted === true) break;
  }
  return result;
}

async function upgradeOne(
  platformId: string,
  options: FleetOptions,
  result: FleetResult,
): Promise<void> {
  const { onEvent, rings: _, concurrency: __, failuresAllowed: ___, ...job } = options;
  try {
    const { changed } = await provision({
      ...job,
      platformId,
      claim: "never",
      mustExist: true,
      onEvent: (event) => onEvent?.({ type: "job", platformId, event }),
    });
    if (changed) result.upgraded.push(platformId);
    onEvent?.({ type: "platform", platformId, state: "done", detail: options.release.tag });
  } catch (caught) {
    const error =
      caught instanceof ProvisioningError
        ? caught
        : explain(caught, nothingChanged, `nno-auth provision ${platformId}`);
    result.failed.push({ platformId, error });
    onEvent?.({ type: "platform", platformId, state: "failed", detail: error.line });
  }
}

/** The sizes of the rings for this many platforms. The last ring takes the rest. */
function ringsOf(platforms: number, sizes: readonly number[]): number[] {
  const rings: number[] = [];
  let left = platforms;
  for (const size of [...sizes, Infinity]) {
    if (left <= 0) break;
    const ring = Math.min(size, left);
    rings.push(ring);
    left -= ring;
  }
  return rings;
}

async function inParallel<Item>(
  items: readonly Item[],
  width: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const queue = [...items];
  const worker = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: width }, worker));
}
