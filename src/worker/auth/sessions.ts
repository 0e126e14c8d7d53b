/**
 * What holds for every session row. A session that began short (an impersonation, a sign-in that is not to be remembered)
 * stays short: Better Auth knows it by a cookie alone, and prolongs the row once that is dropped.
 */
import type { BetterAuthOptions } from "better-auth";

const longestUserAgent = 256;
/** Between the two clock readings of a new row. */
const toleranceMilliseconds = 5000;

type Hooks = NonNullable<NonNullable<BetterAuthOptions["databaseHooks"]>["session"]>;

export function sessionHooks(lifetimeSeconds: number): { session: Hooks } {
  return {
    session: {
      create: {
        before: async ({ userAgent }) => ({
          data: { userAgent: userAgent?.slice(0, longestUserAgent) },
        }),
      },
      update: {
        before: async (change, context) => {
          // The row as it was read for this request.
          const row = context?.context.session?.session;
          if (row === undefined || change.expiresAt === undefined) return undefined;
          const began = new Date(row.createdAt).getTime();
          const expiresAt = new Date(row.expiresAt);
          const short =
            expiresAt.getTime() - began < lifetimeSeconds * 1000 - toleranceMilliseconds;
          return short ? { data: { expiresAt } } : undefined;
        },
      },
    },
  };
}
