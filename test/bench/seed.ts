/**
 * People for a database, written into its file by SQL in bulk before workerd opens it: `users` with 5 sessions and 2
 * memberships each, one tenant with many members, and what years of use leave in the other tables. Ids and tokens look
 * like random ones, so that neighbours in an index are strangers; all follow from a number.
 */
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { scryptSync } from "node:crypto";
import { symmetricEncrypt } from "better-auth/crypto";
import { base32 } from "@better-auth/utils/base32";
import { buildRelease } from "../../src/cli/build-release.ts";
import { userAgent } from "./requests.ts";

export const password = "tortoise velvet 41 orchards";

export interface People {
  count: number;
  userId: (index: number) => string;
  email: (index: number) => string;
  /** The session of user `index`, of which each has five. */
  sessionId: (index: number, session?: number) => string;
  token: (index: number, session?: number) => string;
  /** A tenant of user `index` alone but for a neighbour. */
  tenantId: (index: number) => string;
  /** When user `index` and that tenant were made. */
  createdAt: (index: number) => number;
  /** An event of the audit log, about user `index`. */
  auditEventId: (index: number) => number;
  hasTwoFactor: (index: number) => boolean;
  /** What the authenticators of those know. */
  totpSecret: string;
  /** A platform admin, who also owns the large tenant. */
  admin: number;
  largeTenant: { id: string; members: number };
}

const sessionsEach = 5;
const membersOfLargeTenant = 10_000;
/** Expired rows for maintenance to remove, in each table that it sweeps. */
const backlog = 20_000;
const leavers = 10;
const dayMilliseconds = 24 * 60 * 60 * 1000;
const totpSecret = "a secret of an authenticator, 32";

/** A permutation of the 32-bit numbers: an odd factor. */
const factor = 2654435761;
const scrambled = (number: string) => `((${number}) * ${factor} % 4294967296)`;
const idOf = (kind: string, number: string) =>
  `'${kind}' || printf('%08x%023d', ${scrambled(number)}, ${number})`;
const tokenOf = (number: string) =>
  `printf('%08x%024d-b-%016d', ${scrambled(number)}, ${number}, ${number})`;

const scramble = (number: number) =>
  ((BigInt(number) * BigInt(factor)) % 4294967296n).toString(16).padStart(8, "0");
const id = (kind: string, number: number) =>
  `${kind}${scramble(number)}${String(number).padStart(23, "0")}`;

/**
 * @param file where workerd will look for the database; it must not exist.
 * @param versioned whether what is encrypted names the version of its secret, and hashes their cost, as with ours.
 */
export async function seed(
  file: string,
  { users, secret, versioned }: { users: number; secret: string; versioned: boolean },
): Promise<People> {
  const { migrations } = await buildRelease();
  await mkdir(dirname(file), { recursive: true });
  const now = Date.now();
  const people = peopleOf(users, now);
  const encrypted = await symmetricEncrypt({
    key: versioned ? { keys: new Map([[1, secret]]), currentVersion: 1 } : secret,
    data: totpSecret,
  });
  const database = new DatabaseSync(file);
  try {
    database.exec(
      "PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF; PRAGMA cache_size = -2000000; PRAGMA threads = 2",
    );
    for (const { sql } of migrations) database.exec(sql);
    const rules = database
      .prepare(
        "SELECT type, name, sql FROM sqlite_schema WHERE type IN ('index', 'trigger') AND sql IS NOT NULL",
      )
      .all();
    // Made again from whole tables, indexes are sorted once.
    for (const { type, name } of rules) database.exec(`DROP ${String(type)} "${String(name)}"`);
    database.exec("BEGIN");
    for (const [count, into, select] of rows(users, now, {
      encrypted,
      hash: versioned ? phcHash() : plainHash(),
    })) {
      database.exec(
        `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ${count}) INSERT INTO ${into} SELECT ${select}`,
      );
    }
    for (const { sql } of rules) database.exec(String(sql));
    database.exec("COMMIT");
  } finally {
    database.close();
  }
  return people;
}

function peopleOf(users: number, now: number): People {
  return {
    count: users,
    userId: (index) => id("u", index),
    email: (index) => `person-${index}@example.com`,
    sessionId: (index, session = 0) => id("s", index * sessionsEach + session),
    token: (index, session = 0) => {
      const number = index * sessionsEach + session;
      const padded = (length: number) => String(number).padStart(length, "0");
      return `${scramble(number)}${padded(24)}-b-${padded(16)}`;
    },
    tenantId: (index) => id("t", index),
    createdAt: (index) => now - 10 ** 9 + index,
    auditEventId: (index) => backlog + 2 * index + 1,
    hasTwoFactor: (index) => index % 3 === 2,
    totpSecret: base32.encode(totpSecret, { padding: false }),
    admin: 0,
    largeTenant: { id: id("t", 0), members: Math.min(users, membersOfLargeTenant) },
  };
}

