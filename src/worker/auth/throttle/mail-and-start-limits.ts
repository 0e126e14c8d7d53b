/**
 * Limits requests that guess nothing and still cost something: a sign-in at a provider writes a row, a mail costs money and
 * somebody's patience. Sign-ins that only begin are counted in the isolate's memory, against floods; mails are counted in
 * D1, since strangers read them.
 */
import { ipGroupOf, networkOf, siteOf } from "../../http/network.ts";
import type { NoticeMail } from "../mail/notice-table.ts";
import type { RouteRecord } from "../routes/record.ts";
import type { Allowance } from "./tries.ts";

const quarterSeconds = 15 * 60;

/** Sign-ins that one network may begin: an office on Monday morning begins fewer. */
const startsOfNetwork = { limit: 30, seconds: 10 };
/** Requests from one network that send mail: two classes sign up together. One address receives fewer mails. */
const mailsOfNetwork = { tries: 60, seconds: 5 * 60 };
/** The same for an IPv6 /48, which has 65,536 networks. */
const mailsOfSite = { tries: 120, seconds: 5 * 60 };
/** Beyond this many networks, the oldest are forgotten. */
const networksKept = 10_000;

/** Google's names for one domain, at which dots mean nothing. */
const googleDomain = /^(?:gmail|googlemail)\.com$/;

/**
 * The mailbox that an address leads to, as far as its spelling tells: at most providers `ada+1@` and `ada+2@` are both
 * `ada@`, and at Gmail `a.da@` is, too. A domain has two spellings when it is not ASCII. It is for counting alone.
 */
export function mailboxOf(address: string): string {
  const at = address.lastIndexOf("@");
  const local = address.slice(0, at).replace(/(?<=.)\+.*$/s, "");
  const domain = address.slice(at + 1);
  const host = URL.parse(`https://${domain}`)?.hostname ?? domain;
  const isGoogles = googleDomain.test(host);
  const mailbox = isGoogles ? `${local.replaceAll(".", "")}@gmail.com` : `${local}@${host}`;
  return mailbox.toLowerCase();
}

/** The telephone that a number leads to, however it is written: `+49 (0) 155-5` and `0049155 5` are one. */
const telephoneOf = (number: string) =>
  number.replaceAll("(0)", "").replaceAll(/\D/g, "").replace(/^00/, "");

/** Each kind is counted separately, so that a stranger's sign-ups do not use up the addressee's password resets. */
export type MailKind = "reset" | "verification" | "notice" | "change" | "plugin";

const mailsOfKind = { tries: 5, seconds: quarterSeconds };
/** The part of those that one network or site may use: a stranger's mails may be of no use to the addressee. */
const mailsPerIpGroup = 3;

/**
 * How many mails strangers can have sent to one address. Further ones are not sent, and the answer does not say so: the
 * addressee has the earlier links, which stay valid, and nobody learns whether there is an account.
 *
 * @param from the headers of the request, where it needs no session.
 */
export function mailTo(kind: MailKind, address: string, from?: Headers): Allowance[] {
  const to = `${kind}:${address.includes("@") ? mailboxOf(address) : telephoneOf(address)}`;
  const allowances = [{ key: `mail-to:${to}`, ...mailsOfKind }];
  if (from !== undefined) {
    allowances.push({
      key: `mail-share:${ipGroupOf(from)}:${to}`,
      ...mailsOfKind,
      tries: mailsPerIpGroup,
    });
  }
  return allowances;
}

const noticesOfKind = { tries: 10, seconds: 60 * 60 };

/**
 * How often an account's owner is told of the same thing: somebody who connects and disconnects a provider all day costs a
 * mail each time. By the very address, because at some providers `ada+1@` is somebody else, whose notices must not use up
 * Ada's.
 */
export const noticeTo = (kind: NoticeMail, address: string): Allowance[] => [
  {
    key: `notice-to:${kind}:${address.toLowerCase()}`,
    ...(kind === "newSignIn" ? mailsOfKind : noticesOfKind),
  },
];

/**
 * What a request that sends mail uses up: the same whether there is somebody to send to.
 *
 * @param sender a plugin sends by itself, so that messages to the named address or number are counted here.
 */
export function mailAllowances(
  sender: RouteRecord["mail"],
  body: unknown,
  headers: Headers | undefined,
) {
  const { email, newEmail, phoneNumber } = (body ?? {}) as Record<string, unknown>;
  const address = email ?? newEmail ?? phoneNumber;
  const network = networkOf(headers);
  const allowances: Allowance[] = [];
  if (network !== undefined) {
    allowances.push({ key: `mail-from:${network}`, ...mailsOfNetwork });
  }
  const site = siteOf(headers);
  if (site !== undefined) allowances.push({ key: `mail-from-site:${site}`, ...mailsOfSite });
  if (sender === "plugin" && typeof address === "string") {
    allowances.push(...mailTo("plugin", address, headers));
  }
  return allowances;
}

/** Counts in fixed windows. @returns a function that counts one, and returns the seconds to wait if that is too many. */
export function countStarts(now: () => number): (network: string) => number | undefined {
  const windows = new Map<string, { count: number; endsAt: number }>();
  return (network) => {
    const known = windows.get(network);
    const open = known !== undefined && known.endsAt > now() ? known : undefined;
    if (open !== undefined && open.count >= startsOfNetwork.limit) {
      return Math.max(1, Math.ceil((open.endsAt - now()) / 1000));
    }
    windows.delete(network);
    windows.set(network, {
      count: (open?.count ?? 0) + 1,
      endsAt: open?.endsAt ?? now() + startsOfNetwork.seconds * 1000,
    });
    if (windows.size > networksKept) {
      const [oldest = ""] = windows.keys();
      windows.delete(oldest);
    }
    return undefined;
  };
}
