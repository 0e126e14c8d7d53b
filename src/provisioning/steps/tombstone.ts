/**
 * Leaves an empty database under the removed platform's name. It costs nothing, it keeps the id from being provisioned again
 * by mistake, and it holds the journal of the removal from here on.
 */
import { editDatabases } from "../permissions.ts";
import { createOrAdopt } from "./database.ts";
import type { RemovalStep } from "./step.ts";

export const tombstone: RemovalStep = {
  name: "tombstone",
  permissions: [editDatabases],

  plan: () => ({ isNeeded: true, what: "keep the name taken with an empty database" }),

  async apply(work) {
    work.database ??= await createOrAdopt(work);
    return work.contract.databaseName;
  },
};
