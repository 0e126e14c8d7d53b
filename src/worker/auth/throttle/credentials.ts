/**
 * Which credentials an account has at present, by fingerprints that are others after each change: when its password was last
 * reset, changed or set, and which enrolment of a second factor is on. A password that is only hashed anew, at a sign-in, is
 * the same one.
 */
import { and, eq, sql } from "drizzle-orm";
import { createHMAC } from "@better-auth/utils/hmac";
import type { Database } from "../../db/database.ts";
import { account, twoFactor, user } from "../../db/schema.ts";

export interface Credentials {
  userId: string;
  /** Of the password, and whether there is a second factor and which. */
  all: string;
  /** Of the second factor alone; none when it is off. */
  factor?: string;
}

/** @param email as the account has it. */
export const credentialsQuery = (database: Database, email: string) =>
  database
    .select({
      userId: user.id,
      passwordSetAt: account.updatedAt,
      isFactorOn: user.twoFactorEnabled,
      // In a batch, D1 answers one column of a name.
      enrolment: sql<string | null>`${twoFactor.id}`.as("enrolment"),
    })
    .from(user)
    .leftJoin(account, and(eq(account.userId, user.id), eq(account.providerId, "credential")))
    .leftJoin(twoFactor, eq(twoFactor.userId, user.id))
    .where(eq(user.email, email));

type Row = Awaited<ReturnType<typeof credentialsQuery>>[number];

/** @returns undefined for an account that nobody has. */
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
