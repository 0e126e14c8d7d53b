/** A request that guesses a password or a code: what it guesses at, and whether the guess was wrong. */
import { isAPIError, type createAuthMiddleware } from "better-auth/api";
import { requestState } from "../../request-scope.ts";
import type { RouteRecord } from "../routes/record.ts";
import { sessionBeforeRoute } from "../sessions/session-before-route.ts";
import { challengedUser } from "../two-factor/check-totp-code.ts";
import { secondFactorOf } from "./guess-limits.ts";
import type { Credentials } from "./credentials.ts";

type Context = Parameters<Parameters<typeof createAuthMiddleware>[0]>[0];

export interface Guess {
  /** What is guessed at: an account, somebody's password or second factor. */
  account: string;
  /** The account's address, where it is known: for the device's cookie. */
  email: string | undefined;
  /** A code of the second factor that was sent along with a password. */
  code?: string | undefined;
  isCode?: boolean;
  /** The second factor that the request guesses at beside the password. */
  factor?: string;
  /** It is a password, so that judging it costs a hash. */
  costsHash?: boolean;
}

/** Set once a guess was counted. Called with its outcome, it gives a right try back; only the first call counts. */
export const releaseTry = requestState<(outcome: { wrong: boolean }) => Promise<void>>();

/** The credentials of the account that is guessed at, as they were before the guess was judged. */
export const guessedCredentials = requestState<Credentials>();

/** Codes of refusals that say "wrong"; with any other, the request was refused for another reason. */
const wrongCodes = new Set([
  "INVALID_PASSWORD",
  "INVALID_CODE",
  "INVALID_BACKUP_CODE",
  "INVALID_OTP",
]);

/** Whether a guess that was counted stays counted. */
export function isWrong(route: RouteRecord | undefined, returned: unknown): boolean {
  if (!isAPIError(returned)) return false;
  // Nobody has said which refusals of such a route mean "wrong".
  if (route?.guess === "anything") return returned.statusCode >= 400;
  const { code } = (returned.body ?? {}) as { code?: string };
  return returned.statusCode === 401 || wrongCodes.has(code ?? "");
}

/** Undefined for a request that guesses nothing: it has no password or code, or there is no account to guess at. */
export async function readGuess(
  ctx: Context,
  route: RouteRecord | undefined,
): Promise<Guess | undefined> {
  return route?.guess === undefined ? undefined : readers[route.guess](ctx, route);
}

type Reader = (ctx: Context, route: RouteRecord) => Promise<Guess | undefined>;

const readers: Record<NonNullable<RouteRecord["guess"]>, Reader> = {
  "sign-in": async (ctx, route) => readSignIn(fieldsOf(ctx), route),
  async code(ctx) {
    const userId = await challengedUser(ctx);
    if (userId === undefined) return undefined;
    const user = await ctx.context.internalAdapter.findUserById(userId);
    return { account: secondFactorOf(userId), email: user?.email, isCode: true };
  },
  async "own-password"(ctx, { takesFactor }) {
    const { password, currentPassword, code } = fieldsOf(ctx);
    const hasPassword = typeof (password ?? currentPassword) === "string";
    const hasCode = takesFactor === true && typeof code === "string";
    const session = hasPassword || hasCode ? await sessionBeforeRoute(ctx) : null;
    if (session === null) return undefined;
    const { id, email } = session.user;
    const factor = secondFactorOf(id);
    if (!hasPassword) return { account: factor, email, isCode: true };
    const guess = { account: `password:${id}`, email, costsHash: true };
    return hasCode ? { ...guess, factor } : guess;
  },
  async anything(ctx) {
    const session = await sessionBeforeRoute(ctx);
    if (session === null) return undefined;
    return { account: `route:${ctx.path}:${session.user.id}`, email: undefined };
  },
};

function fieldsOf({ body }: Context): Record<string, unknown> {
  return (body ?? {}) as Record<string, unknown>;
}

function readSignIn(body: Record<string, unknown>, route: RouteRecord): Guess | undefined {
  const name = body["email"] ?? body["username"] ?? body["phoneNumber"];
  const secret = body["password"] ?? body["otp"];
  if (typeof secret !== "string" || typeof name !== "string") return undefined;
  const email = name.toLowerCase();
  const { code } = body;
  const takesCode = route.takesCode === true && typeof code === "string";
  return {
    account: email,
    email,
    code: takesCode ? code : undefined,
    costsHash: typeof body["password"] === "string",
  };
}
