/**
 * The password policy: NIST SP 800-63B-4 section 3.1.1.2. Routes that declare a new password are judged here, before anything
 * else; `hashed-password.ts` judges those of all other routes. A password that is the
 * only factor must be longer than one that is used with a second factor. Only new passwords are checked; existing ones
 * stay valid.
 */
import { APIError, createAuthMiddleware } from "better-auth/api";
import type { PhasedPlugin } from "../plugin-order.ts";
import { sessionBeforeRoute } from "../sessions/session-before-route.ts";
import { platformAdminRole } from "../roles.ts";
import type { NewPassword as DeclaredPassword } from "../routes/record.ts";
import type { Routes } from "../routes/register.ts";
import type { BreachCheck } from "./breach-check.ts";
import { isGuessable } from "./guessable.ts";
import { hashesGuesses, judgedPassword, requestOfPassword } from "./judged-password.ts";

/** The length of the longest password, in code points. */
export const maxPasswordLength = 128;

interface PasswordLengths {
  /** The minimum length, in code points, of a password that is the only factor. */
  minLength: number;
  /** The minimum length, in code points, for a user who has a second factor. */
  minLengthWithTwoFactor: number;
}

export interface PasswordPolicyOptions extends PasswordLengths {
  platformId: string;
  isBreached: BreachCheck;
}

type Context = Parameters<Parameters<typeof createAuthMiddleware>[0]>[0];

/** A password that a request sets, and the user who will have it. */
interface NewPassword {
  password: unknown;
  /** Undefined when the account does not exist. */
  user?: { email: string; name: string; twoFactorEnabled?: boolean | null } | undefined;
}

export function passwordPolicy(options: PasswordPolicyOptions & { routes: Routes }) {
  const { routes } = options;
  return {
    id: "nno-password-policy",
    phase: "guard",
    hooks: {
      before: [
        {
          matcher: (context) => routes.of(context)?.newPassword !== undefined,
          handler: createAuthMiddleware(async (ctx) => {
            const declared = routes.of(ctx)?.newPassword;
            if (declared === undefined) return;
            const found = await readers[declared.whose](ctx, declared.field);
            // Better Auth refuses a request that is wrong in another way.
            if (found === undefined || typeof found.password !== "string") return;
            await enforcePolicy(found.password, found.user, options);
            judgedPassword.set(found.password);
          }),
        },
        {
          // A hook that matched session checks would take them off the fast path.
          matcher: (context) => {
            const route = routes.of(context);
            return route !== undefined && route.uncounted !== true;
          },
          handler: createAuthMiddleware(async (ctx) => {
            requestOfPassword.set({ path: ctx.path, headers: ctx.headers });
            const { guess, newPassword } = routes.of(ctx) ?? {};
            // A guess of the register's default may be anything, also a new password.
            if (guess !== undefined && guess !== "anything" && newPassword === undefined) {
              hashesGuesses.set(true);
            }
          }),
        },
      ],
    },
  } satisfies PhasedPlugin;
}

/**
 * Without a second factor the password is the only factor, so users must have a password of that length before they
 * turn the second factor off. This runs after the throttle, because its answer reveals whether the password was right.
 */
export function passwordAlonePolicy({
  routes,
  minLength,
}: Pick<PasswordLengths, "minLength"> & { routes: Routes }) {
  return {
    id: "nno-password-alone",
    phase: "judge",
    hooks: {
      before: [
        {
          matcher: (context) => routes.of(context)?.leavesPasswordAlone === true,
          handler: createAuthMiddleware(async (ctx) => {
            const { password } = fields(ctx.body);
            if (typeof password !== "string" || lengthOf(password) >= minLength) return;
            // Better Auth refuses a wrong password.
            if (!(await isOwnPassword(ctx, password))) return;
            throw new APIError("BAD_REQUEST", {
              code: "PASSWORD_TOO_SHORT_ALONE",
              message: `Without a second factor the password must have at least ${minLength} characters. Change it first.`,
            });
          }),
        },
      ],
    },
  } satisfies PhasedPlugin;
}

type Reader = (ctx: Context, field: DeclaredPassword["field"]) => Promise<NewPassword | undefined>;

/** Reads the new password and its user, by whose password the route sets. */
const readers: Record<DeclaredPassword["whose"], Reader> = {
  new: async ({ body }, field) =>
    ofNewUser(field === "account.password" ? fields(body)["account"] : body),
  own: async (ctx, field) => {
    const session = await sessionBeforeRoute(ctx);
    return session === null ? undefined : { password: fields(ctx.body)[field], user: session.user };
  },
  reset: async (ctx, field) => {
    const { [field]: newPassword, token: named } = fields(ctx.body);
    // The route treats an empty token as missing.
    const token = named || fields(ctx.query)["token"];
    if (typeof token !== "string") return undefined;
    const { internalAdapter } = ctx.context;
    const reset = await internalAdapter.findVerificationValue(`reset-password:${token}`);
    return reset === null ? undefined : ofUser(ctx, reset.value, newPassword);
  },
  named: async (ctx, field) => {
    const { userId, [field]: newPassword } = fields(ctx.body);
    // The check depends on the user's second factor, so its result is only for callers who may set the password.
    const role: unknown = (await sessionBeforeRoute(ctx))?.user["role"];
    return role !== platformAdminRole || typeof userId !== "string"
      ? undefined
      : ofUser(ctx, userId, newPassword);
  },
};

async function isOwnPassword(ctx: Context, password: string): Promise<boolean> {
  const session = await sessionBeforeRoute(ctx);
  if (session === null) return false;
  const { internalAdapter, password: hashes } = ctx.context;
  const hash = (await internalAdapter.findCredentialAccount(session.user.id))?.password;
  return typeof hash === "string" && hashes.verify({ hash, password });
}

function ofNewUser(body: unknown): NewPassword {
  const { password, email, name } = fields(body);
  const textOf = (value: unknown) => (typeof value === "string" ? value : "");
  return { password, user: { email: textOf(email), name: textOf(name) } };
}

async function ofUser(ctx: Context, id: string, password: unknown): Promise<NewPassword> {
  return { password, user: (await ctx.context.internalAdapter.findUserById(id)) ?? undefined };
}

/** @throws {APIError} 400 with a reason that the user can act on. */
export async function enforcePolicy(
  password: string,
  user: NewPassword["user"],
  options: PasswordPolicyOptions,
): Promise<void> {
  const minLength =
    user?.twoFactorEnabled === true ? options.minLengthWithTwoFactor : options.minLength;
  const length = lengthOf(password);
  if (length < minLength) {
    throw refusal("PASSWORD_TOO_SHORT", `The password must have at least ${minLength} characters.`);
  }
  if (length > maxPasswordLength) {
    throw refusal(
      "PASSWORD_TOO_LONG",
      `The password must have at most ${maxPasswordLength} characters.`,
    );
  }
  if (isGuessable(password, [user?.email ?? "", user?.name ?? "", options.platformId])) {
    throw refusal(
      "PASSWORD_COMMON",
      "This password is easy to guess: it is common, a sequence of characters, or made of your name or address.",
    );
  }
  if ((await options.isBreached(password)) === true) {
    throw refusal(
      "PASSWORD_BREACHED",
      "This password has appeared in a data breach. Choose another one, and change it wherever else you use it.",
    );
  }
}

const refusal = (code: string, message: string) => new APIError("BAD_REQUEST", { code, message });

/** The length in code points, as the standard counts, of the form that is hashed. */
function lengthOf(password: string): number {
  return Array.from(password.normalize("NFKC")).length;
}

function fields(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
