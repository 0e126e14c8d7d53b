/** The Worker that tests deploy, bundled once for all that run in one process. */
import type { Release } from "../src/provisioning/release.ts";
import { buildRelease } from "../src/cli/build-release.ts";

const building = new Map<string | undefined, Promise<Release>>();

/**
 * The same Worker with scrypt at the cost of `cheapPasswordHash`. Nothing else of the bundle differs.
 *
 * @throws if the bundle does not have the work factor in exactly one place.
 */
export function withCheapHashes(release: Release): Release {
  const workFactor = /\{ln:15,r:8,p:3\}/g;
  return {
    ...release,
    modules: release.modules.map((module) => {
      const content = String(module.content);
      const found = content.match(workFactor)?.length ?? 0;
      if (found !== 1)
        throw new Error(`the bundle has the work factor of passwords ${found} times`);
      return { ...module, content: content.replace(workFactor, "{ln:4,r:8,p:1}") };
    }),
  };
}

/** @param entry the Worker's module, if not `src/worker/index.ts`. */
export async function releaseOf(entry?: string): Promise<Release> {
  const release = building.get(entry) ?? buildRelease(entry);
  building.set(entry, release);
  return release;
}
