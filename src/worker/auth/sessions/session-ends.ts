/**
 * When sessions end, beside their time. A sign-in ends the session that the browser had (fixation: what was presented is
 * worth nothing afterwards). A change of password, address, role, ban or second factor ends the user's other sessions, and with
 * them trusted devices, half-done sign-ins, reset links and changes of address that are under way. What must be atomic with
 * the change (ban, lost role, second factor) is a trigger of `migrations/0003`; the rest is one batch here. Whoever signs out
 * everywhere means all that, too.
 *
 * A tenant role ends nothing: it is read live, and else an owner could sign a member out of the whole platform.
 */
import { and, eq, ne, sql } from "drizzle-orm";
import type { BetterAuthPlugin } from "better-auth";
import { createAuthMiddleware, isAPIError } from "better-auth/api";
import type { Database } from "../../db/database.ts";
import { session, verification } from "../../db/schema.ts";
import { readChangedAddress } from "../email-address/completed-change.ts";

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

/** Route -> whose sessions end once it has succeeded. */
const endings: Record<string, (body: Record<string, unknown>) => unknown> = {
  "/admin/set-role": ({ userId }) => userId,
  "/admin/set-user-password": ({ userId }) => userId,
  "/admin/update-user": ({ userId, data }) =>
    typeof data === "object" && data !== null && ("role" in data || "email" in data)
      ? userId
      : undefined,
};

/** Whose devices are trusted no more once all sessions, or all others, have been ended. */
const signsOutEverywhere: Record<string, (body: unknown, own: string) => string> = {
  "/revoke-sessions": (_body, own) => own,
  "/revoke-other-sessions": (_body, own) => own,
  // Better Auth makes a string of whatever it is.
  "/admin/revoke-user-sessions": (body) => String((body as { userId: unknown }).userId),
};

/** The row by which the browser at hand is a trusted device. */
async function trustOf(ctx: HookContext): Promise<string | undefined> {
  const { name } = ctx.context.createAuthCookie("trust_device");
  const value = await ctx.getSignedCookie(name, ctx.context.secret);
  const [, identifier = ""] = typeof value === "string" ? value.split("!") : [];
  if (identifier === "") return undefined;
  return (await ctx.context.internalAdapter.findVerificationValue(identifier))?.id;
}

/** Goes before the challenge: a sign-in that waits for a code has replaced the session, too. */
export function sessionEnds({ database }: { database: Database }) {
  return {
    id: "nno-session-ends",
    hooks: {
      before: [
        {
          matcher: ({ path }) => path === "/change-password",
          // Whoever changes a password may do so because somebody else knows it.
          handler: createAuthMiddleware(async (ctx) => ({
            context: { body: { ...(ctx.body as object), revokeOtherSessions: true } },
          })),
        },
      ],
      after: [
        {
          matcher: ({ path }) => path === "/change-password" || endings[path ?? ""] !== undefined,
          handler: createAuthMiddleware(async (ctx) => {
            if (isAPIError(ctx.context.returned)) return;
            const { newSession } = ctx.context;
            const userId =
              endings[ctx.path]?.(ctx.body as Record<string, unknown>) ?? newSession?.user.id;
            if (typeof userId !== "string") return;
            // Of one's own role, one's other sessions: the browser at hand goes on.
            const current = newSession ?? ctx.context.session;
            const except = current?.user.id === userId ? current.session.token : undefined;
            await endSessions(database, userId, { except });
          }),
        },
        {
          // A thief's browser that is asked for no code would be back with the password alone.
          matcher: ({ path }) => signsOutEverywhere[path ?? ""] !== undefined,
          handler: createAuthMiddleware(async (ctx) => {
            const { returned, session: current } = ctx.context;
            if (isAPIError(returned) || current === null) return;
            // Of an owner who lets impersonators end sessions: no more than those.
            if (current.session["impersonatedBy"] != null) return;
            const userId = signsOutEverywhere[ctx.path]?.(ctx.body, current.user.id) ?? "";
            const kept = ctx.path === "/revoke-other-sessions" ? await trustOf(ctx) : undefined;
            const ended = and(devicesOf(userId), ne(verification.id, kept ?? ""));
            await database.delete(verification).where(ended);
          }),
        },
        {
          // Whoever leaves an address may do so because somebody else reads its mail.
          matcher: ({ path }) => path === "/verify-email",
          handler: createAuthMiddleware(async (ctx) => {
            const changed = readChangedAddress(ctx);
            if (changed === undefined) return;
            const current = ctx.context.newSession ?? ctx.context.session;
            const except = current?.user.id === changed.userId ? current.session.token : undefined;
            await endSessions(database, changed.userId, { except });
          }),
        },
        {
          matcher: ({ path, context }) =>
            context.newSession != null && path !== "/admin/impersonate-user",
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
  } satisfies BetterAuthPlugin;
}
