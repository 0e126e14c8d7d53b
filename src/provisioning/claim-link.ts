/**
 * The one-time link with which a person makes themself a platform's first admin. The database keeps the token's hash
 * (SHA-256 in hexadecimal, as the Worker's claim endpoint looks it up); the token is in the link alone, after `#`, where no
 * server's log sees it.
 */
import { databaseNow } from "./journal.ts";
import { randomToken } from "./random-token.ts";
import { sql, type Sql } from "./sql.ts";

const claimSeconds = 24 * 60 * 60;

export interface ClaimLink {
  url: string;
  /** Milliseconds since 1970. */
  expiresAt: number;
  /** When set, only this address can use it. */
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
      // The last link is the one that counts: an earlier one may lie in somebody's mail.
      sql`DELETE FROM platform_claim WHERE claimed_at IS NULL`,
      sql`INSERT INTO platform_claim (token_hash, email, expires_at, created_at)
SELECT ${hash.join("")}, ${email ?? null}, ${expiresAt}, ${databaseNow}
WHERE NOT EXISTS (SELECT 1 FROM user WHERE role = 'platform-admin')`,
    ],
  };
}
