/** Makes sure that the platform has a database, which also holds the job's lease and journal. */
import { cloudflareCode, isCloudflareError, OutcomeUnknownError } from "../cloudflare/errors.ts";
import type { DatabaseHome } from "../cloudflare/databases.ts";
import { emptyContents } from "../database-contents.ts";
import { findDatabase } from "../observe.ts";
import { refuseDatabase } from "../ownership.ts";
import { editDatabases, readDatabases } from "../permissions.ts";
import type { Desired } from "../desired.ts";
import { ProvisioningError, nothingChanged } from "../provisioning-error.ts";
import { readyDatabase, type ReversibleStep, type ReadyDatabase, type Work } from "./step.ts";

const attempts = 4;

export const database: ReversibleStep = {
  name: "database",
  permissions: [readDatabases, editDatabases],

  plan({ desired, observed }) {
    const { database: found } = observed;
    if (found.state === "present") refuseJurisdiction(desired, observed.jurisdiction);
    return found.state === "present"
      ? { isNeeded: false, what: found.id }
      : { isNeeded: true, what: `create ${desired.contract.databaseName}` };
  },

  async apply(work) {
    work.database = await createOrAdopt(work, work.desired.choices, async (found) => {
      refuseDatabase(work.desired, found.contents, work.desired.release);
      if (work.desired.choices.jurisdiction === undefined) return;
      const existing = await work.cloudflare.findDatabase(found.id);
      refuseJurisdiction(work.desired, existing?.jurisdiction);
    });
    const { id, isNew } = work.database;
    return isNew ? id : `${id}, which already existed`;
  },

  undo: {
    plan: ({ holdsData }) => ({
      isNeeded: holdsData,
      what: "delete the database and everything in it",
    }),
    async apply(work) {
      const { id } = readyDatabase(work);
      await work.cloudflare.deleteDatabase(id, {
        // The answer to an earlier attempt may have been lost, and then the lease went with the database.
        beforeEach: async () => work.job.keepLease({ mayBeGone: true }),
      });
      work.job.leave();
      work.database = undefined;
      return id;
    },
  },
};

/**
 * Creates the platform's database, or adopts the one that an earlier run left.
 *
 * @param refuse throws if the database that has the name must not be adopted.
 */
export async function createOrAdopt(
  { cloudflare, contract }: Pick<Work, "cloudflare" | "contract">,
  home: DatabaseHome = {},
  refuse: (found: ReadyDatabase) => void | Promise<void> = () => {},
): Promise<ReadyDatabase> {
  const { databaseName } = contract;
  for (let attempt = 1; ; attempt += 1) {
    try {
      const { id } = await cloudflare.createDatabase(databaseName, home);
      return { id, contents: emptyContents, isNew: true };
    } catch (error) {
      const isTaken = isCloudflareError(error, cloudflareCode.databaseNameTaken);
      if (!isTaken && !(error instanceof OutcomeUnknownError)) throw error;
      const found = await findDatabase(cloudflare, databaseName);
      if (found.state === "present") {
        const adopted = { id: found.id, contents: found.contents, isNew: false };
        await refuse(adopted);
        return adopted;
      }
      if (attempt >= attempts) throw error;
    }
  }
}

/** A database keeps the jurisdiction that it was created with, or none, for ever. */
function refuseJurisdiction({ choices, contract }: Desired, actual: string | undefined): void {
  const { jurisdiction } = choices;
  if (jurisdiction === undefined || jurisdiction === actual) return;
  throw new ProvisioningError(
    "jurisdiction_fixed",
    `the database ${contract.databaseName} exists and has ${actual === undefined ? "no jurisdiction" : `the jurisdiction ${actual}`}, which can never change`,
    {
      state: nothingChanged,
      next: `run again without --jurisdiction, or provision a new platform with it and move the data there`,
    },
  );
}
