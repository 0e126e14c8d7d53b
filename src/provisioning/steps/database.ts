/** Makes sure that the platform has a database, which also holds the job's lease and journal. */
import { cloudflareCode, isCloudflareError, OutcomeUnknownError } from "../cloudflare/errors.ts";
import { emptyContents } from "../database-contents.ts";
import { findDatabase } from "../observe.ts";
import { refuseDatabase } from "../ownership.ts";
import { editDatabases, readDatabases } from "../permissions.ts";
import { readyDatabase, type ReversibleStep, type ReadyDatabase, type Work } from "./step.ts";

const attempts = 4;

export const database: ReversibleStep = {
  name: "database",
  permissions: [readDatabases, editDatabases],

  plan({ desired, observed }) {
    const { database: found } = observed;
    return found.state === "present"
      ? { isNeeded: false, what: found.id }
      : { isNeeded: true, what: `create ${desired.contract.databaseName}` };
  },

  async apply(work) {
    work.database = await createOrAdopt(work, work.desired.choices.location, (found) =>
      refuseDatabase(work.desired, found.contents, work.desired.release),
    );
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
  location?: string,
  refuse: (found: ReadyDatabase) => void = () => {},
): Promise<ReadyDatabase> {
  const { databaseName } = contract;
  for (let attempt = 1; ; attempt += 1) {
    try {
      const { id } = await cloudflare.createDatabase(databaseName, location);
      return { id, contents: emptyContents, isNew: true };
    } catch (error) {
      const isTaken = isCloudflareError(error, cloudflareCode.databaseNameTaken);
      if (!isTaken && !(error instanceof OutcomeUnknownError)) throw error;
      const found = await findDatabase(cloudflare, databaseName);
      if (found.state === "present") {
        const adopted = { id: found.id, contents: found.contents, isNew: false };
        refuse(adopted);
        return adopted;
      }
      if (attempt >= attempts) throw error;
    }
  }
}
