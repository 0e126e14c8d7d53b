/**
 * What ends sessions before they expire. A sign-in ends the session that the browser had (fixation: the token that was
 * presented is worth nothing afterwards). A change of password, address, role, ban or second factor ends the user's other
 * sessions, and with them trusted devices, half-done sign-ins, reset links and changes of address that are under way. Where
 * that must be atomic with the change (ban, lost role, second factor), `user_change_ends_sessions` in `db/rules.sql` does it;
 * the rest is one batch here. Signing out everywhere ends all of these, too.
 *
 * A change of a tenant role ends nothing: the role is read live, and otherwise an owner could sign a member out of the whole
 * platform.
 */
import { and, eq, ne, sql } from "drizzle-orm";
import { createAuthMiddleware, isAPIError } from "better-auth/api";
import type { PhasedPlugin } from "../plugin-order.ts";
import type { Database } from "../../db/database.ts";
import { session, verification } from "../../db/schema.ts";
import { readChangedAddress } from "../email-address/completed-change.ts";
import type { Ends } from "../routes/record.ts";
import type { Routes } from "../routes/register.ts";

type HookContext = Parameters<Parameters<typeof createAuthMiddleware>[0]>[0];

/** A user's id, and nothing else that `verification.value` holds, is this short: the index of it covers no more. */
const devicesOf = (userId: string) =>
  and(eq(verification.value, userId), sql`length(${verification.value}) <= 64`);

/** Ends what a user's earlier credentials opened, but for the session with the token `except`. */
export async function endSessions(
  database: Database,
  userId: string,
  { except = "" }: { except?: string | undefined } = {},
): Promise<void> {
  await database.batch([
    database.delete(session).where(and(eq(session.userId, userId), ne(session.token, except))),
    database.delete(verification).where(devicesOf(userId)),
  ]);
}

/** The user whose access a request to a platform admin's route has changed; undefined when it changed something else. */
function namedUser(whose: CredentialsEnd["whose"], { userId, data }: Record<string, unknown>) {
  const changesAccess =
    typeof data === "object" && data !== null && ("role" in data || "email" in data);
  return whose === "named" || changesAccess ? userId : undefined;
}

type CredentialsEnd = Extract<Ends, { what: "credentials" }>;

/** The row by which the browser at hand is a trusted device. */
async function trustOf(ctx: HookContext): Promise<string | undefined> {
  const { name } = ctx.context.createAuthCookie("trust_device");
  const value = await ctx.getSignedCookie(name, ctx.context.secret);
  const [, identifier = ""] = typeof value === "string" ? value.split("!") : [];
  if (identifier === "") return undefined;
  return (await ctx.context.internalAdapter.findVerificationValue(identifier))?.id;
}

/** Goes before the challenge: a sign-in that waits for a code has replaced the session, too. */
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
          // Whoever changes a password may do so because somebody else knows it.
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
            const userId = ends.whose === "own" ? newSession?.user.id : namedUser(ends.whose, body);
            if (typeof userId !== "string") return;
            // Of one's own role, one's other sessions: the browser at hand goes on.
            const current = newSession ?? ctx.context.session;
            const except = current?.user.id === userId ? current.session.token : undefined;
            await endSessions(database, userId, { except });
          }),
        },
        {
          // A thief's browser that is asked for no code would be back with the password alone.
          matcher: (context) => endsOf(context)?.what === "devices",
          handler: createAuthMiddleware(async (ctx) => {
            const ends = endsOf(ctx);
            if (ends?.what !== "devices") return;
            const { returned, session: current } = ctx.context;
            if (isAPIError(returned) || current === null) return;
            // Of an owner who lets impersonators end sessions: no more than those.
            if (current.session["impersonatedBy"] != null) return;
            // Better Auth takes an id of any type for its text.
            const named = (ctx.body as { userId?: unknown } | undefined)?.userId;
            const userId = ends.whose === "own" ? current.user.id : String(named);
            const kept = ends.exceptThisDevice === true ? await trustOf(ctx) : undefined;
            const ended = and(devicesOf(userId), ne(verification.id, kept ?? ""));
            await database.delete(verification).where(ended);
          }),
        },
        {
          // Whoever leaves an address may do so because somebody else reads its mail.
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
          // An impersonation goes back to the admin's own session.
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
