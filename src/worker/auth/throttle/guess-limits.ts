/**
 * How many wrong guesses are allowed: for one account, one network, one site, one device. OWASP ASVS 5.0 section 6.3: one
 * account must not be guessed at from many networks, nor many accounts from one.
 */
import { ipGroupOf, networkOf, siteOf } from "../../http/network.ts";
import type { KnownDevice } from "./known-device.ts";
import type { Allowance } from "./tries.ts";

const quarterSeconds = 15 * 60;
const perAccount = { tries: 10, seconds: quarterSeconds };
/** Tries that one network (or /48) may use of an account's ten, so that no single place can lock the owner out. */
const triesPerIpGroup = 5;
/** Shared by all known devices of an account: more devices do not buy more guesses. */
const triesOfKnownDevices = 30;
const perNetwork = [
  { kind: "network", tries: 3, seconds: 10 },
  { kind: "network-long", tries: 60, seconds: quarterSeconds },
];
const perSite = { tries: 120, seconds: quarterSeconds };

/** Guesses at an account by devices that it does not know. Forgotten once the password was reset by mail. */
export const strangersAt = (email: string): Allowance => ({
  key: `account:${email.toLowerCase()}`,
  ...perAccount,
});

/** Guesses at accounts, or at somebody's second factor, from a device that the account does not know. */
export function strangerAllowances(
  headers: Headers | undefined,
  ...accounts: readonly string[]
): Allowance[] {
  return [
    ...accounts.flatMap((account) => [
      { key: `account:${account}`, ...perAccount },
      {
        key: `share:${ipGroupOf(headers)}:${account}`,
        ...perAccount,
        tries: triesPerIpGroup,
      },
    ]),
    ...placeAllowances(headers),
  ];
}

/** Guesses from a known device. Devices that have shown other credentials, or no code, cannot use these up. */
export function deviceAllowances(
  { device, credentials, factor }: KnownDevice,
  { account, isCode = false }: { account: string; isCode?: boolean },
): Allowance[] {
  const shown = isCode ? `${credentials}:${factor}` : credentials;
  return [
    { key: `device:${device}:${shown}:${account}`, ...perAccount },
    { key: `devices:${shown}:${account}`, ...perAccount, tries: triesOfKnownDevices },
  ];
}

/** Guesses from one network and one site, at any account. */
function placeAllowances(headers: Headers | undefined): Allowance[] {
  const network = networkOf(headers);
  const site = siteOf(headers);
  return [
    ...(network === undefined
      ? []
      : perNetwork.map(({ kind, ...limit }) => ({ key: `${kind}:${network}`, ...limit }))),
    ...(site === undefined ? [] : [{ key: `site:${site}`, ...perSite }]),
  ];
}

/** Guesses with a password and a code at once, after strangers have used up the tries of an account. */
export function bothAllowances(headers: Headers | undefined, account: string): Allowance[] {
  return [
    {
      key: `solving:${ipGroupOf(headers)}:${account}`,
      ...perAccount,
      tries: triesPerIpGroup,
    },
    ...placeAllowances(headers),
  ];
}

/**
 * Guesses at the one credential by somebody who has the other: at the password with a right code (each code, and all of
 * them), and at the code with the right password, which shares the tries of a challenge. What does not apply is counted
 * under a key that nobody reads, so that the same statements run whatever was right.
 */
export function otherHalfAllowances(
  account: string,
  { step, userId }: { step: number | undefined; userId: string | undefined },
): Allowance[] {
  return [
    {
      key: step === undefined ? unreadKey() : `solved:${step}:${account}`,
      ...perAccount,
      tries: triesPerIpGroup,
    },
    { key: step === undefined ? unreadKey() : `solvers:${account}`, ...perAccount },
    {
      key: userId === undefined ? unreadKey() : `account:${secondFactorOf(userId)}`,
      ...perAccount,
    },
  ];
}

const unreadKey = () => `nobody:${crypto.randomUUID()}`;

/** What guesses at the codes of a user are counted at. */
export const secondFactorOf = (userId: string) => `factor:${userId}`;
