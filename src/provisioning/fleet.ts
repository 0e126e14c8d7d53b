/**
 * Many platforms to one release. Rings: a few first, and the next ring only when nearly all of one are verified. Which
 * platforms are due is what Cloudflare says (their Workers' release tag), so a fleet that was interrupted goes on where it
 * stopped. All share one Cloudflare client, and with it one rate budget.
 */
import type { Cloudflare } from "./cloudflare.ts";
import type { ProvisioningEvent } from "./events.ts";
import { explain } from "./explain.ts";
import { provision, type ProvisionOptions } from "./provision.ts";
import { ProvisioningError, nothingChanged } from "./provisioning-error.ts";
import { listPlatforms } from "./status.ts";

export interface FleetOptions extends Pick<
  ProvisionOptions,
  "release" | "rootDomain" | "port" | "fetch" | "signal" | "settleSeconds" | "leaseSeconds"
> {
  cloudflare: Cloudflare;
  /** Platforms of each ring; what is left is the last one. Default: 1, 10, 100. */
  rings?: readonly number[] | undefined;
  /** Platforms at once. Default: 4. */
  concurrency?: number | undefined;
  /** Failed platforms that a ring may have for the next to begin. Default: 0. */
  failuresAllowed?: number | undefined;
  onEvent?: ((event: FleetEvent) => void) | undefined;
}

export type FleetEvent =
  | { type: "ring"; ring: number; platforms: string[] }
  | { type: "platform"; platformId: string; state: "done" | "failed"; detail: string }
  | { type: "job"; platformId: string; event: ProvisioningEvent };

export interface FleetResult {
  release: string;
  upgraded: string[];
  failed: { platformId: string; error: ProvisioningError }[];
  /** Not begun, because a ring before them failed or the fleet was stopped. */
  remaining: string[];
}

const defaultRings = [1, 10, 100];

/** Never throws for a platform that fails: the result says which did. */
export async function upgradeFleet(options: FleetOptions): Promise<FleetResult> {
  const { cloudflare, release, onEvent, signal, failuresAllowed = 0 } = options;
  const platforms = await listPlatforms(cloudflare);
  const due = platforms.filter((platform) => platform.release !== release.tag);
  const remaining = due.map(({ platformId }) => platformId);
  const result: FleetResult = { release: release.tag, upgraded: [], failed: [], remaining };
  for (const [index, size] of ringsOf(remaining.length, options.rings ?? defaultRings).entries()) {
    const ring = remaining.slice(0, size);
    onEvent?.({ type: "ring", ring: index + 1, platforms: ring });
    const failedBefore = result.failed.length;
    await inParallel(ring, options.concurrency ?? 4, async (platformId) => {
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
    await provision({
      ...job,
      platformId,
      claim: "never",
      mustExist: true,
      onEvent: (event) => onEvent?.({ type: "job", platformId, event }),
    });
    result.upgraded.push(platformId);
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

/** Sizes of the rings for this many platforms; the last one takes the rest. */
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
