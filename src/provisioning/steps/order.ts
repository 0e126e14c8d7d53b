/** Which steps there are and in which order they run. A new step takes its place in one of these lists. */
import type { Permission } from "../permissions.ts";
import { claim } from "./claim.ts";
import { database } from "./database.ts";
import { exportData } from "./export-data.ts";
import { hostname } from "./hostname.ts";
import { migrations } from "./migrations.ts";
import type { ProvisioningStep, RemovalStep, ReversibleStep } from "./step.ts";
import { tombstone } from "./tombstone.ts";
import { verify } from "./verify.ts";
import { worker } from "./worker.ts";

/**
 * A hostname needs a Worker, so the Worker of a new platform comes first. A Worker that is running gets its hostname first:
 * it must not answer for a host (AUTH_URL) that it then turns out not to get.
 */
export function provisioningSteps(platform: { hasWorker: boolean }): ProvisioningStep[] {
  const serving = platform.hasWorker ? [hostname, worker] : [worker, hostname];
  return [database, migrations, ...serving, verify, claim];
}

/** The Worker goes last: as long as it exists, an interrupted removal can be recognised and finished. */
export const removalSteps: readonly RemovalStep[] = [
  exportData,
  undoing(hostname),
  undoing(database),
  tombstone,
  undoing(worker),
];

/** Every permission that a step needs, once. */
export function neededPermissions(): Permission[] {
  const steps = [...provisioningSteps({ hasWorker: false }), ...removalSteps];
  return [...new Set(steps.flatMap(({ permissions }) => permissions))];
}

function undoing({ name, permissions, undo }: ReversibleStep): RemovalStep {
  return { name, permissions, plan: undo.plan, apply: undo.apply };
}
