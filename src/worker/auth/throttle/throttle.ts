/**
 * Guessing a password or a code: how often, from one network and at one account. OWASP ASVS 5.0 section 6.3: neither one
 * account from many networks, nor many accounts from one. Only wrong tries count, so an office behind one address can
 * sign in on Monday morning; a device that an account has signed in on has tries of its own, so nobody locks somebody
 * else out.
 */
import type { BetterAuthPlugin } from "better-auth";
import { APIError, createAuthMiddleware, isAPIError } from "better-auth/api";
import { noteTries, readTries } from "../../request-scope.ts";
import { sessionBeforeRoute } from "../hook-session.ts";
import { challengedUser } from "../totp-replay.ts";
import { readKnownDevice, rememberDevice } from "./known-device.ts";
import { networkOf } from "./network.ts";
import type { Allowance, Tries } from "./tries.ts";

type Context = Parameters<Parameters<typeof createAuthMiddleware>[0]>[0];

const quarterSeconds = 15 * 60;
const triesOfAccount = 10;
const ofNetwork = [
  { kind: "network", tries: 3, seconds: 10 },
  { kind: "network-long", tries: 60, seconds: quarterSeconds },
];

/** Codes of refusals that say "wrong"; anything else was no guess. */
const wrongCodes = new Set(["INVALID_PASSWORD", "INVALID_CODE", "INVALID_BACKUP_CODE"]);

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
}

interface ThrottleOptions {
  tries: Tries;
  background: (promise: Promise<unknown>) => void;
  now?: () => number;
}

/** Better Auth's own limiter counts in memory, each isolate for itself, right tries too: it is off for these routes. */
export const countedHere = { "/sign-in/*": false, "/two-factor/*": false } as const;

/** At an account, from wherever; forgotten once its password was reset by mail. */
export const strangersAt = (email: string): Allowance => ({
  key: `account:${email.toLowerCase()}`,
  tries: triesOfAccount,
  seconds: quarterSeconds,
});

/** Behind the two-factor plugin, so that only a sign-in that is complete makes a device known. */
export function throttleGuesses({ tries, background, now = Date.now }: ThrottleOptions) {
  return {
    id: "nno-throttle",
    hooks: {
      before: [
        {
          matcher: ({ path = "" }) => isGuarded(path),
          handler: createAuthMiddleware(async (ctx) => {
            const guess = await readGuess(ctx);
            if (guess === undefined) return;
            const allowances = await allowancesOf(ctx, guess);
            const waitSeconds = await tries.take(allowances, now());
            if (waitSeconds === undefined) {
              noteTries(async () => tries.giveBack(allowances));
              return;
            }
            throw new APIError(
              "TOO_MANY_REQUESTS",
              {
                code: "TOO_MANY_TRIES",
                message: `Too many wrong tries. Try again in ${waitSeconds} seconds.`,
              },
              { "Retry-After": String(waitSeconds) },
            );
          }),
        },
      ],
      after: [
        {
          matcher: ({ path = "" }) => isGuarded(path),
          handler: createAuthMiddleware(async (ctx) => {
            const { returned, newSession } = ctx.context;
            const giveBack = readTries();
            if (giveBack !== undefined && !isWrong(returned)) background(giveBack());
            if (newSession !== null && !isAPIError(returned)) {
              await rememberDevice(ctx, newSession.user.email);
            }
          }),
        },
      ],
    },
  } satisfies BetterAuthPlugin;
}

function isGuarded(path: string): boolean {
  return (
    path.startsWith("/sign-in/") ||
    path.startsWith("/two-factor/verify-") ||
    passwordPaths.has(path)
  );
}

function isWrong(returned: unknown): boolean {
  if (!isAPIError(returned)) return false;
  const { code } = (returned.body ?? {}) as { code?: string };
  return returned.statusCode === 401 || wrongCodes.has(code ?? "");
}

/** Undefined for a request that guesses nothing: without a password or code, or nobody's. */
async function readGuess(ctx: Context): Promise<Guess | undefined> {
  const body = (ctx.body ?? {}) as Record<string, unknown>;
  if (ctx.path.startsWith("/sign-in/")) {
    const name = body["email"] ?? body["username"] ?? body["phoneNumber"];
    if (typeof body["password"] !== "string" || typeof name !== "string") return undefined;
    const email = name.toLowerCase();
    return { account: email, email };
  }
  if (ctx.path.startsWith("/two-factor/verify-")) {
    const id = await challengedUser(ctx);
    return id === undefined
      ? undefined
      : { account: `factor:${id}`, email: await emailOf(ctx, id) };
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

async function allowancesOf(ctx: Context, { account, email }: Guess): Promise<Allowance[]> {
  const window = { tries: triesOfAccount, seconds: quarterSeconds };
  const device = email === undefined ? undefined : await readKnownDevice(ctx, email);
  if (device !== undefined) return [{ key: `device:${device}:${account}`, ...window }];
  const network = networkOf(ctx.headers);
  return [
    { key: `account:${account}`, ...window },
    ...(network === undefined
      ? []
      : ofNetwork.map(({ kind, ...limit }) => ({ key: `${kind}:${network}`, ...limit }))),
  ];
}
