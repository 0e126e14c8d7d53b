/**
 * The first platform admin. Whoever provisions a platform gets a one-time claim token (24 hours); with it a person makes
 * themself the platform's first admin, without any mail being delivered. The database keeps a hash of the token, and a
 * claim works only while there is no platform admin: a forgotten one is worth nothing.
 */
import { and, eq, exists, gt, isNull, ne, notExists, sql, type SQL } from "drizzle-orm";
import { generateId } from "better-auth";
import { APIError, createAuthEndpoint, getSessionFromCtx } from "better-auth/api";
import * as z from "zod";
import type { PhasedPlugin } from "../plugin-order.ts";
import { toApiErrors } from "../../db/api-errors.ts";
import type { Database } from "../../db/database.ts";
import { insertWhen } from "../../db/insert-when.ts";
import { account, platformClaim, session as sessionTable, user } from "../../db/schema.ts";
import { paths } from "../routes/paths.ts";
import { auditInsert } from "../audit/event.ts";
import { platformAdminRole } from "../roles.ts";

const claimBody = z.strictObject({
  token: z.string().min(32).max(128),
  /** For somebody without an account; signed in, the claim goes to the session's user. */
  account: z
    .strictObject({
      name: z.string().trim().min(1).max(256),
      email: z.email().max(254),
      password: z.string(),
    })
    .optional(),
});

/** How a claim token is kept: SHA-256 in hexadecimal. The token has 256 random bits, so no salt is needed. */
export async function hashClaimToken(token: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(token));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

interface ClaimContext {
  body: z.infer<typeof claimBody>;
  context: {
    password: { hash: (password: string) => Promise<string> };
  };
}

const refused = () =>
  new APIError("FORBIDDEN", {
    code: "CLAIM_REFUSED",
    message: "The claim is unknown, used or expired, or the platform has an admin already.",
  });

interface NewAccount {
  userId: string;
  email: string;
  now: Date;
  /** Holds in the batch when the claim before it took effect. */
  isMine: SQL;
}

export function claim({ database }: { database: Database }) {
  /** The rows of a new admin. Whoever holds the claim had it from the operator: that proves more than a mailbox does. */
  async function newAdmin(ctx: ClaimContext, { userId, email, now, isMine }: NewAccount) {
    const { name = "", password = "" } = ctx.body.account ?? {};
    const hash = await ctx.context.password.hash(password);
    const times = { createdAt: now, updatedAt: now };
    return [
      insertWhen(
        database,
        user,
        { id: userId, name, email, emailVerified: true, role: platformAdminRole, ...times },
        isMine,
      ),
      insertWhen(
        database,
        account,
        {
          id: generateId(),
          accountId: userId,
          providerId: "credential",
          userId,
          password: hash,
          ...times,
        },
        isMine,
      ),
    ] as const;
  }

  return {
    id: "nno-claim",
    phase: "serve",
    endpoints: {
      claimPlatform: createAuthEndpoint(
        paths.claim,
        {
          method: "POST",
          body: claimBody,
          requireHeaders: true,
          metadata: {
            openapi: {
              operationId: "claimPlatform",
              description:
                "Become the platform's first admin with a one-time claim token; the signed-in user does, or a new account",
              responses: { "200": { description: "The user is a platform admin now" } },
            },
          },
        },
        async (ctx) => {
          const tokenHash = await hashClaimToken(ctx.body.token);
          const now = new Date();
          // The role is spelled out, not bound: only then does SQLite use the index of platform admins.
          const open = and(
            eq(platformClaim.tokenHash, tokenHash),
            isNull(platformClaim.claimedAt),
            gt(platformClaim.expiresAt, now),
            notExists(
              database
                .select({ id: user.id })
                .from(user)
                .where(sql`${user.role} = 'platform-admin'`),
            ),
          );
          const found = await database.query.platformClaim.findFirst({ where: open });
          if (found === undefined) throw refused();

          const session = await getSessionFromCtx(ctx);
          const email = session?.user.email ?? ctx.body.account?.email.toLowerCase();
          if (email === undefined) {
            throw new APIError("BAD_REQUEST", {
              code: "ACCOUNT_REQUIRED",
              message: "Sign in first, or give name, email and password of the new account.",
            });
          }
          if (found.email !== null && found.email.toLowerCase() !== email) throw refused();

          const userId = session?.user.id ?? generateId();
          // One transaction: of two claims at once the second finds the first one's row, and inserts and updates nothing.
          const claimed = database
            .update(platformClaim)
            .set({ claimedAt: now, claimedBy: userId })
            .where(open)
            .returning({ email: platformClaim.email });
          const isMine = exists(
            database
              .select({ tokenHash: platformClaim.tokenHash })
              .from(platformClaim)
              .where(
                and(eq(platformClaim.tokenHash, tokenHash), eq(platformClaim.claimedBy, userId)),
              ),
          );
          const event = auditInsert(
            database,
            { event: "platform.claimed", actorId: userId, headers: ctx.headers },
            isMine,
          );
          const [winners] = await toApiErrors(async () =>
            session === null
              ? database.batch([
                  claimed,
                  ...(await newAdmin(ctx, { userId, email, now, isMine })),
                  event,
                ])
              : database.batch([
                  claimed,
                  database
                    .update(user)
                    .set({ role: platformAdminRole, updatedAt: now })
                    .where(and(eq(user.id, userId), isMine)),
                  // Whoever holds another session of this user's would be an admin with it.
                  database
                    .delete(sessionTable)
                    .where(
                      and(
                        eq(sessionTable.userId, userId),
                        ne(sessionTable.id, session.session.id),
                        isMine,
                      ),
                    ),
                  event,
                ]),
          );
          if (winners.length === 0) throw refused();
          return ctx.json({ user: { id: userId, email, role: platformAdminRole } });
        },
      ),
    },
  } satisfies PhasedPlugin;
}
