/** The migrations that this release was built for. `d1_migrations` must list each of them. */
import ownJournal from "../../../migrations/own/meta/_journal.json" with { type: "json" };
import journal from "../../../migrations/meta/_journal.json" with { type: "json" };

interface Journal {
  entries: readonly { tag: string }[];
}

const filesOf = ({ entries }: Journal, folder: string) =>
  entries.map(({ tag }) => `${folder}${tag}.sql`);

/** The template's first, then the owner's, which is the order in which wrangler and the job apply them. */
export const expectedMigrations = [...filesOf(journal, ""), ...filesOf(ownJournal, "own/")];
