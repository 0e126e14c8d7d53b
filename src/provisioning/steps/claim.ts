/** Issues the link with which somebody becomes the platform's first admin. It comes last, because it ends the job. */
import { createClaim } from "../claim-link.ts";
import { editDatabases } from "../permissions.ts";
import { readyDatabase, type ProvisioningStep } from "./step.ts";

export const claim: ProvisioningStep = {
  name: "claim",
  permissions: [editDatabases],

  plan({ observed: { database }, claim: policy }) {
    if (policy === "never") return { isNeeded: false, what: "not asked for" };
    if (database.state === "present") {
      const { hasAdmin, openClaimUntil } = database.contents;
      if (hasAdmin) return { isNeeded: false, what: "the platform has an admin" };
      if (openClaimUntil !== undefined && policy === "once") {
        const until = new Date(openClaimUntil).toISOString();
        return { isNeeded: false, what: `a link is open until ${until}` };
      }
    }
    return { isNeeded: true, what: "issue a link for the first platform admin" };
  },

  /** The link is stored in the transaction that ends the job, so only a job that succeeded issues one, and only once. */
  async apply(work) {
    const { job, observed, clock, claimEmail } = work;
    if (readyDatabase(work).contents.hasAdmin) return "the platform has an admin";
    const { link, statements } = await createClaim(observed.authUrl, {
      now: clock.now(),
      email: claimEmail,
    });
    job.mark("claim", "done");
    await job.finish(statements);
    work.claim = link;
    return `a link, valid until ${new Date(link.expiresAt).toISOString()}`;
  },
};
