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
