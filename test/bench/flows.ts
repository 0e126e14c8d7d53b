/** What is measured beside the peers: each flow as a load on one contender, and what of it is a right answer. */
import { createOTP } from "@better-auth/utils/otp";
import { base32 } from "@better-auth/utils/base32";
import type { Contender, ContenderName } from "./contender.ts";
import { allOf, asFastAsAnswered, atFixedRate, inTurn, type Measured } from "./load.ts";
import { get, post, type Headers } from "./requests.ts";
import { password } from "./seed.ts";

export interface Flow {
  name: string;
  contenders: readonly ContenderName[];
  /** One pass from end to end, with its answers checked: before anything is measured, and for the figures of D1. */
  once?: (contender: Contender) => Promise<void>;
  load: (contender: Contender, seconds: number) => Promise<Measured>;
}

const all = ["floor", "instance-per-request", "one-instance", "ours"] as const;
const auths = ["instance-per-request", "one-instance", "ours"] as const;
/** `bare` has no sign-in: its part is one hash at the cost of ours, the unit in which the others are judged. */
const hashing = ["bare", ...auths] as const;

/** Enough different ones that no cache is what is measured; their requests are built before the time is taken. */
const askingPeople = 500;
const probesPerSecond = 50;
const signingUp = 4;

/** Ours answers at the path of the page; Better Auth at its own. */
export const sessionPath = ({ name }: Pick<Contender, "name">) =>
  name === "floor" || name === "bare" || name === "ours"
    ? "/api/auth/session"
    : "/api/auth/get-session";

let counted = 0;
export const next = () => {
  counted += 1;
  return counted;
};

/** Cookies set by analytics, and by neighbours under the same domain. */
const someCookies =
  "_ga=GA1.1.1402345678.1763000000; _ga_K3M9P2XW7Q=GS2.1.s1763000000$o3$g1$t1763000100$j60$l0$h0; theme=dark; locale=en-GB; __stripe_mid=0f9c2b1e-8a57-4d1b-9d55-2d3b3f1c0a6e4e6f5a";
const manyCookies = Array.from(
  { length: 40 },
  (_, index) => `other_${index}=${"x".repeat(190)}`,
).join("; ");

const sessionCookie = (contender: Contender, index: number) =>
  contender.cookieOf(contender.people.token(index, index % 5));

export const flows: Flow[] = [
  check("session check, signed in", [...all, "cookie-cache"], async (contender, index) => ({
    cookie: await withCache(contender, sessionCookie(contender, index)),
  })),
  check("session check, signed out, no cookie", ["bare", ...auths], async () => ({})),
  check("session check, signed out, other cookies", ["bare", ...auths], async () => ({
    cookie: someCookies,
  })),
  check("session check, 8 kB of other cookies", all, async (contender, index) => ({
    cookie: `${manyCookies}; ${sessionCookie(contender, index)}`,
  })),
  steps("sign-in, 1 client", hashing, 1, signIn),
  steps("sign-in, 4 clients", hashing, 4, signIn),
  steps("sign-in with 2FA, 1 client", auths, 1, async (contender) =>
    signInWithTwoFactor(contender, personWithTwoFactor(contender)),
  ),
  steps("token, 4 clients", auths, 4, async (contender) => {
    const index = next() % contender.people.count;
    await get(contender, "/api/auth/token", { cookie: sessionCookie(contender, index) });
  }),
  steps(`sign-up, ${signingUp} clients`, auths, signingUp, signUp),
  saturated(4),
  saturated(16),
];

export async function signIn(contender: Contender): Promise<void> {
  if (contender.name === "bare") {
    await get(contender, "/hash");
    return;
  }
  let index = next() % contender.people.count;
  while (contender.people.hasTwoFactor(index)) index = next() % contender.people.count;
  await signInAs(contender, index);
}

export async function signInAs(contender: Contender, index: number): Promise<string> {
  const { body, cookies } = await post(contender, "/api/auth/sign-in/email", {
    email: contender.people.email(index),
    password,
  });
  const isRight = contender.people.hasTwoFactor(index) ? "twoFactorRedirect" : '"user":{';
  if (!body.includes(isRight)) throw new Error(`${contender.name} answered a sign-in with ${body}`);
  return cookies;
}

