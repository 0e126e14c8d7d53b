/**
 * Yours: columns that your plugins add to the template's tables. No upgrade of the template touches this folder. After a
 * change, run: npm run generate:own-migration -- --name=<what>
 *
 * For example, Better Auth's `username` plugin wants, with `text` from "drizzle-orm/sqlite-core":
 *
 *   user: {
 *     username: text("username").unique("user_username_unique"),
 *     displayUsername: text("display_username"),
 *   },
 */
import type { SQLiteColumnBuilderBase } from "drizzle-orm/sqlite-core";

export const ownColumns = {
  user: {},
  session: {},
  account: {},
  verification: {},
  organization: {},
  member: {},
  invitation: {},
} satisfies Record<string, Record<string, SQLiteColumnBuilderBase>>;
