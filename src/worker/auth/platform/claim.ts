/**
 * Creates the first platform admin. Provisioning hands the operator a one-time claim token that is valid for 24 hours.
 * With it a person becomes the platform's first admin, even if mail is not delivered yet. The database keeps only a
 * hash of the token. A claim works only while there is no platform admin, so a forgotten token is worthless.
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
  /** For a person without an account. If the caller is signed in, the session's user becomes the admin. */
  account: z
    .strictObject({
      name: z.string().trim().min(1).max(256),
      email: z.email().max(254),
      password: z.string(),
    })
    .optional(),
});

/**
 * The SHA-256 of a claim token in hexadecimal, which is stored. The token has 256 random bits, so no salt is needed.
 */
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
    message: "The claim is unknown, used or expired, or the platform already has an admin.",
  });

interface NewAccount {
  userId: string;
  email: string;
  now: Date;
  /** Holds in the batch only if this request's claim took effect. */
  isClaimed: SQL;
}

export function claim({ database }: { database: Database }) {
  /**
   * The rows of a new admin. The token came from the operator, which proves more than a mailbox, so the address counts
   * as confirmed.
   */
  async function newAdmin(ctx: ClaimContext, { userId, email, now, isClaimed }: NewAccount) {
    const { name = "", password = "" } = ctx.body.account ?? {};
    const hash = await ctx.context.password.hash(password);
    const times = { createdAt: now, updatedAt: now };
    return [
      insertWhen(
        database,
        user,
        { id: userId, name, email, emailVerified: true, role: platformAdminRole, ...times },
        isClaimed,
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
        isClaimed,
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
                "Makes the signed-in user, or a new account, the platform's first admin, with a one-time claim token",
              responses: { "200": { description: "The user is now a platform admin" } },
            },
          },
        },
        async (ctx) => {
          const tokenHash = await hashClaimToken(ctx.body.token);
          const now = new Date();
          // The role is a literal and not a bound value, because only then does SQLite use the index of platform
          // admins.
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
              message: "Sign in first, or send the name, email and password of a new account.",
            });
          }
          if (found.email !== null && found.email.toLowerCase() !== email) throw refused();

          const userId = session?.user.id ?? generateId();
          // The batch is one transaction: of two concurrent claims, the second finds the claim used and changes
          // nothing.
          const claimed = database
            .update(platformClaim)
            .set({ claimedAt: now, claimedBy: userId })
            .where(open)
            .returning({ email: platformClaim.email });
          const isClaimed = exists(
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
            isClaimed,
          );
          const [winners] = await toApiErrors(async () =>
            session === null
              ? database.batch([
                  claimed,
                  ...(await newAdmin(ctx, { userId, email, now, isClaimed })),
                  event,
                ])
              : database.batch([
                  claimed,
                  database
                    .update(user)
                    .set({ role: platformAdminRole, updatedAt: now })
                    .where(and(eq(user.id, userId), isClaimed)),
                  // Another session of this user may be somebody else's, who would become an admin with it.
                  database
                    .delete(sessionTable)
                    .where(
                      and(
                        eq(sessionTable.userId, userId),
                        ne(sessionTable.id, session.session.id),
                        isClaimed,
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