/** A code works once: in each time step every one of them signs in once. */
function personWithTwoFactor({ people }: Contender): number {
  let index = next() % people.count;
  while (!people.hasTwoFactor(index)) index = next() % people.count;
  return index;
}

export async function signInWithTwoFactor(contender: Contender, index: number): Promise<void> {
  const cookie = await signInAs(contender, index);
  const secret = new TextDecoder().decode(base32.decode(contender.people.totpSecret));
  const code = await createOTP(secret, { digits: 6, period: 30 }).totp();
  const { body } = await post(contender, "/api/auth/two-factor/verify-totp", { code }, { cookie });
  if (!body.includes('"user":{')) throw new Error(`${contender.name} answered a code with ${body}`);
}

export async function signUp(contender: Contender): Promise<void> {
  await post(contender, "/api/auth/sign-up/email", {
    name: "Somebody",
    email: `somebody-${next()}-${process.pid}@example.com`,
    password,
  });
}

export async function checkSession(contender: Contender, headers: Headers): Promise<void> {
  const { body } = await get(contender, sessionPath(contender), headers);
  if (!isRightFor(headers)(body)) throw new Error(`${contender.name} answered ${body}`);
}

const isRightFor = ({ cookie = "" }: Headers) =>
  cookie.includes("session_token")
    ? (body: string) => body.includes('"email":"person-')
    : (body: string) => body === "null" || body === '{"session":null}';

/** Requests alike, as fast as they are answered. */
function check(
  name: string,
  contenders: readonly ContenderName[],
  headersOf: (contender: Contender, index: number) => Promise<Headers>,
): Flow {
  return {
    name,
    contenders,
    once: async (contender) => checkSession(contender, await headersOf(contender, 0)),
    load: async (contender, seconds) => {
      const requests = await Promise.all(
        Array.from(
          { length: Math.min(contender.people.count, askingPeople) },
          async (_, index) => ({
            path: sessionPath(contender),
            headers: await headersOf(contender, index),
          }),
        ),
      );
      const isRight = isRightFor(requests[0]?.headers ?? {});
      return asFastAsAnswered(contender, requests, { seconds, isRight });
    },
  };
}

/** With the copy of the session that Better Auth's `cookieCache` keeps in a second cookie, from a check before. */
async function withCache(contender: Contender, cookie: string): Promise<string> {
  if (contender.name !== "cookie-cache") return cookie;
  const found = cached.get(cookie);
  if (found !== undefined) return found;
  const { cookies } = await get(contender, sessionPath(contender), { cookie });
  if (!cookies.includes("session_data")) throw new Error(`cookie-cache set ${cookies}`);
  cached.set(cookie, `${cookie}; ${cookies}`);
  return `${cookie}; ${cookies}`;
}
const cached = new Map<string, string>();

/** Several requests after each other that are one deed; `clients` do it at once. */
function steps(
  name: string,
  contenders: readonly ContenderName[],
  clients: number,
  deed: (contender: Contender) => Promise<void>,
): Flow {
  return {
    name,
    contenders,
    once: deed,
    load: async (contender, seconds) => inTurn(clients, { seconds }, async () => deed(contender)),
  };
}

/** How long a session check takes while others sign in: percentiles are the checks', the rate is the sign-ins'. */
function saturated(clients: number): Flow {
  return {
    name: `session check while ${clients} clients sign in`,
    contenders: hashing,
    async load(contender, seconds) {
      // The unit once more, at this time: a hash alone.
      if (contender.name === "bare") return inTurn(1, { seconds }, async () => signIn(contender));
      const [{ perSecond }, { count, p50, p99 }] = await allOf([
        inTurn(clients, { seconds }, async () => signIn(contender)),
        atFixedRate(probesPerSecond, seconds, async () => {
          const cookie = sessionCookie(contender, next() % contender.people.count);
          await checkSession(contender, { cookie });
        }),
      ]);
      return { count, perSecond, p50, p99 };
    },
  };
}
