/**
 * Devices that an account has signed in on: a signed cookie of this host alone. It opens nothing by itself; it only keeps
 * its owner's tries apart from those of strangers, so that nobody is locked out of their account by somebody else. It is
 * good for the credentials that were shown: after a change of the password or the second factor, the device is a stranger's
 * until it has signed in with them, or whoever had it before would have tries at what they never knew.
 */
import type { createAuthMiddleware } from "better-auth/api";
import { generateId } from "better-auth";
import { shortHmac, type Credentials } from "./credentials.ts";

type Context = Parameters<Parameters<typeof createAuthMiddleware>[0]>[0];

const daySeconds = 24 * 60 * 60;
const knownSeconds = 180 * daySeconds;
/** People who share a device; the one who signed in last comes first. */
const accountsOnDevice = 5;

export interface KnownDevice {
  device: string;
  /** Fingerprints of what was shown on it. A cookie of a release before this one has none, and is a stranger's. */
  credentials: string;
  /** The second factor of which a code was right here. A reset of the password, or a sign-in without a code, shows none. */
  factor?: string;
}

interface Known extends Partial<KnownDevice> {
  /** A hash of the account's address: others use the device too. */
  account: string;
}

const accountOf = async (ctx: Context, email: string) =>
  shortHmac(ctx.context.secret, email.toLowerCase());

/** What this device says that an account has shown on it; `isStillKnown` says whether that holds. */
export async function readKnownDevice(
  ctx: Context,
  email: string,
): Promise<KnownDevice | undefined> {
  const account = await accountOf(ctx, email);
  const found = (await readKnown(ctx)).find((known) => known.account === account);
  const { device, credentials, factor } = found ?? {};
  if (device === undefined || credentials === undefined) return undefined;
  return { device, credentials, ...(factor === undefined ? {} : { factor }) };
}

export function isStillKnown(
  known: KnownDevice,
  current: Credentials | undefined,
  { isCode }: { isCode: boolean },
): boolean {
  if (current === undefined || known.credentials !== current.all) return false;
  // Codes of an enrolment that has only begun are of no factor yet.
  return !isCode || known.factor === current.factor;
}

/** After a sign-in that is complete, second factor included; or after a reset, for tries at the password alone. */
export async function rememberDevice(
  ctx: Context,
  email: string,
  { credentials, showedCode }: { credentials: Credentials; showedCode: boolean },
): Promise<void> {
  const account = await accountOf(ctx, email);
  const known = await readKnown(ctx);
  const before = known.find((one) => one.account === account);
  // Who signs in on a trusted device, or resets the password, takes nothing from what it has shown of the second factor.
  const hasShownCode = showedCode || before?.factor === credentials.factor;
  const factor = hasShownCode ? credentials.factor : undefined;
  const remembered: Known = {
    account,
    device: before?.device ?? generateId(16),
    credentials: credentials.all,
    ...(factor === undefined ? {} : { factor }),
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
