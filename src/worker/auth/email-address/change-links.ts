/**
 * The links that move an account to another address: one goes to the old address, and a second one to the new address once
 * the first was followed. Better Auth's links are tokens that name the account and both addresses, so each would work until
 * it expires whenever the account is at its old address, even after that was restored because a thief had moved it. Here an
 * open change is a row; it goes with the move, and with everything that ends reset links (`sessions/session-ends.ts`).
 * Without the row, both links are worth nothing.
 */
import { and, eq, exists, gt, lte } from "drizzle-orm";
import { BASE_ERROR_CODES } from "@better-auth/core/error";
import { appendQueryParams } from "@better-auth/core/utils/url";
import { APIError } from "better-auth/api";
import { decodeJwt } from "jose";
import * as z from "zod";
import { toApiErrors } from "../../db/api-errors.ts";
import type { Database } from "../../db/database.ts";
import { user, verification } from "../../db/schema.ts";

const changeSchema = z.object({
  userId: z.string(),
  email: z.string(),
  updateTo: z.string(),
  iat: z.number(),
  requestType: z.string().optional(),
});
type AddressChange = z.infer<typeof changeSchema>;

const querySchema = z.object({ token: z.string(), callbackURL: z.string().optional() });

/**
 * Opens the change that the link with `token` is for. Asking again keeps it the same change: earlier links still work.
 *
 * @param seconds how long both links together may take.
 */
export async function openAddressChange(
  database: Database,
  token: string,
  seconds: number,
): Promise<void> {
  const { iat, ...change } = changeSchema.parse(decodeJwt(token));
  const id = await rowId(change);
  const createdAt = new Date(iat * 1000);
  const expiresAt = new Date(createdAt.getTime() + seconds * 1000);
  await database
    .insert(verification)
    .values({
      id,
      identifier: id,
      value: change.userId,
      expiresAt,
      createdAt,
      updatedAt: createdAt,
    })
    .onConflictDoUpdate({ target: verification.id, set: { expiresAt } });
}

/** The change that a link of `/verify-email` is for. Its signature is not verified here: Better Auth does that. */
export function readAddressChange(query: unknown): AddressChange | undefined {
  try {
    return changeSchema.safeParse(decodeJwt(querySchema.parse(query).token)).data;
  } catch {
    // Better Auth tells what is wrong with the link.
    return undefined;
  }
}

export async function isAddressChangeOpen(
  database: Database,
  change: AddressChange,
): Promise<boolean> {
  return (await selectOpenRow(database, change, await rowId(change))).length > 0;
}

/**
 * Moves the account and closes the change, together.
 *
 * @param values what Better Auth writes to the user.
 * @returns the user, or undefined when the change is not open any more or the account is at another address.
 */
export async function moveAddress(
  database: Database,
  change: AddressChange,
  values: Record<string, unknown>,
) {
  const id = await rowId(change);
  const isOpen = exists(selectOpenRow(database, change, id));
  const [moved] = await toApiErrors(async () =>
    database.batch([
      database
        .update(user)
        .set({ ...values, updatedAt: new Date() })
        .where(and(eq(user.id, change.userId), eq(user.email, change.email), isOpen))
        .returning(),
      database.delete(verification).where(eq(verification.id, id)),
    ]),
  );
  return moved[0];
}

/** A link that is older than the row does not work: its change was ended, and then asked for again. */
function selectOpenRow(database: Database, { iat }: AddressChange, id: string) {
  return database
    .select({ id: verification.id })
    .from(verification)
    .where(
      and(
        eq(verification.id, id),
        lte(verification.createdAt, new Date(iat * 1000)),
        gt(verification.expiresAt, new Date()),
      ),
    );
}

async function rowId({
  userId,
  email,
  updateTo,
}: Pick<AddressChange, "userId" | "email" | "updateTo">): Promise<string> {
  const named = new TextEncoder().encode(JSON.stringify([userId, email, updateTo]));
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", named));
  return `address-change:${btoa(String.fromCharCode(...hash))}`;
}

/** Refuses a link as Better Auth refuses one whose account is at another address. */
export function refuseLink(query: unknown): APIError {
  const { callbackURL = "" } = querySchema.parse(query);
  const error = BASE_ERROR_CODES.INVALID_TOKEN;
  if (callbackURL === "") return APIError.from("UNAUTHORIZED", error);
  const location = appendQueryParams(callbackURL, new URLSearchParams({ error: error.code }));
  return new APIError("FOUND", undefined, { location });
}
