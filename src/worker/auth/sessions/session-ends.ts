/**
 * Ends sessions before they expire. A sign-in ends the session that the browser had, so that a token that was planted
 * there is worthless afterwards (session fixation). A change of password, address, role, ban or second factor ends the
 * user's other sessions, and with them trusted devices, unfinished sign-ins, reset links and pending changes of
 * address. A reset of the password, also by an admin, disconnects the providers that were connected later, too. Where that must be atomic with the change (ban, lost role, second factor), `user_change_ends_sessions` in
 * `db/rules.sql` does it; the other cases are one batch here. Signing out everywhere ends all of these, too.
 *
 * A change of a tenant role ends no session: the role is read on every request, and ending sessions would let an owner
 * sign a member out of the whole platform.
 */
import { and, eq, inArray, ne, sql } from "drizzle-orm";
import { createAuthMiddleware, isAPIError } from "better-auth/api";
import type { PhasedPlugin } from "../plugin-order.ts";
import type { Database } from "../../db/database.ts";
import { account, session, user, verification } from "../../db/schema.ts";
import { auditInsert } from "../audit/event.ts";
import { readChangedAddress } from "../email-address/completed-change.ts";
import type { Ends } from "../routes/record.ts";
import type { Routes } from "../routes/register.ts";

type HookContext = Parameters<Parameters<typeof createAuthMiddleware>[0]>[0];

/**
 * The verifications that hold a user's id. Only ids, and the links of `ownersLink`, are this short, and the index covers
 * only values of this length.
 */
const verificationsOf = (userId: string) =>
  and(eq(verification.value, userId), sql`length(${verification.value}) <= 64`);

/**
 * The value of a mailed link that ends a user's sessions. It is not the id alone: a thief who changes the password, or ends
 * all other sessions, must not remove the link with which the owner ends theirs.
 */
export const ownersLink = (userId: string) => `owner:${userId}`;

/** Those, and the links that end the user's sessions. */
export const allVerificationsOf = (userId: string) =>
  and(
    inArray(verification.value, [userId, ownersLink(userId)]),
    sql`length(${verification.value}) <= 64`,
  );

interface EndOptions {
  /** The token of the session that stays. */
  except?: string | undefined;
  /** The user has read the account's mail, so no link in an earlier one is needed any more. */
  byMail?: true;
  /** Also disconnects the providers that were connected after the sign-up; the actor is for the audit log. */
  disconnectFor?: { actorId: string; headers: Headers | undefined };
}

/** Ends everything that a user's earlier credentials opened, except the session with the token `except`. */
export async function endSessions(
  database: Database,
  userId: string,
  { except = "", byMail, disconnectFor }: EndOptions = {},
): Promise<void> {
  const ended = byMail === true ? allVerificationsOf(userId) : verificationsOf(userId);
  const ends = [
    database.delete(session).where(and(eq(session.userId, userId), ne(session.token, except))),
    database.delete(verification).where(ended),
  ] as const;
  if (disconnectFor === undefined) {
    await database.batch(ends);
    return;
  }
  const disconnects = database
    .delete(account)
    .where(connectedLater(userId))
    .returning({ provider: account.providerId });
  const [, , disconnected] = await database.batch([...ends, disconnects]);
  const [first, ...others] = disconnected.map(({ provider }) =>
    auditInsert(database, {
      event: "account.unlinked",
      subjectId: userId,
      detail: { provider },
      ...disconnectFor,
    }),
  );
  if (first !== undefined) await database.batch([first, ...others]);
}

/** A sign-up at a provider writes the user, and then the account at the provider. */
const signUpMilliseconds = 60_000;

/**
 * The providers that were connected to an account after it was made. Somebody who had the session or the password may have
 * connected one, to come back with it. The provider of the sign-up is its user's own: it is the first, and was connected
 * together with the user. The oldest that is left is not enough, because a thief can disconnect what was there before.
 */
function connectedLater(userId: string) {
  const madeAt = sql`(SELECT created_at FROM ${user} WHERE id = ${userId})`;
  const first = sql`coalesce((SELECT id FROM ${account} WHERE user_id = ${userId}
    AND created_at <= ${madeAt} + ${signUpMilliseconds} ORDER BY created_at, rowid LIMIT 1), '')`;
  return and(
    eq(account.userId, userId),
    ne(account.providerId, "credential"),
    ne(account.id, first),
  );
}

/** The user whose access a platform admin has changed; undefined when the request changed something else. */
function userWithChangedAccess(
  whose: CredentialsEnd["whose"],
  { userId, data }: Record<string, unknown>,
) {
  const changesAccess =
    typeof data === "object" && data !== null && ("role" in data || "email" in data);
  return whose === "named" || changesAccess ? userId : undefined;
}

