/**
 * Devices that an account has signed in on, in a signed cookie of this host alone. The cookie opens nothing by itself; it
 * only keeps its owner's tries apart from those of strangers, so that nobody is locked out of their account by somebody
 * else. It holds for the credentials that were shown: after a change of the password or the second factor the device counts
 * as a stranger's until it has signed in with them. Otherwise its earlier user would have tries at what they never knew.
 */
import type { createAuthMiddleware } from "better-auth/api";
import { generateId } from "better-auth";
import { requestState } from "../../request-scope.ts";
import { shortHmac, type Credentials } from "./credentials.ts";

type Context = Parameters<Parameters<typeof createAuthMiddleware>[0]>[0];

/** The address of the account whose password this request has reset. */
export const resetAddress = requestState<string>();

const daySeconds = 24 * 60 * 60;
const knownSeconds = 180 * daySeconds;
/** People may share a device; the one who signed in last comes first. */
const accountsOnDevice = 5;

export interface KnownDevice {
  device: string;
  /** Fingerprint of the credentials that were shown on it. A cookie without one is an older release's, and is ignored. */
  credentials: string;
  /** The second factor whose code was right here. A password reset, or a sign-in without a code, shows none. */
  factor?: string;
}

interface Known extends Partial<KnownDevice> {
  /** A hash of the account's address: other people may use the device too. */
  account: string;
}

const accountOf = async (ctx: Context, email: string) =>
  shortHmac(ctx.context.secret, email.toLowerCase());

/** What the cookie says that an account has shown on this device; `isStillKnown` decides whether it still holds. */
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
  // An enrolment that has only begun is no second factor yet.
  return !isCode || known.factor === current.factor;
}

/** Remembers the device after a complete sign-in, second factor included; after a reset, for tries at the password alone. */
export async function rememberDevice(
  ctx: Context,
  email: string,
  { credentials, showedCode }: { credentials: Credentials; showedCode: boolean },
): Promise<void> {
  const account = await accountOf(ctx, email);
  const known = await readKnown(ctx);
  const before = known.find((one) => one.account === account);
  // A sign-in on a trusted device and a password reset leave standing what the device has shown of the second factor.
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
