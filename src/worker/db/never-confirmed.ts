/** The condition of an index and of the clean-up that uses it. It is no table, so it is not in `schema.ts`. */
import { sql } from "drizzle-orm";

/**
 * Users whose address was never confirmed. Nobody can sign in as one, so the row does not change; sign-up reads the clock
 * twice. Spelled as an index needs it, without parameters.
 */
export const isNeverConfirmed = sql`email_verified = 0 AND updated_at < created_at + 60000`;
