/** Writes the events of a route's outcome: a sign-in, a success that was not written with its change, or a failure. */
import {
  createAuthMiddleware,
  getOAuthState,
  getSessionFromCtx,
  isAPIError,
} from "better-auth/api";
import { decodeJwt } from "jose";
import type { RouteRecord } from "../routes/record.ts";
import type { Routes } from "../routes/register.ts";
import { isWrong, releaseTry } from "../throttle/guess.ts";
import { challengedUser } from "../two-factor/check-totp-code.ts";
import { buildEvent, readOutcome, type HookContext } from "./build-event.ts";
import type { AuditEvent } from "./event.ts";
import type { Repetition } from "./repetition.ts";
import { factsOf, type RequestSession } from "./request-facts.ts";
import { eventNameOf, text, type AuditRule, type Failure, type Outcome } from "./rule.ts";

interface Options {
  routes: Routes;
  repetition: Repetition;
  write: (event: AuditEvent) => Promise<void>;
  /** Called after each new session, for maintenance under its throttle. */
  onSignIn: () => void;
}

export function recordOutcome({ routes, repetition, write, onSignIn }: Options) {
  /** Failures can be repeated at will, so the number of events that they leave is bounded. */
  const mayRecordFailure = async (
    ctx: HookContext,
    { path, code }: Failure,
    actorId: string | undefined,
  ) => {
    const { headers } = ctx;
    const route = routes.of(ctx);
    const isGuess = releaseTry.get() !== undefined;
    // The throttle has counted a wrong guess by now, and bounds the number of guesses.
    if (isGuess && isWrong(route, ctx.context.returned)) return true;
    if (route?.provider === "returns" && (await getOAuthState()) !== null) {
      return repetition.isFailedSignInWithinLimit({ headers });
    }
    // A guess that was right was refused for another reason, so the caller owns the account that the body names.
    const account = isGuess ? text(ctx.body?.email)?.toLowerCase() : undefined;
    return repetition.isFirst({ headers, actorId }, path, code, account);
  };

  const recordRoute = async (ctx: HookContext, rule: AuditRule, session: RequestSession) => {
    // Without a session nobody has signed out.
    if (rule.actor === "ended-session" && session === null) return;
    const failure = readFailure(ctx, routes.of(ctx));
    if ((failure === undefined ? rule.success : rule.failure) === undefined) return;
    // A malformed request has attempted nothing.
    if (failure?.code === "VALIDATION_ERROR") return;
    const mailedToken = rule.actor === "link" ? String(ctx.query?.["token"]) : undefined;
    const claims = mailedToken === undefined ? {} : decodeJwt(mailedToken);
    const outcome = { ...readOutcome(ctx, session), claims, failure };
    const event = eventNameOf(rule, outcome);
    if (event === undefined) return;
    const signedInId = session?.user.id ?? ctx.context.newSession?.user.id;
    const actorId = signedInId ?? (await actorWithoutSession(ctx, rule, outcome));
    if (failure !== undefined) {
      // A caller who is told to sign in first has attempted nothing.
      if (actorId === undefined && rule.isForStrangers !== true) return;
      if (!(await mayRecordFailure(ctx, failure, actorId))) return;
    } else if (factsOf(ctx.request).isRecorded === true) return;
    await write(buildEvent(ctx, rule, { event, actorId, session, outcome }));
  };

  return createAuthMiddleware(async (ctx) => {
    const { newSession } = ctx.context;
    const rule = routes.of(ctx)?.audit;
    const session = await sessionOf(ctx, rule);
    if (
      newSession?.user["twoFactorEnabled"] === true &&
      session?.user["twoFactorEnabled"] === false
    ) {
      const actorId = newSession.user.id;
      await write({ event: "two_factor.enabled", actorId, headers: ctx.headers });
      return;
    }
    const isSignIn = newSession !== null && newSession.session.token !== session?.session.token;
    if (isSignIn && (rule?.success === undefined || rule.signsIn === true)) {
      onSignIn();
      await write({
        event: "session.created",
        actorId: newSession.user.id,
        detail: { route: ctx.path },
        headers: ctx.headers,
      });
      if (rule?.signsIn !== true) return;
    }
    if (rule !== undefined) await recordRoute(ctx, rule, session);
  });
}

/** The session that the request was made with, also where the route has ended it. */
async function sessionOf(ctx: HookContext, rule: AuditRule | undefined): Promise<RequestSession> {
  // The organization plugin's routes read the session on a context of their own, which hooks do not see.
  return rule?.tenantId === undefined
    ? (ctx.context.session ?? factsOf(ctx.request).endedSession ?? null)
    : getSessionFromCtx(ctx, { disableRefresh: true });
}

/** The user whom a request without a session has shown to be: by a mailed link or token, or by a half-done sign-in. */
async function actorWithoutSession(
  ctx: HookContext,
  rule: AuditRule,
  { claims, tokenOwner }: Outcome,
): Promise<string | undefined> {
  const mailedTo = text(claims["userId"]) ?? tokenOwner;
  return mailedTo ?? (rule.actor === "challenged" ? challengedUser(ctx) : undefined);
}

/** Reads a refusal, or a redirect that reports one. */
function readFailure(
  { path, method, context: { returned } }: HookContext,
  route: RouteRecord | undefined,
): Failure | undefined {
  if (!isAPIError(returned)) return undefined;
  const location = new Headers(returned.headers).get("location");
  if (location === null) {
    return returned.statusCode >= 400 ? { path, code: text(returned.body?.code) } : undefined;
  }
  // A provider's form is redirected to the same address, and fails or succeeds there.
  if (route?.provider === "returns" && method === "POST") return undefined;
  const isError = URL.parse(location, "https://platform.invalid")?.searchParams.has("error");
  return isError === true ? { path, code: undefined } : undefined;
}
