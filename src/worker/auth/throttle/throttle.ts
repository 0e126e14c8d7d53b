/**
 * Limits guesses at passwords and codes. Only wrong tries count, so an office behind one address can sign in on Monday
 * morning. A device that has shown the credentials that its account has today has tries of its own, and so has a request
 * that brings a code of the second factor: nobody can lock somebody else out. Requests that cost mail or a row without a
 * guess are limited here as well (mail-and-start-limits.ts). Better Auth's own limiter is off: it counts in memory, counts session checks
 * too, and puts everybody without an address into one bucket.
 */
import { createAuthMiddleware, isAPIError } from "better-auth/api";
import type { Database } from "../../db/database.ts";
import { networkOf } from "../../http/network.ts";
import type { PhasedPlugin } from "../plugin-order.ts";
import { describeHashCaller } from "../passwords/hash-caller.ts";
import type { Routes } from "../routes/register.ts";
import { checkCode } from "../two-factor/check-totp-code.ts";
import {
  bothAllowances,
  deviceAllowances,
  otherHalfAllowances,
  strangerAllowances,
} from "./guess-limits.ts";
import { credentialsQuery, fingerprint, type Credentials } from "./credentials.ts";
import { guessedCredentials, isWrong, readGuess, releaseTry, type Guess } from "./guess.ts";
import { createInFlight } from "./in-flight.ts";
import { deviceHashes, strangerHashes, tooManyHashes } from "./hash-budget.ts";
import { isStillKnown, readKnownDevice, rememberDevice, resetAddress } from "./known-device.ts";
import { secondFactorCheck } from "./second-factor-check.ts";
import { countStarts, mailAllowances } from "./mail-and-start-limits.ts";
import { tooMany } from "./too-many.ts";
import type { Allowance, Tries } from "./tries.ts";

type Context = Parameters<Parameters<typeof createAuthMiddleware>[0]>[0];
type PasswordAndCode = Guess & { email: string; code: string };

interface ThrottleOptions {
  routes: Routes;
  tries: Tries;
  database: Database;
  background: (promise: Promise<unknown>) => void;
  now?: () => number;
}

/**
 * Two plugins. `counting` runs before every hook that judges a password or a code, so that none of them answers a guess
 * that is not counted. `settling` runs after the challenge, so that only a complete sign-in makes a device known.
 */
export function throttleGuesses(options: ThrottleOptions) {
  const { routes, tries, now = Date.now } = options;
  const countGuess = createGuessCounter({ ...options, now });
  const countStart = countStarts(now);

  const counting = {
    id: "nno-throttle",
    phase: "count",
    hooks: {
      before: [
        {
          matcher: (context) => routes.of(context)?.guess !== undefined,
          handler: createAuthMiddleware(async (ctx) => {
            const route = routes.of(ctx);
            const guess = await readGuess(ctx, route);
            if (guess !== undefined) return countGuess(ctx, guess);
            const network = networkOf(ctx.headers);
            if (network === undefined || route?.guess !== "sign-in") return;
            const waitSeconds = countStart(network);
            if (waitSeconds !== undefined) {
              throw tooMany("TOO_MANY_REQUESTS", "sign-ins", waitSeconds);
            }
          }),
        },
        {
          matcher: (context) => routes.of(context)?.mail !== undefined,
          handler: createAuthMiddleware(async (ctx) => {
            const route = routes.of(ctx);
            const costsHash = route?.newPassword !== undefined;
            const allowances = [
              ...mailAllowances(route?.mail, ctx.body, ctx.headers),
              ...(costsHash ? strangerHashes(ctx.headers) : []),
            ];
            const waitSeconds = await tries.take(allowances, now());
            if (waitSeconds !== undefined) {
              throw tooMany("TOO_MANY_REQUESTS", "requests that send mail", waitSeconds);
            }
            if (costsHash) describeHashCaller({ isPaid: true });
          }),
        },
      ],
    },
  } satisfies PhasedPlugin;

  return { counting, settling: settleGuesses(options) };
}

