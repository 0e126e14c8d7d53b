/**
 * The links that move an account to another address: one to the old address, and behind it one to the new. Better Auth's
 * are tokens that name the account and both addresses, so that each works for a day whenever the account is at its old
 * address, also when that has been restored because a thief moved it. Here a change that is asked for is a row, which
 * goes with the move, and with all that ends reset links (`sessions/session-ends.ts`): without it both links are worth nothing.
 */
import { and, eq, exists, gt, lte } from "drizzle-orm";
import { runWithAdapter } from "@better-auth/core/context";
import type { DBAdapter } from "@better-auth/core/db/adapter";
import { BASE_ERROR_CODES } from "@better-auth/core/error";
import { appendQueryParams } from "@better-auth/core/utils/url";
import { APIError } from "better-auth/api";
import { decodeJwt } from "jose";
import * as z from "zod";
import { toApiErrors } from "../../db/api-errors.ts";
import type { Database } from "../../db/database.ts";
import { user, verification } from "../../db/schema.ts";
import { around, type Endpoint, type EndpointContext } from "../better-auth/plugin-changes.ts";

const changeSchema = z.object({
  userId: z.string(),
  email: z.string(),
  updateTo: z.string(),
  iat: z.number(),
});
type Change = z.infer<typeof changeSchema>;

const querySchema = z.object({ token: z.string(), callbackURL: z.string().optional() });

/**
 * Asked for, by whoever gets `token` by mail. Asked for again it is the same change, and earlier links still work.
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

/** Better Auth's `/verify-email`, for which a change of address is one that is open. */
export function withOpenAddressChange<Given extends Endpoint>(
  endpoint: Given,
  database: Database,
): Given {
  return around(endpoint, async (input) => {
    const change = readChange(input);
    if (change === undefined) return endpoint(input as never);
    const row = eq(verification.id, await rowId(change));
    // A link from before the change was ended does not work because it is asked for again.
    const open = () =>
      and(
        row,
        lte(verification.createdAt, new Date(change.iat * 1000)),
        gt(verification.expiresAt, new Date()),
      );
    const opened = () => database.select({ id: verification.id }).from(verification).where(open());
    const isAccount = ({ model, where }: Pick<Query, "model" | "where">) =>
      model === "user" && where[0]?.field === "id" && where[0].value === change.userId;

    const { adapter } = input.context;
    // Where Better Auth asks for the account, it has verified the link, and where it leads.
    const findOne = async (query: Parameters<DBAdapter["findOne"]>[0]) => {
      const asks = isAccount({ model: query.model, where: query.where });
      if (asks && (await opened()).length === 0) throw refusal(input);
      return adapter.findOne(query) as never;
    };
    // The move and the end of its row are one transaction: of two at once the second finds no row.
    const update = async (query: Query) => {
      if (!isAccount(query)) return adapter.update(query) as never;
      const [moved] = await toApiErrors(async () =>
        database.batch([
          database
            .update(user)
            .set({ ...query.update, updatedAt: new Date() })
            .where(and(eq(user.id, change.userId), eq(user.email, change.email), exists(opened())))
            .returning(),
          database.delete(verification).where(row),
        ]),
      );
      if (moved[0] === undefined) throw refusal(input);
      return moved[0] as never;
    };
    return runWithAdapter({ ...adapter, findOne, update }, () => endpoint(input as never));
  });
}

type Query = Parameters<DBAdapter["update"]>[0];

/** Not verified here. */
function readChange({ query }: EndpointContext): Change | undefined {
  try {
    return changeSchema.safeParse(decodeJwt(querySchema.parse(query).token)).data;
  } catch {
    // Better Auth says what is wrong with it.
    return undefined;
  }
}

async function rowId({ userId, email, updateTo }: Omit<Change, "iat">): Promise<string> {
  const named = new TextEncoder().encode(JSON.stringify([userId, email, updateTo]));
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", named));
  return `address-change:${btoa(String.fromCharCode(...hash))}`;
}

/** As Better Auth refuses a link whose account is at another address. */
function refusal({ query }: EndpointContext): APIError {
  const { callbackURL = "" } = querySchema.parse(query);
  const error = BASE_ERROR_CODES.INVALID_TOKEN;
  if (callbackURL === "") return APIError.from("UNAUTHORIZED", error);
  const location = appendQueryParams(callbackURL, new URLSearchParams({ error: error.code }));
  return new APIError("FOUND", undefined, { location });
}
