/**
 * Decides what is to be done, from what is wanted and what was observed. Pure. A plan also lists the steps that have nothing
 * to do, so that it always reads as a whole.
 */
import type { Desired } from "./desired.ts";
import type { AnnouncedStep } from "./events.ts";
import type { Observed } from "./observe.ts";
import { refuseForeign } from "./ownership.ts";
import { provisioningSteps } from "./steps/order.ts";
import type { ClaimPolicy, Step, Work } from "./steps/step.ts";

/** @throws ProvisioningError if something that the platform needs belongs to somebody else. */
export function plan(desired: Desired, observed: Observed, claim: ClaimPolicy): AnnouncedStep[] {
  refuseForeign(desired, observed);
  const steps = provisioningSteps({ hasWorker: observed.worker !== undefined });
  return planSteps(steps, { desired, observed, claim });
}

/** What each step has to do. @throws ProvisioningError if a step refuses the whole job. */
export function planSteps<Facts, Doing extends Work>(
  steps: readonly Step<Facts, Doing>[],
  facts: Facts,
): AnnouncedStep[] {
  return steps.map((step) => ({ name: step.name, ...step.plan(facts) }));
}

/** Whether the plan changes anything and therefore needs the lease. */
export function needsJob(planned: readonly AnnouncedStep[], { database }: Observed): boolean {
  const isUnfinished =
    database.state === "present" && database.contents.lastJob?.outcome !== "done";
  const changing = new Set(
    provisioningSteps({ hasWorker: true })
      .filter(({ isReadOnly }) => isReadOnly !== true)
      .map(({ name }) => name),
  );
  return isUnfinished || planned.some(({ name, isNeeded }) => isNeeded && changing.has(name));
}
