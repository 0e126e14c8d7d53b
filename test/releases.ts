/** The Worker that tests deploy, bundled once for all that run in one process. */
import type { Release } from "../src/provisioning/release.ts";
import { buildRelease } from "../src/cli/build-release.ts";

const building = new Map<string | undefined, Promise<Release>>();

/** @param entry the Worker's module, if not `src/worker/index.ts`. */
export async function releaseOf(entry?: string): Promise<Release> {
  const release = building.get(entry) ?? buildRelease(entry);
  building.set(entry, release);
  return release;
}