/** How many rows, into which columns, made of what for each number `i` in `n`. */
function rows(
  users: number,
  now: number,
  { encrypted, hash }: { encrypted: string; hash: string },
): [number, string, string][] {
  const user = idOf("u", "i");
  const owner = idOf("u", `(i / ${sessionsEach})`);
  const createdAt = `${now - 10 ** 9} + i`;
  const members = Math.min(users, membersOfLargeTenant);
  const address = "'203.0.113.' || (i % 250)";
  const expiredAt = now - dayMilliseconds;
  const nextWeek = now + 7 * dayMilliseconds;
  const years = now - 3 * 365 * dayMilliseconds;
  const session =
    "session (id, token, user_id, expires_at, created_at, updated_at, ip_address, user_agent)";
  const verification = "verification (id, identifier, value, expires_at, created_at, updated_at)";
  const audit = "audit_event (created_at, event, actor_id, tenant_id, ip_address)";
  const userColumns =
    "user (id, name, email, email_verified, created_at, updated_at, role, banned, two_factor_enabled)";
  const memberColumns = "member (id, organization_id, user_id, role, created_at)";
  const invitation =
    "invitation (id, organization_id, email, role, status, expires_at, created_at, inviter_id)";
  return [
    [
      users,
      userColumns,
      `${user}, 'Person ' || i, 'person-' || i || '@example.com', 1, ${createdAt}, ${now}, CASE i WHEN 0 THEN 'platform-admin' ELSE 'user' END, 0, i % 3 = 2 FROM n`,
    ],
    [
      leavers,
      userColumns,
      `'leaver-' || i, 'Leaver', 'leaver-' || i || '@example.org', 1, ${years}, ${years}, 'user', 0, 0 FROM n`,
    ],
    [
      users,
      "account (id, account_id, provider_id, user_id, password, created_at, updated_at)",
      `${idOf("a", "i")}, ${user}, 'credential', ${user}, '${hash}', ${createdAt}, ${now} FROM n`,
    ],
    [
      users * sessionsEach,
      session,
      `${idOf("s", "i")}, ${tokenOf("i")}, ${owner}, ${nextWeek}, ${now}, ${now}, ${address}, '${userAgent}' FROM n`,
    ],
    [
      backlog,
      session,
      `'expired-' || i, 'expired-' || i, 'leaver-' || (i % ${leavers}), ${expiredAt}, ${years}, ${years}, ${address}, '${userAgent}' FROM n`,
    ],
    [
      users,
      "organization (id, name, slug, created_at)",
      `${idOf("t", "i")}, 'Tenant ' || i, 'tenant-' || i, ${createdAt} FROM n`,
    ],
    [
      users,
      memberColumns,
      `${idOf("o", "i")}, ${idOf("t", "i")}, ${user}, 'owner', ${createdAt} FROM n`,
    ],
    // The second tenant of each: the one that all of the first are in, or a neighbour's.
    [
      users,
      memberColumns,
      `${idOf("m", "i")}, CASE WHEN i < ${members} THEN ${idOf("t", "0")} ELSE ${idOf("t", "(i - 1)")} END, ${user}, 'member', ${createdAt} FROM n WHERE i > 0`,
    ],
    [
      users,
      "two_factor (id, user_id, secret, backup_codes)",
      `${idOf("f", "i")}, ${user}, '${encrypted}', '${encrypted}' FROM n WHERE i % 3 = 2`,
    ],
    [
      users,
      invitation,
      `${idOf("i", "i")}, ${idOf("t", "i")}, 'guest-' || i || '@example.com', 'member', CASE i % 2 WHEN 0 THEN 'pending' ELSE 'accepted' END, ${nextWeek}, ${createdAt}, ${user} FROM n`,
    ],
    [
      members,
      invitation,
      `${idOf("j", "i")}, ${idOf("t", "0")}, 'person-' || i || '@example.com', 'member', 'accepted', ${nextWeek}, ${createdAt}, ${idOf("u", "0")} FROM n`,
    ],
    // Trusted devices.
    [
      users,
      verification,
      `${idOf("v", "i")}, 'trust-device-' || printf('%08x', ${scrambled("i")}) || i, ${user}, ${nextWeek}, ${now}, ${now} FROM n`,
    ],
    [
      backlog,
      verification,
      `'expired-' || i, 'expired-' || i, 'leaver-' || (i % ${leavers}), ${expiredAt}, ${years}, ${years} FROM n`,
    ],
    [
      users,
      "throttle (key, tries, expires_at)",
      `printf('%08x', ${scrambled("i")}) || 'of a network or an account ' || i, 1, ${nextWeek} FROM n`,
    ],
    [backlog, "throttle (key, tries, expires_at)", `'expired-' || i, 1, ${expiredAt} FROM n`],
    // So that no sign-in runs it while it is measured.
    [1, "maintenance_run (task, last_run_at)", `'outbox', ${nextWeek} FROM n`],
    [1, "maintenance_run (task, last_run_at)", `'maintenance', ${nextWeek} FROM n`],
    // Past their retention; then two of each user.
    [
      backlog,
      audit,
      `${years} + i, 'session.created', 'leaver-' || (i % ${leavers}), NULL, ${address} FROM n`,
    ],
    [
      users * 2,
      audit,
      `${createdAt}, 'session.created', ${idOf("u", "(i / 2)")}, CASE WHEN i % 2 = 0 THEN NULL WHEN i < ${members} THEN ${idOf("t", "0")} ELSE ${idOf("t", "(i / 2)")} END, ${address} FROM n`,
    ],
  ];
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
