/**
 * Runs before `npm run generate:migration`, which writes into the template's folder. drizzle-kit would put the owner's tables
 * and columns there too, and the next release of the template would collide with them.
 */
import { ownColumns } from "../worker/own/columns.ts";
import * as ownSchema from "../worker/own/schema.ts";

const isEmpty =
  Object.keys(ownSchema).length === 0 &&
  Object.values(ownColumns).every((columns) => Object.keys(columns).length === 0);
if (!isEmpty) {
  console.error(
    "src/worker/own has tables or columns, and they get migrations of their own: npm run generate:own-migration -- --name=<what>",
  );
  process.exitCode = 1;
}
