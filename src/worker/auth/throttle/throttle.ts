/**
 * Guessing a password or a code: how often, from one network and at one account. OWASP ASVS 5.0 section 6.3: neither one
 * account from many networks, nor many accounts from one. Only wrong tries count, so an office behind one address can
 * sign in on Monday morning; a device that has shown the credentials that its account has today has tries of its own, and
 * so has whoever sends a code of the second factor along, so nobody locks somebody else out. Also what costs mail or a row
 * without a guess (starts.ts). Better Auth's own limiter is off: it counts in memory, session checks too, and everybody
 * without an address in one bucket.
 */
import { APIError, createAuthMiddleware, isAPIError } from "better-auth/api";
import type { PhasedPlugin } from "../plugin-order.ts";
import type { Database } from "../../db/database.ts";
import { notes } from "../../request-scope.ts";
import type { RouteRecord } from "../routes/record.ts";
import type { Routes } from "../routes/register.ts";
import { sessionBeforeRoute } from "../sessions/session-before-route.ts";
import { challengedUser, readSolved } from "../two-factor/totp-replay.ts";
import { createInFlight } from "./in-flight.ts";
import { credentialsQuery, fingerprint, type Credentials } from "./credentials.ts";
import { isStillKnown, readKnownDevice, rememberDevice, type KnownDevice } from "./known-device.ts";
import { networkOf, partyOf, siteOf } from "../../http/network.ts";
import { countStarts, mailAllowances } from "./starts.ts";
import type { Allowance, Tries } from "./tries.ts";

type Context = Parameters<Parameters<typeof createAuthMiddleware>[0]>[0];

const quarterSeconds = 15 * 60;
const triesOfAccount = 10;
const ofQuarter = { tries: triesOfAccount, seconds: quarterSeconds };
/** Of those that an account has, for one network or site: nobody closes an account to all others from one place. */
const triesOfParty = 5;
/** Of all devices that know an account together: who has signed in on many has not as many times the tries. */
const triesOfDevices = 30;
const ofNetwork = [
  { kind: "network", tries: 3, seconds: 10 },
  { kind: "network-long", tries: 60, seconds: quarterSeconds },
];
const ofSite = { tries: 120, seconds: quarterSeconds };

/** Codes of refusals that say "wrong"; anything else was no guess. */
const wrongCodes = new Set([
  "INVALID_PASSWORD",
  "INVALID_CODE",
  "INVALID_BACKUP_CODE",
  "INVALID_OTP",
]);

interface Guess {
  /** Whose password or code it would be. */
  account: string;
  /** For the device's cookie, where it is known. */
  email: string | undefined;
  /** Of the second factor, sent along with a password. */
  code?: string | undefined;
  isCode?: boolean;
}

type PasswordAndCode = Guess & { email: string; code: string };

interface ThrottleOptions {
  routes: Routes;
  tries: Tries;
  database: Database;
  background: (promise: Promise<unknown>) => void;
  now?: () => number;
}

/** At an account, from wherever; forgotten once its password was reset by mail. */
export const strangersAt = (email: string): Allowance => ({
  key: `account:${email.toLowerCase()}`,
  ...ofQuarter,
});

/**
 * Two plugins. `counting` goes before every hook that judges a password or a code, so that none answers a guess that is
 * not counted. `settling` goes behind the two-factor plugin, so that only a sign-in that is complete makes a device known.
 */