/** Counts a guess before it is judged. */
function createGuessCounter({ tries, database, now }: ThrottleOptions & { now: () => number }) {
  const inFlight = createInFlight(now);

  /** Takes a try and reads, in the same batch, the credentials that the account has before they are judged. */
  const takeFrom = async (ctx: Context, allowances: readonly Allowance[], email = "") => {
    let credentials: Credentials | undefined;
    const waitSeconds = await inFlight.retrying(allowances, async () => {
      const question = credentialsQuery(database, email);
      const answer = await tries.takeAndAsk(question, allowances, now());
      credentials = await fingerprint(ctx.context.secret, answer.found);
      // No try that ends gives a cost back, so there is nothing to wait for.
      if (answer.isCostSpent) throw tooManyHashes(answer.waitSeconds ?? 1);
      return answer.waitSeconds;
    });
    if (credentials !== undefined) guessedCredentials.set(credentials);
    return { allowances, waitSeconds, credentials };
  };

  /** Undefined when the account does not know the device, or no longer: what was taken then is nobody's. */
  const takeOfDevice = async (ctx: Context, guess: Guess) => {
    const { email, factor, isCode = factor !== undefined } = guess;
    const known = email === undefined ? undefined : await readKnownDevice(ctx, email);
    if (known === undefined) return undefined;
    const allowances = deviceAllowances(known, guess);
    if (factor !== undefined) {
      allowances.push(...deviceAllowances(known, { account: factor, isCode }));
    }
    if (guess.costsHash === true) {
      allowances.push(...deviceHashes(ctx.headers, known, guess.account));
    }
    const taken = await takeFrom(ctx, allowances, email);
    return isStillKnown(known, taken.credentials, { isCode })
      ? { ...taken, isKnown: true }
      : undefined;
  };

  const takeOfStranger = async (ctx: Context, { account, factor, email, costsHash }: Guess) => {
    const accounts = factor === undefined ? [account] : [account, factor];
    const allowances = strangerAllowances(ctx.headers, ...accounts);
    if (costsHash === true) allowances.push(...strangerHashes(ctx.headers));
    return { ...(await takeFrom(ctx, allowances, email)), isKnown: false };
  };

  /**
   * The way in for an owner whose account's tries are used up by strangers: a password and a code of the second factor at
   * once. Both are judged whatever the other is, and refused alike with the same statements, so that neither can be found
   * without the other. Who has one of them has as many guesses at the other as everywhere else.
   */
  const takeWithCode = async (ctx: Context, { account, email, code }: PasswordAndCode) => {
    const allowances = [...bothAllowances(ctx.headers, account), ...strangerHashes(ctx.headers)];
    const waitSeconds = await tries.take(allowances, now());
    if (waitSeconds !== undefined) throw tooManyTries(waitSeconds);
    const { userId, step } = await checkCode(ctx, database, { email, code }, now());
    secondFactorCheck.set(async (isRight) => {
      const atOtherHalf = otherHalfAllowances(account, {
        step,
        userId: isRight ? userId : undefined,
      });
      const areLeft = await tries.count(atOtherHalf, now());
      allowances.push(...atOtherHalf);
      return isRight && step !== undefined && areLeft;
    });
    return allowances;
  };

  return async (ctx: Context, guess: Guess): Promise<void> => {
    const { email, code } = guess;
    const taken = (await takeOfDevice(ctx, guess)) ?? (await takeOfStranger(ctx, guess));
    let { allowances } = taken;
    if (taken.waitSeconds !== undefined) {
      if (email === undefined || code === undefined) throw tooManyTries(taken.waitSeconds);
      allowances = await takeWithCode(ctx, { ...guess, email, code });
    }
    describeHashCaller({ isKnown: taken.isKnown, isPaid: guess.costsHash === true });
    const end = inFlight.begin(allowances);
    let released = false;
    releaseTry.set(async ({ wrong }) => {
      if (released) return;
      released = true;
      try {
        if (!wrong) await tries.giveBack(allowances);
      } finally {
        end({ wrong });
      }
    });
  };
}

/** Gives right tries back, and remembers the device of a sign-in that is complete. */
function settleGuesses({ routes, database, background }: ThrottleOptions) {
  /**
   * The credentials that a request has shown: those from before it was judged, since what somebody else has changed
   * meanwhile was not shown. What the request itself may have changed is read again.
   */
  const credentialsShown = async (ctx: Context, email: string) => {
    const before = guessedCredentials.get();
    const isOfAccount = before !== undefined && before.userId === ctx.context.newSession?.user.id;
    const guessAt = routes.of(ctx)?.guess;
    const isChange = guessAt === "code" ? before?.factor === undefined : guessAt !== "sign-in";
    if (isOfAccount && !isChange) return before;
    return fingerprint(ctx.context.secret, await credentialsQuery(database, email));
  };

  return {
    id: "nno-known-devices",
    phase: "settle",
    hooks: {
      after: [
        {
          matcher: (context) => {
            const route = routes.of(context);
            // A reset by mail makes the device known, too.
            return route?.guess !== undefined || route?.newPassword?.whose === "reset";
          },
          handler: createAuthMiddleware(async (ctx) => {
            const { returned, newSession } = ctx.context;
            const route = routes.of(ctx);
            const release = releaseTry.get();
            if (release !== undefined) background(release({ wrong: isWrong(route, returned) }));
            if (isAPIError(returned)) return;
            // A sign-in without a password or code has shown none.
            const isShown = newSession !== null && release !== undefined;
            const email = isShown ? newSession.user.email : resetAddress.get();
            if (email === undefined) return;
            const credentials = await credentialsShown(ctx, email);
            if (credentials === undefined) return;
            await rememberDevice(ctx, email, { credentials, showedCode: route?.guess === "code" });
          }),
        },
      ],
    },
  } satisfies PhasedPlugin;
}

const tooManyTries = (waitSeconds: number) => tooMany("TOO_MANY_TRIES", "wrong tries", waitSeconds);
