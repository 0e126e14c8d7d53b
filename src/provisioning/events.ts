/** What a job says while it runs. */
import type { StepState } from "./journal.ts";

export interface AnnouncedStep {
  name: string;
  isNeeded: boolean;
  /** What will be done, or why there is nothing to do. */
  what: string;
}

export type ProvisioningEvent =
  | { type: "plan"; steps: AnnouncedStep[] }
  | { type: "step"; step: string; state: StepState; at: number; detail?: string }
  /** Something to know: a bookmark, a wait. Concerns `step` when one runs. */
  | { type: "note"; message: string; step?: string };

/** For a job that looks again, after it waited for another one: the same plan is announced once. */
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