export function throttleGuesses({
  routes,
  tries,
  database,
  background,
  now = Date.now,
}: ThrottleOptions) {
  const guessAt = (ctx: Context) => routes.of(ctx)?.guess;
  const inFlight = createInFlight(now);
  const start = countStarts(now);

  /**
   * Where strangers have used up the tries of an account: tries for a password and a code of the second factor at once. Both
   * are judged whatever the other is and refused alike, with the same statements and writes, so that neither can be found
   * without the other. Whoever has one of them has as many guesses at the other as everywhere else, from however many
   * networks: at a code those of a challenge.
   */
  const takeWithCode = async (ctx: Context, { account, email, code }: PasswordAndCode) => {
    const allowances: Allowance[] = [
      { key: `solving:${partyOf(ctx.headers)}:${account}`, ...ofQuarter, tries: triesOfParty },
      ...allowancesOfPlace(ctx),
    ];
    const waitSeconds = await tries.take(allowances, now());
    if (waitSeconds !== undefined) throw tooMany("TOO_MANY_TRIES", "wrong tries", waitSeconds);
    const { userId, step } = await readSolved(ctx, database, { email, code }, now());
    const isSolved = step !== undefined;
    notes.secondOpinion.write(async (isRight) => {
      const guessesAtOther: Allowance[] = [
        {
          key: isSolved ? `solved:${step}:${account}` : nobodys(),
          ...ofQuarter,
          tries: triesOfParty,
        },
        { key: isSolved ? `solvers:${account}` : nobodys(), ...ofQuarter },
        {
          key: isRight && userId !== undefined ? ofFactor(userId) : nobodys(),
          ...ofQuarter,
        },
      ];
      const areLeft = await tries.count(guessesAtOther, now());
      allowances.push(...guessesAtOther);
      return isRight && isSolved && areLeft;
    });
    return allowances;
  };

  /** Counts a guess, and reads what credentials the account has before they are judged. */
  const takeFrom = async (ctx: Context, allowances: readonly Allowance[], email = "") => {
    let credentials: Credentials | undefined;
    const waitSeconds = await inFlight.retrying(allowances, async () => {
      const question = credentialsQuery(database, email);
      const answer = await tries.takeAndAsk(question, allowances, now());
      credentials = await fingerprint(ctx.context.secret, answer.found);
      return answer.waitSeconds;
    });
    if (credentials !== undefined) notes.credentials.write(credentials);
    return { waitSeconds, credentials };
  };

  /** Undefined when the device is a stranger's. What one that was known before is counted for then is nobody's. */
  const takeOfDevice = async (ctx: Context, guess: Guess) => {
    const { email, isCode = false } = guess;
    const known = email === undefined ? undefined : await readKnownDevice(ctx, email);
    if (known === undefined) return undefined;
    const allowances = allowancesOfDevice(known, guess);
    const { waitSeconds, credentials } = await takeFrom(ctx, allowances, email);
    return isStillKnown(known, credentials, { isCode }) ? { allowances, waitSeconds } : undefined;
  };

  const takeOfStranger = async (ctx: Context, { account, email }: Guess) => {
    const allowances = allowancesOfStranger(ctx, account);
    const { waitSeconds } = await takeFrom(ctx, allowances, email);
    return { allowances, waitSeconds };
  };

  const countGuess = async (ctx: Context, guess: Guess) => {
    const taken = (await takeOfDevice(ctx, guess)) ?? (await takeOfStranger(ctx, guess));
    const { waitSeconds } = taken;
    let { allowances } = taken;
    if (waitSeconds !== undefined) {
      const { email, code } = guess;
      if (email === undefined || code === undefined) {
        throw tooMany("TOO_MANY_TRIES", "wrong tries", waitSeconds);
      }
      allowances = await takeWithCode(ctx, { ...guess, email, code });
    }
    const end = inFlight.begin(allowances);
    let settled = false;
    notes.settle.write(async ({ wrong }) => {
      if (settled) return;
      settled = true;
      try {
        if (!wrong) await tries.giveBack(allowances);
      } finally {
        end({ wrong });
      }
    });
  };

  /**
   * As they were before they were judged: what somebody else has changed meanwhile was not shown. What the request itself
   * may have changed is read again.
   */
  const credentialsShown = async (ctx: Context, email: string) => {
    const before = notes.credentials.read();
    const isOfAccount = before !== undefined && before.userId === ctx.context.newSession?.user.id;
    const isChange =
      guessAt(ctx) === "code" ? before?.factor === undefined : guessAt(ctx) !== "sign-in";
    if (isOfAccount && !isChange) return before;
    return fingerprint(ctx.context.secret, await credentialsQuery(database, email));
  };

  const counting = {
    id: "nno-throttle",
    phase: "count",
    hooks: {
      before: [
        {
          matcher: (context) => routes.of(context)?.guess !== undefined,
          handler: createAuthMiddleware(async (ctx) => {
            const guess = await readGuess(ctx, routes.of(ctx));
            if (guess !== undefined) return countGuess(ctx, guess);
            const network = networkOf(ctx.headers);
            if (network === undefined || guessAt(ctx) !== "sign-in") return;
            const waitSeconds = start(network);
            if (waitSeconds !== undefined) {
              throw tooMany("TOO_MANY_REQUESTS", "sign-ins", waitSeconds);
            }
          }),
        },
        {
          matcher: (context) => routes.of(context)?.mail !== undefined,
          handler: createAuthMiddleware(async (ctx) => {
            const sender = routes.of(ctx)?.mail;
            const allowances = mailAllowances(sender, ctx.body, ctx.headers);
            const waitSeconds = await tries.take(allowances, now());
            if (waitSeconds !== undefined) {
              throw tooMany("TOO_MANY_REQUESTS", "requests that send mail", waitSeconds);
            }
          }),
        },
      ],
    },
  } satisfies PhasedPlugin;

  const settling = {
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
            const settle = notes.settle.read();
            if (settle !== undefined)
              background(settle({ wrong: isWrong(routes.of(ctx), returned) }));
            if (isAPIError(returned)) return;
            // A sign-in without a password or code shows none.
            const isShown = newSession !== null && settle !== undefined;
            const email = isShown ? newSession.user.email : notes.resetAddress.read();
            if (email === undefined) return;
            const credentials = await credentialsShown(ctx, email);
            if (credentials === undefined) return;
            await rememberDevice(ctx, email, { credentials, showedCode: guessAt(ctx) === "code" });
          }),
        },
      ],
    },
  } satisfies PhasedPlugin;
  return { counting, settling };
}

