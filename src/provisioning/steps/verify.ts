/** Asks the platform's own host whether it answers as it should. */
import { ProvisioningError } from "../provisioning-error.ts";
import { verifyPlatform } from "../verification.ts";
import type { ProvisioningStep } from "./step.ts";

/** How long the journal may lag behind while this step waits: a reader of the journal sees why a slow job is slow. */
const journalLagMs = 1000;

export const verify: ProvisioningStep = {
  name: "verify",
  permissions: [],
  isReadOnly: true,

  plan: ({ observed }) => ({ isNeeded: true, what: `ask ${observed.authUrl}` }),

  async apply(work) {
    const { desired, observed, job } = work;
    const { platformId } = desired.contract;
    let announced = "";
    const outcome = await verifyPlatform({
      authUrl: observed.authUrl,
      platformId,
      release: desired.release.tag,
      fetch: work.fetch,
      clock: work.clock,
      certificateSeconds: work.certificateSeconds,
      settleSeconds: work.settleSeconds,
      signal: work.signal,
      onWait: async (reason) => {
        if (reason !== announced) {
          work.note(reason);
          job.mark("verify", "running", { detail: reason });
        }
        announced = reason;
        await job.keepLease({ behindMs: journalLagMs });
      },
    });
    if (outcome.ok) return outcome.checks.join(", ");
    throw new ProvisioningError("verification_failed", outcome.problem, {
      state: "the platform is deployed but does not answer as it should",
      next: `see its state with: nno-auth status ${platformId}, then run again: nno-auth provision ${platformId}`,
    });
  },
};
