/** Uploads the release with its bindings. */
import { cloudflareCode } from "../cloudflare/errors.ts";
import { productTag, releaseTag, type Desired } from "../desired.ts";
import { databaseOf, hasSecret, readVariable, type ObservedWorker } from "../observe.ts";
import { editWorkers, readWorkers } from "../permissions.ts";
import { describePlacement, placementBeside } from "../placement.ts";
import { ProvisioningError, nothingChanged } from "../provisioning-error.ts";
import { needsAuthSecret, sendsThroughCloudflare, uploadBindings } from "../worker-bindings.ts";
import { readyDatabase, type ReversibleStep } from "./step.ts";

export const worker: ReversibleStep = {
  name: "worker",
  permissions: [readWorkers, editWorkers],

  plan({ desired, observed: { worker: current, database } }) {
    refuseSecretChange(desired, current);
    if (current === undefined) {
      return {
        isNeeded: true,
        what: `upload ${desired.contract.workerName}, with a new secret`,
      };
    }
    const databaseId = database.state === "present" ? database.id : undefined;
    const reasons = differences(desired, current, databaseId);
    // A placement that somebody chose stays.
    if (current.placement === undefined && database.state === "present") {
      reasons.push(`the placement ${describePlacement(placementBeside(database.place))}`);
    }
    return reasons.length === 0
      ? { isNeeded: false, what: desired.release.tag }
      : { isNeeded: true, what: `upload ${desired.release.tag}: ${reasons.join(", ")}` };
  },

  async apply(work) {
    const { cloudflare, desired, observed, job } = work;
    const { id, contents } = readyDatabase(work);
    if (observed.worker === undefined && contents.hasUsers) {
      work.note(
        "the database has users, but its Worker was gone. The new Worker has a new secret: everybody has to sign in again, and two-factor codes that were set up under the old secret no longer work",
      );
    }
    await cloudflare.uploadWorker(
      {
        workerName: desired.contract.workerName,
        release: desired.release,
        bindings: uploadBindings(desired, observed.worker, id),
        tags: [productTag, releaseTag(desired.release)],
        placement: observed.worker?.placement ?? placementBeside(cloudflare.placeOf(id)),
      },
      { beforeEach: async () => job.keepLease() },
    );
    return desired.release.tag;
  },

  explain(error, { state, again }) {
    if (!error.has(cloudflareCode.workerInvalid, cloudflareCode.cannotInherit)) return undefined;
    return new ProvisioningError("upload_refused", error.message, {
      state,
      next: `correct it, then run again: ${again}`,
      cause: error,
    });
  },

  undo: {
    plan: () => ({ isNeeded: true, what: "delete the Worker and its secrets" }),
    async apply({ cloudflare, contract, job }) {
      await cloudflare.deleteWorker(contract.workerName, {
        beforeEach: async () => job.keepLease(),
      });
      return contract.workerName;
    },
  },
};

/** Why an upload is necessary. Names only, because a value may be a secret. */
function differences(
  desired: Desired,
  current: ObservedWorker,
  databaseId: string | undefined,
): string[] {
  const reasons: string[] = [];
  const { release, variables, choices } = desired;
  if (!current.tags.includes(releaseTag(release)) || !current.tags.includes(productTag)) {
    reasons.push("the release");
  }
  const changed = Object.entries(variables).filter(
    ([name, value]) => name !== "RELEASE" && readVariable(current, name) !== value,
  );
  reasons.push(...changed.map(([name]) => name));
  if (readVariable(current, "RELEASE") !== release.tag && reasons.length === 0)
    reasons.push("RELEASE");
  if (databaseId === undefined || databaseOf(current) !== databaseId) reasons.push("the database");
  reasons.push(...Object.keys(choices.secrets ?? {}));
  if (needsAuthSecret(current)) reasons.push("BETTER_AUTH_SECRET");
  const hasMail = current.bindings.some(({ name }) => name === "EMAIL");
  if (hasMail !== sendsThroughCloudflare(desired, current)) reasons.push("EMAIL");
  return reasons;
}

/** A new BETTER_AUTH_SECRET would sign everybody out and make what the old one encrypted unreadable. */
function refuseSecretChange({ choices }: Desired, current: ObservedWorker | undefined): void {
  const isGiven = choices.secrets?.["BETTER_AUTH_SECRET"] !== undefined;
  if (!isGiven || !hasSecret(current, "BETTER_AUTH_SECRET")) return;
  throw new ProvisioningError(
    "secret_exists",
    "BETTER_AUTH_SECRET is already set and is never overwritten",
    {
      state: nothingChanged,
      next: "to rotate it, set BETTER_AUTH_SECRETS with the new key first and the old one after it",
    },
  );
}