type CredentialsEnd = Extract<Ends, { what: "credentials" }>;

/** The id of the row that makes the caller's browser a trusted device. */
async function trustedDeviceId(ctx: HookContext): Promise<string | undefined> {
  const { name } = ctx.context.createAuthCookie("trust_device");
  const value = await ctx.getSignedCookie(name, ctx.context.secret);
  const [, identifier = ""] = typeof value === "string" ? value.split("!") : [];
  if (identifier === "") return undefined;
  return (await ctx.context.internalAdapter.findVerificationValue(identifier))?.id;
}

/** Runs before the challenge, because a sign-in that waits for a code replaces the browser's session, too. */
export function sessionEnds({ routes, database }: { routes: Routes; database: Database }) {
  const endsOf = (asked: Parameters<Routes["of"]>[0]) => routes.of(asked)?.ends;
  return {
    id: "nno-session-ends",
    phase: "end-old-session",
    hooks: {
      before: [
        {
          matcher: (context) => {
            const ends = endsOf(context);
            return ends?.what === "credentials" && ends.whose === "own";
          },
          // People change a password when somebody else may know it, so it always ends their other sessions.
          handler: createAuthMiddleware(async (ctx) => ({
            context: { body: { ...(ctx.body as object), revokeOtherSessions: true } },
          })),
        },
      ],
      after: [
        {
          matcher: (context) => {
            const ends = endsOf(context);
            return ends?.what === "credentials" && ends.whose !== "moved";
          },
          handler: createAuthMiddleware(async (ctx) => {
            const ends = endsOf(ctx);
            if (isAPIError(ctx.context.returned) || ends?.what !== "credentials") return;
            const { newSession } = ctx.context;
            const body = (ctx.body ?? {}) as Record<string, unknown>;
            const userId =
              ends.whose === "own" ? newSession?.user.id : userWithChangedAccess(ends.whose, body);
            if (typeof userId !== "string") return;
            // Admins who change their own role stay signed in here, and lose their other sessions.
            const current = newSession ?? ctx.context.session;
            const except = current?.user.id === userId ? current.session.token : undefined;
            const isSetByAdmin = routes.of(ctx)?.newPassword?.whose === "named";
            const actorId = ctx.context.session?.user.id;
            await endSessions(database, userId, {
              except,
              ...(isSetByAdmin && actorId !== undefined
                ? { disconnectFor: { actorId, headers: ctx.headers } }
                : {}),
            });
          }),
        },
        {
          // A thief whose browser stays trusted would be back with the password alone.
          matcher: (context) => endsOf(context)?.what === "devices",
          handler: createAuthMiddleware(async (ctx) => {
            const ends = endsOf(ctx);
            if (ends?.what !== "devices") return;
            const { returned, session: current } = ctx.context;
            if (isAPIError(returned) || current === null) return;
            // An impersonator may end sessions if the owner allows it, but not revoke trusted devices.
            if (current.session["impersonatedBy"] != null) return;
            // Better Auth converts an id of any type to a string.
            const named = (ctx.body as { userId?: unknown } | undefined)?.userId;
            const userId = ends.whose === "own" ? current.user.id : String(named);
            const keptId = ends.exceptThisDevice === true ? await trustedDeviceId(ctx) : undefined;
            const ended = and(verificationsOf(userId), ne(verification.id, keptId ?? ""));
            await database.delete(verification).where(ended);
          }),
        },
        {
          // People leave an address when somebody else may read its mail, so it ends their other sessions.
          matcher: (context) => {
            const ends = endsOf(context);
            return ends?.what === "credentials" && ends.whose === "moved";
          },
          handler: createAuthMiddleware(async (ctx) => {
            const changed = readChangedAddress(ctx);
            if (changed === undefined) return;
            const current = ctx.context.newSession ?? ctx.context.session;
            const except = current?.user.id === changed.userId ? current.session.token : undefined;
            await endSessions(database, changed.userId, { except });
          }),
        },
        {
          // An impersonation keeps the admin's own session, to which it returns.
          matcher: (context) =>
            context.context.newSession != null &&
            routes.of(context)?.newSession !== "impersonation",
          handler: createAuthMiddleware(async (ctx) => {
            const { name } = ctx.context.authCookies.sessionToken;
            const presented = await ctx.getSignedCookie(name, ctx.context.secret);
            const token = ctx.context.newSession?.session.token;
            if (typeof presented !== "string" || presented === token) return;
            await database.delete(session).where(eq(session.token, presented));
          }),
        },
      ],
    },
  } satisfies PhasedPlugin;
}
