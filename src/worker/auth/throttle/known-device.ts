/**
 * Devices that an account has signed in on: a signed cookie of this host alone. It opens nothing by itself; it only keeps
 * its owner's tries apart from those of strangers, so that nobody is locked out of their account by somebody else.
 */
import type { createAuthMiddleware } from "better-auth/api";
import { generateId } from "better-auth";
import { createHMAC } from "@better-auth/utils/hmac";

type Context = Parameters<Parameters<typeof createAuthMiddleware>[0]>[0];

const daySeconds = 24 * 60 * 60;
const knownSeconds = 180 * daySeconds;
/** People who share a device; the one who signed in last comes first. */
const accountsOnDevice = 5;

interface Known {
  /** A hash of the account's address: others use the device too. */
  account: string;
  device: string;
  /** By a reset of the password alone: who reads the account's mail has not shown a second factor. */
  passwordOnly?: boolean;
}

const hmac = createHMAC("SHA-256", "base64urlnopad");
const accountOf = async (ctx: Context, email: string) =>
  (await hmac.sign(ctx.context.secret, `known-device:${email.toLowerCase()}`)).slice(0, 16);

/** The id of this device for an account, and for guesses at a code or not; undefined when it is a stranger's. */
export async function readKnownDevice(
  ctx: Context,
  email: string,
  { isCode }: { isCode: boolean },
): Promise<string | undefined> {
  const account = await accountOf(ctx, email);
  const found = (await readKnown(ctx)).find((known) => known.account === account);
  return isCode && found?.passwordOnly === true ? undefined : found?.device;
}

/** After a sign-in that is complete, second factor included; or after a reset, for tries at the password alone. */
export async function rememberDevice(
  ctx: Context,
  email: string,
  { passwordOnly = false }: { passwordOnly?: boolean } = {},
): Promise<void> {
  const account = await accountOf(ctx, email);
  const known = await readKnown(ctx);
  const before = known.find((one) => one.account === account);
  // A reset takes nothing from a device that has shown the second factor.
  const isWeak = passwordOnly && (before === undefined || before.passwordOnly === true);
  const remembered: Known = {
    account,
    device: before?.device ?? generateId(16),
    ...(isWeak ? { passwordOnly: true } : {}),
  };
  const kept = [remembered, ...known.filter((one) => one.account !== account)];
  const cookie = ctx.context.createAuthCookie("known_device", { maxAge: knownSeconds });
  const value = JSON.stringify(kept.slice(0, accountsOnDevice));
  await ctx.setSignedCookie(cookie.name, value, ctx.context.secret, cookie.attributes);
}

async function readKnown(ctx: Context): Promise<Known[]> {
  const cookie = ctx.context.createAuthCookie("known_device");
  const value = await ctx.getSignedCookie(cookie.name, ctx.context.secret);
  if (typeof value !== "string") return [];
  try {
    return JSON.parse(value) as Known[];
  } catch {
    return [];
  }
}
