/**
 * Decides how long a session may last, and makes its token. A short session (an impersonation, or a sign-in without
 * "remember me") stays short: Better Auth recognises one only by a cookie, and would prolong its row once the client
 * drops that cookie. No session outlives the absolute limit, however much it is used and whatever the limit was when
 * its row was written. The session of a banned user counts as expired.
 */
import { hasRequestState } from "@better-auth/core/context";
import type { BetterAuthOptions } from "better-auth";
import { setShouldSkipSessionRefresh } from "better-auth/api";
import { createSessionToken } from "../../cookies/session-token.ts";
import type { RouteRecord } from "../routes/record.ts";
import type { Routes } from "../routes/register.ts";

const longestUserAgent = 256;
/** Better Auth and this file each read the clock for a new row; the readings may differ by this much. */
const toleranceMilliseconds = 5000;
/** A short session is at least this much shorter than others, so that its row always shows that it is one. */
const shorterMilliseconds = 2 * toleranceMilliseconds;

type Hooks = NonNullable<NonNullable<BetterAuthOptions["databaseHooks"]>["session"]>;

export interface SessionLimits {
  /** How long a session lasts without use. */
  lifetimeSeconds: number;
  /** How long it lasts after the sign-in, however much it is used. */
  absoluteLifetimeSeconds: number;
}

interface SessionTimes {
  createdAt: Date;
  expiresAt: Date;
}

/** The columns that a session has in addition to Better Auth's. */
export const sessionFields = {
  /** The admin's session from which an impersonation was started; both end together. */
  impersonatorSessionId: { type: "string", required: false, input: false, returned: false },
  /**
   * The sign-in showed none of the account's own credentials: a provider, or a mailed link, vouched for the user. Where
   * there is a password, such a sign-in is no recent proof.
   */
  vouchedFor: { type: "boolean", required: false, input: false, returned: false },
  /** When the user last entered the password or a code again. */
  provenAt: { type: "date", required: false, input: false, returned: false },
} as const;

/**
 * The latest time at which a session may expire: its present `expiresAt` if it is short, else the absolute limit. A
 * session whose `expiresAt` is this time needs no refresh. One with a later `expiresAt` was written under other limits,
 * and ends at this time.
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
 * Corrects the rows that Better Auth's adapter reads: a session that must be over is returned as expired, whatever its
 * row says, and Better Auth then ends it. This covers every route that reads a session.
 */
export function readSessions(limits: SessionLimits) {
  return async (model: string, row: Row): Promise<Row> => {
    const { createdAt, expiresAt } = row;
    if (model !== "session" || !(createdAt instanceof Date) || !(expiresAt instanceof Date)) {
      return row;
    }
    if (isBanned(row["user"])) return { ...row, expiresAt: new Date(0) };
    const latest = latestExpiry({ createdAt, expiresAt }, limits);
    // The session already lasts as long as it may, so a refresh would write a row for nothing.
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
          const kind = context == null ? undefined : routes.of(context)?.newSession;
          const isImpersonation = row["impersonatedBy"] != null && kind === "impersonation";
          const now = Date.now();
          const fullLifetimeEnd = now + limits.lifetimeSeconds * 1000;
          const isShort =
            isImpersonation ||
            context?.body?.rememberMe === false ||
            Math.abs(new Date(row.expiresAt).getTime() - fullLifetimeEnd) > toleranceMilliseconds;
          const replaced =
            presented?.userId === row.userId && kind === "replacement"
              ? readTimes(presented)
              : undefined;
          // A replacement is as old as the session that it replaces, and ends when that one would have.
          let latest =
            replaced === undefined
              ? new Date(now + limits.absoluteLifetimeSeconds * 1000)
              : latestExpiry(replaced, limits);
          if (isShort) latest = earlier(latest, new Date(fullLifetimeEnd - shorterMilliseconds));
          if (isImpersonation && presented !== undefined) {
            latest = earlier(latest, new Date(presented.expiresAt));
          }
          return {
            data: {
              ...(replaced === undefined ? {} : { createdAt: replaced.createdAt }),
              token: createSessionToken({ impersonation: row["impersonatedBy"] != null }),
              expiresAt: earlier(new Date(row.expiresAt), latest),
              userAgent: row.userAgent?.slice(0, longestUserAgent),
              vouchedFor: !showsCredential(context == null ? undefined : routes.of(context)),
              ...(isImpersonation ? { impersonatorSessionId: presented?.id } : {}),
            },
          };
        },
      },
      update: {
        before: async (change, context) => {
          // This is the row as it was read for this request.
          const row = context?.context.session?.session;
          if (row === undefined || change.expiresAt === undefined) return undefined;
          const latest = latestExpiry(readTimes(row), limits);
          return { data: { expiresAt: earlier(new Date(change.expiresAt), latest) } };
        },
      },
    },
  };
}

/** A route that replaces a session, or completes a sign-in, has checked a credential. So has one that takes a guess. */
function showsCredential(record: RouteRecord | undefined): boolean {
  if (record?.newSession !== undefined) return true;
  return record?.guess !== undefined && record.provider === undefined;
}

function readTimes(row: { createdAt: Date | string; expiresAt: Date | string }): SessionTimes {
  return { createdAt: new Date(row.createdAt), expiresAt: new Date(row.expiresAt) };
}

function earlier(one: Date, other: Date): Date {
  return one < other ? one : other;
}
