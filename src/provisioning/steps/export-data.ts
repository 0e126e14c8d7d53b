/** Exports a platform's data before it is removed, and checks that the export is whole. */
import { exportChecked } from "../checked-export.ts";
import { editDatabases } from "../permissions.ts";
import { readyDatabase, type RemovalStep } from "./step.ts";

export const exportData: RemovalStep = {
  name: "export",
  permissions: [editDatabases],

  plan: ({ holdsData }) => ({
    isNeeded: holdsData,
    what: "export the data to a file and check the file",
  }),

  async apply(work) {
    const { id, contents } = readyDatabase(work);
    // D1 answers no query during an export, so the lease must last until the export ends.
    await work.job.holdLease(work.exportLeaseSeconds);
    work.exportedTo = await exportChecked({
      cloudflare: work.cloudflare,
      databaseId: id,
      tables: contents.tables,
      saveExport: work.saveExport,
      fetch: work.fetch,
      clock: work.clock,
      signal: work.signal,
    });
    await work.job.holdLease();
    return work.exportedTo;
  },
};