/** A counter like the others, which nobody reads. */
const nobodys = () => `nobody:${crypto.randomUUID()}`;
/** Of whoever has the password: all guesses at the codes of an account. */
const ofFactor = (userId: string) => `account:${factorOf(userId)}`;
const factorOf = (userId: string) => `factor:${userId}`;

/** Of a password that was right or wrong: whether it passes. Asked once; that holds for whatever else the request verifies. */
export async function askSecondOpinion(isRight: boolean): Promise<boolean> {
  const ask = notes.secondOpinion.read();
  if (ask === undefined) return isRight;
  const passes = await ask(isRight);
  notes.secondOpinion.write(async (isRightAgain) => isRightAgain && passes);
  return passes;
}

const tooMany = (code: string, what: string, waitSeconds: number) =>
  new APIError(
    "TOO_MANY_REQUESTS",
    { code, message: `Too many ${what}. Try again in ${waitSeconds} seconds.` },
    { "Retry-After": String(waitSeconds) },
  );

/** Whether a guess that was counted stays counted. */
export function isWrong(route: RouteRecord | undefined, returned: unknown): boolean {
  if (!isAPIError(returned)) return false;
  // Nobody has said which refusals of this route mean "wrong".
  if (route?.guess === "anything") return returned.statusCode >= 400;
  const { code } = (returned.body ?? {}) as { code?: string };
  return returned.statusCode === 401 || wrongCodes.has(code ?? "");
}

/** Undefined for a request that guesses nothing: without a password or code, or nobody's. */
async function readGuess(ctx: Context, route: RouteRecord | undefined): Promise<Guess | undefined> {
  const body = (ctx.body ?? {}) as Record<string, unknown>;
  if (route?.guess === "sign-in") {
    const name = body["email"] ?? body["username"] ?? body["phoneNumber"];
    const secret = body["password"] ?? body["otp"];
    if (typeof secret !== "string" || typeof name !== "string") return undefined;
    const email = name.toLowerCase();
    const { code } = body;
    const takesCode = route.takesCode === true && typeof code === "string";
    return { account: email, email, code: takesCode ? code : undefined };
  }
  if (route?.guess === "code") {
    const id = await challengedUser(ctx);
    return id === undefined
      ? undefined
      : { account: factorOf(id), email: await emailOf(ctx, id), isCode: true };
  }
  const isAnything = route?.guess === "anything";
  const password = body["password"] ?? body["currentPassword"];
  if (typeof password !== "string" && !isAnything) return undefined;
  const session = await sessionBeforeRoute(ctx);
  if (session !== null && isAnything) {
    return { account: `route:${ctx.path}:${session.user.id}`, email: undefined };
  }
  return session === null
    ? undefined
    : { account: `password:${session.user.id}`, email: session.user.email };
}

async function emailOf(ctx: Context, userId: string): Promise<string | undefined> {
  return (await ctx.context.internalAdapter.findUserById(userId))?.email;
}

/** Of those that have shown the same: nobody has used them up who has shown other credentials, or no code. */
function allowancesOfDevice(
  { device, credentials, factor }: KnownDevice,
  { account, isCode = false }: Guess,
): Allowance[] {
  const shown = isCode ? `${credentials}:${factor}` : credentials;
  return [
    { key: `device:${device}:${shown}:${account}`, ...ofQuarter },
    { key: `devices:${shown}:${account}`, ...ofQuarter, tries: triesOfDevices },
  ];
}

function allowancesOfStranger(ctx: Context, account: string): Allowance[] {
  return [
    { key: `account:${account}`, ...ofQuarter },
    { key: `share:${partyOf(ctx.headers)}:${account}`, ...ofQuarter, tries: triesOfParty },
    ...allowancesOfPlace(ctx),
  ];
}

/** Of the network and the site, at whatever accounts. */
function allowancesOfPlace({ headers }: Context): Allowance[] {
  const network = networkOf(headers);
  const site = siteOf(headers);
  return [
    ...(network === undefined
      ? []
      : ofNetwork.map(({ kind, ...limit }) => ({ key: `${kind}:${network}`, ...limit }))),
    ...(site === undefined ? [] : [{ key: `site:${site}`, ...ofSite }]),
  ];
}
