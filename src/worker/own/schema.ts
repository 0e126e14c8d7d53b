/**
 * Yours: the tables of your plugins and of your own routes. No upgrade of the template touches this folder. After a change,
 * run: npm run generate:own-migration -- --name=<what>
 *
 * Better Auth looks a table up by the name of its export, and a relation by the name of the other table. For example, for a
 * plugin with the model `note`:
 *
 *   import { relations } from "drizzle-orm";
 *   import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
 *   import { user } from "../db/schema.ts";
 *
 *   export const note = sqliteTable(
 *     "note",
 *     {
 *       id: text("id").primaryKey(),
 *       userId: text("user_id").notNull().references(() => user.id, { onDelete: "cascade" }),
 *       text: text("text").notNull(),
 *       createdAt: integer("created_at", { mode: "timestamp_ms" }).notNull(),
 *     },
 *     (table) => [index("note_user").on(table.userId)],
 *   );
 *   export const noteRelations = relations(note, ({ one }) => ({
 *     user: one(user, { fields: [note.userId], references: [user.id] }),
 *   }));
 *   export const userNoteRelations = relations(user, ({ many }) => ({ notes: many(note) }));
 */
export {};
