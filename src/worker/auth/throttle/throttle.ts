/**
 * Guessing a password or a code: how often, from one network and at one account. OWASP ASVS 5.0 section 6.3: neither one
 * account from many networks, nor many accounts from one. Only wrong tries count, so an office behind one address can
 * sign in on Monday morning; a device that an account has signed in on has tries of its own, and so has whoever sends a
 * code of the second factor along, so nobody locks somebody else out. Also what costs mail or a row without a guess
 * (starts.ts). Better Auth's own limiter is off: it counts in memory, session checks too, and everybody without an address
 * in one bucket.
 */
import type { BetterAuthPlugin } from "better-auth";
import { APIError, createAuthMiddleware, isAPIError } from "better-auth/api";
import type { Database } from "../../db/database.ts";
import { notes } from "../../request-scope.ts";
import { sessionBeforeRoute } from "../hook-session.ts";
import { challengedUser, readSolved } from "../totp-replay.ts";
import { createInFlight } from "./in-flight.ts";
import { readKnownDevice, rememberDevice } from "./known-device.ts";
import { networkOf, partyOf, siteOf } from "./network.ts";
import { countStarts, mailAllowances, sendsMail } from "./starts.ts";
import type { Allowance, Tries } from "./tries.ts";

type Context = Parameters<Parameters<typeof createAuthMiddleware>[0]>[0];

const quarterSeconds = 15 * 60;
const triesOfAccount = 10;
const ofQuarter = { tries: triesOfAccount, seconds: quarterSeconds };
/** Of those that an account has, for one network or site: nobody closes an account to all others from one place. */
const triesOfParty = 5;
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

/** What somebody who is signed in can be asked their password for. */
const passwordPaths = new Set([
  "/change-password",
  "/verify-password",
  "/delete-user",
  "/two-factor/enable",
  "/two-factor/disable",
  "/two-factor/get-totp-uri",
  "/two-factor/generate-backup-codes",
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
export function throttleGuesses({ tries, database, background, now = Date.now }: ThrottleOptions) {
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

  const countGuess = async (ctx: Context, guess: Guess) => {
    let allowances = await allowancesOf(ctx, guess);
    const waitSeconds = await inFlight.retrying(allowances, async () =>
      tries.take(allowances, now()),
    );
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

  const counting = {
    id: "nno-throttle",
    hooks: {
      before: [
        {
          matcher: ({ path = "" }) => isGuarded(path),
          handler: createAuthMiddleware(async (ctx) => {
            const guess = await readGuess(ctx);
            if (guess !== undefined) return countGuess(ctx, guess);
            const network = networkOf(ctx.headers);
            if (network === undefined || !ctx.path.startsWith("/sign-in/")) return;
            const waitSeconds = start(network);
            if (waitSeconds !== undefined) {
              throw tooMany("TOO_MANY_REQUESTS", "sign-ins", waitSeconds);
            }
          }),
        },
        {
          matcher: ({ path = "" }) => sendsMail(path),
          handler: createAuthMiddleware(async (ctx) => {
            const allowances = mailAllowances(ctx.path, ctx.body, ctx.headers);
            const waitSeconds = await tries.take(allowances, now());
            if (waitSeconds !== undefined) {
              throw tooMany("TOO_MANY_REQUESTS", "requests that send mail", waitSeconds);
            }
          }),
        },
      ],
    },
  } satisfies BetterAuthPlugin;

  const settling = {
    id: "nno-known-devices",
    hooks: {
      after: [
        {
          matcher: ({ path = "" }) => isGuarded(path) || path === "/reset-password",
          handler: createAuthMiddleware(async (ctx) => {
            const { returned, newSession } = ctx.context;
            const settle = notes.settle.read();
            if (settle !== undefined) background(settle({ wrong: isWrong(returned) }));
            if (isAPIError(returned)) return;
            const resetAddress = notes.resetAddress.read();
            if (newSession !== null) await rememberDevice(ctx, newSession.user.email);
            else if (resetAddress !== undefined) {
              await rememberDevice(ctx, resetAddress, { passwordOnly: true });
            }
          }),
        },
      ],
    },
  } satisfies BetterAuthPlugin;
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

function isGuarded(path: string): boolean {
  return (
    path.startsWith("/sign-in/") ||
    path.startsWith("/two-factor/verify-") ||
    passwordPaths.has(path)
  );
}

/** Of a guess that was counted: whether it stays so. */
export function isWrong(returned: unknown): boolean {
  if (!isAPIError(returned)) return false;
  const { code } = (returned.body ?? {}) as { code?: string };
  return returned.statusCode === 401 || wrongCodes.has(code ?? "");
}

/** Undefined for a request that guesses nothing: without a password or code, or nobody's. */
async function readGuess(ctx: Context): Promise<Guess | undefined> {
  const body = (ctx.body ?? {}) as Record<string, unknown>;
  if (ctx.path.startsWith("/sign-in/")) {
    const name = body["email"] ?? body["username"] ?? body["phoneNumber"];
    const secret = body["password"] ?? body["otp"];
    if (typeof secret !== "string" || typeof name !== "string") return undefined;
    const email = name.toLowerCase();
    const { code } = body;
    // Of the one route that is sure to ask for a second opinion of its password.
    const takesCode = ctx.path === "/sign-in/email" && typeof code === "string";
    return { account: email, email, code: takesCode ? code : undefined };
  }
  if (ctx.path.startsWith("/two-factor/verify-")) {
    const id = await challengedUser(ctx);
    return id === undefined
      ? undefined
      : { account: factorOf(id), email: await emailOf(ctx, id), isCode: true };
  }
  const password = body["password"] ?? body["currentPassword"];
  if (typeof password !== "string") return undefined;
  const session = await sessionBeforeRoute(ctx);
  return session === null
    ? undefined
    : { account: `password:${session.user.id}`, email: session.user.email };
}

async function emailOf(ctx: Context, userId: string): Promise<string | undefined> {
  return (await ctx.context.internalAdapter.findUserById(userId))?.email;
}

async function allowancesOf(ctx: Context, guess: Guess): Promise<Allowance[]> {
  const { account, email, isCode = false } = guess;
  const device = email === undefined ? undefined : await readKnownDevice(ctx, email, { isCode });
  if (device !== undefined) return [{ key: `device:${device}:${account}`, ...ofQuarter }];
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
