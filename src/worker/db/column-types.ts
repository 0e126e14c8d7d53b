/** Column types that SQLite does not have: a time in milliseconds since 1970, and a truth value. */
import { integer } from "drizzle-orm/sqlite-core";

export const timestamp = (name: string) => integer(name, { mode: "timestamp_ms" });
export const flag = (name: string) => integer(name, { mode: "boolean" });
