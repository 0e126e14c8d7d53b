/**
 * What a new password must be, on every route that takes one: NIST SP 800-63B-4 section 3.1.1.2. A password that alone
 * signs in is longer than one beside a second factor. Old passwords stay good: only a new one is judged.
 */
import { APIError, createAuthMiddleware } from "better-auth/api";
import type { PhasedPlugin } from "../plugin-order.ts";
import { sessionBeforeRoute } from "../sessions/session-before-route.ts";
import { platformAdminRole } from "../roles.ts";
import type { NewPassword as DeclaredPassword } from "../routes/record.ts";
import type { Routes } from "../routes/register.ts";
import type { BreachCheck } from "./breach-check.ts";
import { isGuessable } from "./guessable.ts";

/** Longest password, in code points. */
export const maxPasswordLength = 128;

interface PasswordLengths {
  /** Least code points of a password that alone signs in. */
  minLength: number;
  /** Least code points of the password of somebody who has a second factor. */
  minLengthWithTwoFactor: number;
}

export interface PasswordPolicyOptions extends PasswordLengths {
  platformId: string;
  isBreached: BreachCheck;
}

type Context = Parameters<Parameters<typeof createAuthMiddleware>[0]>[0];

/** A password that a request brings, and whose it will be. */
interface NewPassword {
  password: unknown;
  /** Nobody's yet where the account is only being made. */
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
            // Better Auth says what else is wrong with the request.
            if (found === undefined || typeof found.password !== "string") return;
            await judge(found.password, found.user, options);
          }),
        },
      ],
    },
  } satisfies PhasedPlugin;
}

/**
 * Without a second factor the password alone signs in, and is as long as such a one must be. Goes behind the count of
 * tries: its answer tells whether the password was right.
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
            // A wrong one is Better Auth's to refuse.
            if (!(await isOwn(ctx, password))) return;
            throw new APIError("BAD_REQUEST", {
              code: "PASSWORD_TOO_SHORT_ALONE",
              message: `Without a second factor the password must have at least ${minLength} characters: change it first.`,
            });
          }),
        },
      ],
    },
  } satisfies PhasedPlugin;
}

type Reader = (ctx: Context, field: DeclaredPassword["field"]) => Promise<NewPassword | undefined>;

/** Whose password a route sets -> the password, and that user. */
const readers: Record<DeclaredPassword["whose"], Reader> = {
  new: async ({ body }, field) =>
    ofNewUser(field === "account.password" ? fields(body)["account"] : body),
  own: async (ctx, field) => {
    const session = await sessionBeforeRoute(ctx);
    return session === null ? undefined : { password: fields(ctx.body)[field], user: session.user };
  },
  reset: async (ctx, field) => {
    const { [field]: newPassword, token: named } = fields(ctx.body);
    // As the route reads it: an empty one is none.
    const token = named || fields(ctx.query)["token"];
    if (typeof token !== "string") return undefined;
    const { internalAdapter } = ctx.context;
    const reset = await internalAdapter.findVerificationValue(`reset-password:${token}`);
    return reset === null ? undefined : ofUser(ctx, reset.value, newPassword);
  },
  named: async (ctx, field) => {
    const { userId, [field]: newPassword } = fields(ctx.body);
    // Whoever may not set it is not told how it would be judged, which depends on the user's second factor.
    const role: unknown = (await sessionBeforeRoute(ctx))?.user["role"];
    return role !== platformAdminRole || typeof userId !== "string"
      ? undefined
      : ofUser(ctx, userId, newPassword);
  },
};

async function isOwn(ctx: Context, password: string): Promise<boolean> {
  const session = await sessionBeforeRoute(ctx);
  if (session === null) return false;
  const { internalAdapter, password: hashes } = ctx.context;
  const hash = (await internalAdapter.findCredentialAccount(session.user.id))?.password;
  return typeof hash === "string" && hashes.verify({ hash, password });
}

function ofNewUser(body: unknown): NewPassword {
  const { password, email, name } = fields(body);
  const [address = "", called = ""] = [email, name].map((word) =>
    typeof word === "string" ? word : undefined,
  );
  return { password, user: { email: address, name: called } };
}

async function ofUser(ctx: Context, id: string, password: unknown): Promise<NewPassword> {
  return { password, user: (await ctx.context.internalAdapter.findUserById(id)) ?? undefined };
}

/** @throws {APIError} 400 with the reason, for the reader to act on. */
async function judge(
  password: string,
  user: NewPassword["user"],
  options: PasswordPolicyOptions,
): Promise<void> {
  const least =
    user?.twoFactorEnabled === true ? options.minLengthWithTwoFactor : options.minLength;
  const length = lengthOf(password);
  if (length < least) {
    throw refusal("PASSWORD_TOO_SHORT", `The password must have at least ${least} characters.`);
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
      "This password is among the first that are guessed: it is common, a row of neighbouring characters, or made of the name or address.",
    );
  }
  if ((await options.isBreached(password)) === true) {
    throw refusal(
      "PASSWORD_BREACHED",
      "This password is known from a data breach. Choose another one, and change it wherever else it is used.",
    );
  }
}

const refusal = (code: string, message: string) => new APIError("BAD_REQUEST", { code, message });

/** In code points, as the standard counts, and in the form that is hashed. */
function lengthOf(password: string): number {
  return Array.from(password.normalize("NFKC")).length;
}

function fields(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
