/**
 * The one-time link with which somebody becomes a platform's first admin. The database stores only the token's hash (SHA-256
 * in hexadecimal, as the Worker's claim endpoint looks it up). The token itself is only in the link, after `#`, where no
 * server logs it.
 */
import { databaseNow } from "./journal.ts";
import { randomToken } from "./random-token.ts";
import { sql, type Sql } from "./sql.ts";

const claimSeconds = 24 * 60 * 60;

export interface ClaimLink {
  url: string;
  /** Milliseconds since 1970. */
  expiresAt: number;
  /** If set, only this address can use the link. */
  email: string | undefined;
}

export async function createClaim(
  authUrl: string,
  { now, email }: { now: number; email?: string | undefined },
): Promise<{ link: ClaimLink; statements: Sql[] }> {
  const token = randomToken();
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(token));
  const hash = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0"));
  const expiresAt = now + claimSeconds * 1000;
  return {
    link: { url: `${authUrl}/claim#token=${token}`, expiresAt, email },
    statements: [
      // Only the newest link is valid: an earlier one may still be in somebody's mailbox.
      sql`DELETE FROM platform_claim WHERE claimed_at IS NULL`,
      sql`INSERT INTO platform_claim (token_hash, email, expires_at, created_at)
SELECT ${hash.join("")}, ${email ?? null}, ${expiresAt}, ${databaseNow}
WHERE NOT EXISTS (SELECT 1 FROM user WHERE role = 'platform-admin')`,
    ],
  };
}
