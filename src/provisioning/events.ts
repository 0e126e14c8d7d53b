/** What a job reports while it runs. */
import type { StepState } from "./journal.ts";

/** A step of a plan. */
export interface AnnouncedStep {
  name: string;
  isNeeded: boolean;
  /** What will be done, or why there is nothing to do. */
  what: string;
}

export type ProvisioningEvent =
  | { type: "plan"; steps: AnnouncedStep[] }
  | { type: "step"; step: string; state: StepState; at: number; detail?: string }
  /** Something the operator should know, such as a bookmark or a wait. Concerns `step` if one is running. */
  | { type: "note"; message: string; step?: string };

/** A job that waited for another one looks again. If its plan is still the same, it is not announced a second time. */
export function withoutRepeatedPlan(
  onEvent: ((event: ProvisioningEvent) => void) | undefined,
): (event: ProvisioningEvent) => void {
  let announced: string | undefined;
  return (event) => {
    if (event.type === "plan") {
      const plan = JSON.stringify(event.steps);
      if (plan === announced) return;
      announced = plan;
    }
    onEvent?.(event);
  };
}
