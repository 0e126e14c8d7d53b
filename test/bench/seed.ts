/** People for a database, made by SQL in bulk: `users` with 5 sessions and 2 tenants each, and one tenant with many members. */
import { scryptSync } from "node:crypto";
import { symmetricEncrypt } from "better-auth/crypto";
import { base32 } from "@better-auth/utils/base32";
import type { Miniflare } from "miniflare";
import { buildRelease } from "../../src/release.ts";

type D1 = Awaited<ReturnType<Miniflare["getD1Database"]>>;

export const password = "tortoise velvet 41 orchards";

export interface People {
  count: number;
  /** The token of a session of user `index`, of which each has five. */
  token: (index: number, session?: number) => string;
  email: (index: number) => string;
  /** Those who have two-factor authentication. */
  withTwoFactor: { first: number; count: number };
  /** What their authenticators know. */
  totpSecret: string;
  largeTenant: { id: string; members: number };
}

const sessionsEach = 5;
const usersWithTwoFactor = 300;
const membersOfLargeTenant = 10_000;
const rowsAtOnce = 20_000;
const totpSecret = "a secret of an authenticator, 32";

/** @param versioned whether what is encrypted names the version of its secret, as ours does. */
export async function seed(
  database: D1,
  { users, secret, versioned }: { users: number; secret: string; versioned: boolean },
): Promise<People> {
  for (const { sql } of (await buildRelease()).migrations) {
    for (const statement of sql.split("--> statement-breakpoint")) {
      await database.prepare(statement).run();
    }
  }
  const now = Date.now();
  const encrypted = await symmetricEncrypt({
    key: versioned ? { keys: new Map([[1, secret]]), currentVersion: 1 } : secret,
    data: totpSecret,
  });
  const hash = versioned ? phcHash() : plainHash();
  const first = users - Math.min(usersWithTwoFactor, Math.floor(users / 2));
  const members = Math.min(users, membersOfLargeTenant);
  // D1 binds numbers as reals.
  const inRange =
    "WITH RECURSIVE n(i) AS (SELECT CAST(? AS INTEGER) UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?)";
  for (let from = 0; from < users; from += rowsAtOnce) {
    const range = [from, Math.min(users, from + rowsAtOnce)];
    const insert = async (into: string, select: string, ...values: unknown[]) =>
      database
        .prepare(`INSERT INTO ${into} ${inRange} ${select}`)
        .bind(...range, ...values)
        .run();
    await insert(
      "user (id, name, email, email_verified, created_at, updated_at, role, banned, two_factor_enabled)",
      "SELECT 'user-' || i, 'Person ' || i, 'person-' || i || '@example.com', 1, ? + i, ?, 'user', 0, i >= ? FROM n",
      now - 10 ** 9,
      now,
      first,
    );
    await insert(
      "account (id, account_id, provider_id, user_id, password, created_at, updated_at)",
      "SELECT 'account-' || i, 'user-' || i, 'credential', 'user-' || i, ?, ?, ? FROM n",
      hash,
      now,
      now,
    );
    for (let session = 0; session < sessionsEach; session += 1) {
      await insert(
        "session (id, token, user_id, expires_at, created_at, updated_at)",
        `SELECT 'session-${session}-' || i, 'token-${session}-' || printf('%024d', i), 'user-' || i, ?, ?, ? FROM n`,
        now + 7 * 24 * 60 * 60 * 1000,
        now,
        now,
      );
    }
    await insert(
      "organization (id, name, slug, created_at)",
      "SELECT 'tenant-' || i, 'Tenant ' || i, 'tenant-' || i, ? + i FROM n",
      now - 10 ** 9,
    );
    await insert(
      "member (id, organization_id, user_id, role, created_at)",
      "SELECT 'owner-' || i, 'tenant-' || i, 'user-' || i, 'owner', ? FROM n",
      now,
    );
  }
  const all = async (sql: string, ...values: unknown[]) =>
    database
      .prepare(sql)
      .bind(...values)
      .run();
  // The second tenant of each: the one that all of the first are in, or a neighbour's.
  await all(
    "INSERT INTO member (id, organization_id, user_id, role, created_at) SELECT 'large-' || id, 'tenant-0', id, 'member', ? FROM user WHERE id <> 'user-0' ORDER BY created_at LIMIT ?",
    now,
    members - 1,
  );
  for (let from = members; from < users; from += rowsAtOnce) {
    const until = Math.min(users, from + rowsAtOnce);
    await all(
      `INSERT INTO member (id, organization_id, user_id, role, created_at) ${inRange} SELECT 'second-' || i, 'tenant-' || (i - 1), 'user-' || i, 'member', ? FROM n`,
      from,
      until,
      now,
    );
  }
  await all(
    "INSERT INTO two_factor (id, user_id, secret, backup_codes) SELECT 'two-factor-' || id, id, ?, ? FROM user WHERE two_factor_enabled = 1",
    encrypted,
    encrypted,
  );
  return {
    count: users,
    token: (index, session = 0) => `token-${session}-${String(index).padStart(24, "0")}`,
    email: (index) => `person-${index}@example.com`,
    withTwoFactor: { first, count: users - first },
    totpSecret: base32.encode(totpSecret, { padding: false }),
    largeTenant: { id: "tenant-0", members },
  };
}

/** What ours writes. */
function phcHash(): string {
  const salt = Buffer.from("a salt of 16 by.");
  const cost = { N: 2 ** 15, r: 8, p: 3, maxmem: 64 * 1024 * 1024 };
  const encode = (bytes: Buffer) => bytes.toString("base64").replace(/=+$/, "");
  return `$scrypt$ln=15,r=8,p=3$${encode(salt)}$${encode(scryptSync(password, salt, 32, cost))}`;
}

/** What Better Auth writes. */
function plainHash(): string {
  const salt = "00112233445566778899aabbccddeeff";
  const cost = { N: 2 ** 14, r: 16, p: 1, maxmem: 128 * 1024 * 1024 };
  return `${salt}:${scryptSync(password, salt, 64, cost).toString("hex")}`;
}
