/**
 * Fingerprints of the credentials that an account has at present. They differ after each change: they cover when the
 * password was last reset, changed or set, and which enrolment of a second factor is on. A password that is only hashed
 * anew at a sign-in keeps its fingerprint.
 */
import { and, eq, sql } from "drizzle-orm";
import { createHMAC } from "@better-auth/utils/hmac";
import type { Database } from "../../db/database.ts";
import { account, twoFactor, user } from "../../db/schema.ts";

export interface Credentials {
  userId: string;
  /** Covers the password and the second factor, if there is one. */
  all: string;
  /** Covers the second factor alone; absent when it is off. */
  factor?: string;
}

/** @param email as it is stored. */
export const credentialsQuery = (database: Database, email: string) =>
  database
    .select({
      userId: user.id,
      passwordSetAt: account.updatedAt,
      isFactorOn: user.twoFactorEnabled,
      // Within a batch, D1 returns one column of each name.
      enrolment: sql<string | null>`${twoFactor.id}`.as("enrolment"),
    })
    .from(user)
    .leftJoin(account, and(eq(account.userId, user.id), eq(account.providerId, "credential")))
    .leftJoin(twoFactor, eq(twoFactor.userId, user.id))
    .where(eq(user.email, email));

type Row = Awaited<ReturnType<typeof credentialsQuery>>[number];

/** @returns undefined when there is no such account. */
export async function fingerprint(
  secret: string,
  [row]: readonly Row[],
): Promise<Credentials | undefined> {
  if (row === undefined) return undefined;
  const { userId, passwordSetAt, isFactorOn, enrolment } = row;
  const print = async (...parts: unknown[]) =>
    shortHmac(secret, JSON.stringify([userId, ...parts]));
  const factor = isFactorOn === true ? await print("factor", enrolment) : undefined;
  return {
    userId,
    all: await print("all", passwordSetAt?.getTime() ?? null, factor ?? null),
    ...(factor === undefined ? {} : { factor }),
  };
}

const hmac = createHMAC("SHA-256", "base64urlnopad");

export async function shortHmac(secret: string, text: string): Promise<string> {
  return (await hmac.sign(secret, `known-device:${text}`)).slice(0, 16);
}
