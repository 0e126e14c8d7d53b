/**
 * What holds for every session row: how long it may last, and what its token is. A session that began short (an
 * impersonation, a sign-in that is not to be remembered) stays short: Better Auth knows it by a cookie alone, and prolongs
 * the row once that is dropped. None lasts beyond the absolute limit, however much it is used and whatever the limits were
 * when its row was written. And none is live whose user is banned.
 */
import { hasRequestState } from "@better-auth/core/context";
import type { BetterAuthOptions } from "better-auth";
import { setShouldSkipSessionRefresh } from "better-auth/api";
import { createSessionToken } from "../../cookies/session-token.ts";
import type { Routes } from "../routes/register.ts";

const longestUserAgent = 256;
/** Between the two clock readings of a new row. */
const toleranceMilliseconds = 5000;
/** A short session lasts at least this much less than others: its row says that it is one, whatever the lifetime. */
const shorterMilliseconds = 2 * toleranceMilliseconds;

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

/** Better Auth's columns for the session, and these. */
export const sessionFields = {
  /** The session that an impersonation began from, and ends with. */
  impersonatorSessionId: { type: "string", required: false, input: false, returned: false },
  /** When its user last showed the password or a code again. */
  provenAt: { type: "date", required: false, input: false, returned: false },
} as const;

/**
 * Until when a session may last: a short one as it began, any other to the absolute limit. A session for which this is its
 * `expiresAt` already needs no refresh; one with a later `expiresAt` was written under other limits, and ends at this.
 */
export function latestExpiry({ createdAt, expiresAt }: SessionTimes, limits: SessionLimits): Date {
  const began = createdAt.getTime();
  const isShort =
    expiresAt.getTime() - began < limits.lifetimeSeconds * 1000 - toleranceMilliseconds;
  const limit = new Date(began + limits.absoluteLifetimeSeconds * 1000);
  return isShort ? earlier(expiresAt, limit) : limit;
}

type Row = Record<string, unknown>;

/**
 * A row that Better Auth's adapter has read, as it counts: a session that has to be over has expired, whatever its row
 * says, and Better Auth ends it. So for every route that asks who is there.
 */
export function readSessions(limits: SessionLimits) {
  return async (model: string, row: Row): Promise<Row> => {
    const { createdAt, expiresAt } = row;
    if (model !== "session" || !(createdAt instanceof Date) || !(expiresAt instanceof Date)) {
      return row;
    }
    if (isBanned(row["user"])) return { ...row, expiresAt: new Date(0) };
    const latest = latestExpiry({ createdAt, expiresAt }, limits);
    // A refresh would gain nothing.
    if (expiresAt.getTime() === latest.getTime() && (await hasRequestState())) {
      await setShouldSkipSessionRefresh(true);
    }
    return { ...row, expiresAt: earlier(expiresAt, latest) };
  };
}

function isBanned(user: unknown): boolean {
  if (typeof user !== "object" || user === null) return false;
  const { banned, banExpires }: { banned?: unknown; banExpires?: unknown } = user;
  return banned === true && !(banExpires instanceof Date && banExpires.getTime() < Date.now());
}

export function sessionHooks(routes: Routes, limits: SessionLimits): { session: Hooks } {
  return {
    session: {
      create: {
        before: async (row, context) => {
          const presented = context?.context.session?.session;
          const made = context == null ? undefined : routes.of(context)?.newSession;
          const isImpersonation = row["impersonatedBy"] != null && made === "impersonation";
          const now = Date.now();
          const full = now + limits.lifetimeSeconds * 1000;
          const isShort =
            isImpersonation ||
            context?.body?.rememberMe === false ||
            Math.abs(new Date(row.expiresAt).getTime() - full) > toleranceMilliseconds;
          const replaced =
            presented?.userId === row.userId && made === "replacement"
              ? readTimes(presented)
              : undefined;
          // The one that replaces a session is as old as that, and ends when that would have.
          let latest =
            replaced === undefined
              ? new Date(now + limits.absoluteLifetimeSeconds * 1000)
              : latestExpiry(replaced, limits);
          if (isShort) latest = earlier(latest, new Date(full - shorterMilliseconds));
          if (isImpersonation && presented !== undefined) {
            latest = earlier(latest, new Date(presented.expiresAt));
          }
          return {
            data: {
              ...(replaced === undefined ? {} : { createdAt: replaced.createdAt }),
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
