/**
 * What holds for every session row: how long it may last, and what its token is. A session that began short (an
 * impersonation, a sign-in that is not to be remembered) stays short: Better Auth knows it by a cookie alone, and prolongs
 * the row once that is dropped. And none lasts beyond the absolute limit, however much it is used.
 */
import type { BetterAuthOptions } from "better-auth";
import { createSessionToken } from "./session-token.ts";

const longestUserAgent = 256;
/** Between the two clock readings of a new row. */
const toleranceMilliseconds = 5000;
/** A short session lasts at least this much less than others: its row says that it is one, whatever the lifetime. */
const shorterMilliseconds = 2 * toleranceMilliseconds;

/** These replace a session by a new one of the same user, who did not sign in again. */
const replacingPaths = new Set([
  "/change-password",
  "/two-factor/enable",
  "/two-factor/verify-totp",
  "/two-factor/disable",
]);
const impersonatingPath = "/admin/impersonate-user";

type Hooks = NonNullable<NonNullable<BetterAuthOptions["databaseHooks"]>["session"]>;

export interface SessionLimits {
  /** Without use. */
  lifetimeSeconds: number;
  /** However much it is used; counted from the sign-in. */
  absoluteLifetimeSeconds: number;
}

interface SessionTimes {
  createdAt: Date;
  expiresAt: Date;
}

/** Better Auth's columns for the session, and this one: the session that an impersonation began from, and ends with. */
export const sessionFields = {
  impersonatorSessionId: { type: "string", required: false, input: false, returned: false },
} as const;

/**
 * Until when a used session may be prolonged: a short one not at all, any other to the absolute limit. A session for which
 * this is its `expiresAt` already needs no refresh.
 */
function latestExpiry({ createdAt, expiresAt }: SessionTimes, limits: SessionLimits): Date {
  const began = createdAt.getTime();
  const isShort =
    expiresAt.getTime() - began < limits.lifetimeSeconds * 1000 - toleranceMilliseconds;
  return isShort ? expiresAt : new Date(began + limits.absoluteLifetimeSeconds * 1000);
}

export function sessionHooks(limits: SessionLimits): { session: Hooks } {
  return {
    session: {
      create: {
        before: async (row, context) => {
          const presented = context?.context.session?.session;
          const path = context?.path ?? "";
          const isImpersonation = row["impersonatedBy"] != null && path === impersonatingPath;
          const now = Date.now();
          const full = now + limits.lifetimeSeconds * 1000;
          const isShort =
            isImpersonation ||
            context?.body?.rememberMe === false ||
            Math.abs(new Date(row.expiresAt).getTime() - full) > toleranceMilliseconds;
          let latest = new Date(now + limits.absoluteLifetimeSeconds * 1000);
          if (isShort) latest = earlier(latest, new Date(full - shorterMilliseconds));
          if (presented?.userId === row.userId && replacingPaths.has(path)) {
            const replaced = latestExpiry(readTimes(presented), limits);
            // The one that replaces a short session ends when that would have.
            if (replaced <= new Date(presented.expiresAt)) latest = replaced;
          }
          if (isImpersonation && presented !== undefined) {
            latest = earlier(latest, new Date(presented.expiresAt));
          }
          return {
            data: {
              token: createSessionToken({ impersonation: row["impersonatedBy"] != null }),
              expiresAt: earlier(new Date(row.expiresAt), latest),
              userAgent: row.userAgent?.slice(0, longestUserAgent),
              ...(isImpersonation ? { impersonatorSessionId: presented?.id } : {}),
            },
          };
        },
      },
      update: {
        before: async (change, context) => {
          // The row as it was read for this request.
          const row = context?.context.session?.session;
          if (row === undefined || change.expiresAt === undefined) return undefined;
          const latest = latestExpiry(readTimes(row), limits);
          return { data: { expiresAt: earlier(new Date(change.expiresAt), latest) } };
        },
      },
    },
  };
}

function readTimes(row: { createdAt: Date | string; expiresAt: Date | string }): SessionTimes {
  return { createdAt: new Date(row.createdAt), expiresAt: new Date(row.expiresAt) };
}

function earlier(one: Date, other: Date): Date {
  return one < other ? one : other;
}
