/** What is measured: each flow as a load on one contender, and what of it is a right answer. */
import { Agent, request as httpRequest } from "node:http";
import autocannon from "autocannon";
import { createOTP } from "@better-auth/utils/otp";
import { base32 } from "@better-auth/utils/base32";
import { authUrl, randomAddress, type Contender, type ContenderName } from "./contender.ts";
import { password } from "./seed.ts";

export interface Measured {
  perSecond: number;
  p50: number;
  p99: number;
}

export interface Flow {
  name: string;
  contenders: readonly ContenderName[];
  /** One pass from end to end, with its answers checked: before anything is measured, and for the figures of D1. */
  once: (contender: Contender) => Promise<void>;
  load: (contender: Contender, seconds: number) => Promise<Measured>;
}

const connections = 16;
/** Enough to keep an isolate busy with hashes. */
const signingIn = 4;
const all = ["floor", "instance-per-request", "one-instance", "ours"] as const;
const auths = ["instance-per-request", "one-instance", "ours"] as const;

/** Ours answers at the path of the page; Better Auth at its own. */
const sessionPath = ({ name }: Contender) =>
  name === "instance-per-request" || name === "one-instance"
    ? "/api/auth/get-session"
    : "/api/auth/session";

let counted = 0;
const next = () => {
  counted += 1;
  return counted;
};

export const flows: Flow[] = [
  check("session check, signed in", all, (contender, index) => ({
    cookie: contender.cookieOf(contender.people.token(index, index % 5)),
  })),
  check("session check, signed out", ["bare", ...auths], () => ({})),
  check("session check, 8 kB of other cookies", all, (contender, index) => ({
    cookie: `${otherCookies}; ${contender.cookieOf(contender.people.token(index, index % 5))}`,
  })),
  steps("sign-in", auths, 1, async (contender) => {
    const { status } = await post(contender, "/api/auth/sign-in/email", {
      email: contender.people.email(next() % Math.min(contender.people.count, 200)),
      password,
    });
    expectStatus(status, 200);
  }),
  steps("sign-in with 2FA", auths, 1, async (contender) => {
    const { first, count } = contender.people.withTwoFactor;
    const signedIn = await post(contender, "/api/auth/sign-in/email", {
      // A code works once: in each time step every one of them signs in once.
      email: contender.people.email(first + (next() % count)),
      password,
    });
    expectStatus(signedIn.status, 200);
    const code = await totp(contender.people.totpSecret);
    const { status } = await post(
      contender,
      "/api/auth/two-factor/verify-totp",
      { code },
      { cookie: signedIn.cookies },
    );
    expectStatus(status, 200);
  }),
  steps("token", auths, 4, async (contender) => {
    const { status } = await send(contender, "GET", "/api/auth/token", undefined, {
      cookie: contender.cookieOf(contender.people.token(next() % contender.people.count)),
    });
    expectStatus(status, 200);
  }),
  steps("sign-up", auths, 1, async (contender) => {
    const { status } = await post(contender, "/api/auth/sign-up/email", {
      name: "Somebody",
      email: `somebody-${next()}-${process.pid}@example.com`,
      password,
    });
    expectStatus(status, 200);
  }),
  {
    name: "session check while sign-ins saturate",
    contenders: auths,
    once: async () => {},
    async load(contender, seconds) {
      const until = performance.now() + seconds * 1000;
      const signIn = flows.find(({ name }) => name === "sign-in");
      const busy = Array.from({ length: signingIn }, async () => {
        while (performance.now() < until) await signIn?.once(contender);
      });
      const times = await repeat(until, async () => checkOnce(contender, {}));
      await Promise.all(busy);
      return summary(times, seconds);
    },
  },
];

type Headers = Record<string, string>;

/** Requests alike, as fast as they are answered. */
function check(
  name: string,
  contenders: readonly ContenderName[],
  headersOf: (contender: Contender, index: number) => Headers,
): Flow {
  return {
    name,
    contenders,
    once: async (contender) => checkOnce(contender, headersOf(contender, 0)),
    load: async (contender, seconds) => {
      const people = Math.min(contender.people.count, 500);
      const result = await autocannon({
        url: contender.url,
        connections,
        duration: seconds,
        requests: Array.from({ length: people }, (_, index) => ({
          method: "GET",
          path: sessionPath(contender),
          headers: headersWith(headersOf(contender, index)),
        })),
      });
      const wrong = result.non2xx + result.errors + result.timeouts;
      if (wrong > 0) throw new Error(`${contender.name}: ${wrong} answers of ${name} are no 200`);
      const { latency, requests } = result;
      return { perSecond: requests.average, p50: latency.p50, p99: latency.p99 };
    },
  };
}

async function checkOnce(contender: Contender, headers: Headers): Promise<void> {
  const { status, body } = await send(contender, "GET", sessionPath(contender), undefined, headers);
  expectStatus(status, 200);
  const signedIn = body.includes("user");
  if (signedIn !== "cookie" in headers) throw new Error(`${contender.name} answered ${body}`);
}

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
    async load(contender, seconds) {
      const until = performance.now() + seconds * 1000;
      const times = await Promise.all(
        Array.from({ length: clients }, async () => repeat(until, async () => deed(contender))),
      );
      return summary(times.flat(), seconds);
    },
  };
}

async function repeat(until: number, deed: () => Promise<void>): Promise<number[]> {
  const times: number[] = [];
  while (performance.now() < until) {
    const began = performance.now();
    await deed();
    times.push(performance.now() - began);
  }
  return times;
}

function summary(times: number[], seconds: number): Measured {
  times.sort((one, other) => one - other);
  const quantile = (share: number) =>
    times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? Number.NaN;
  // What began in time and ended after it counts with the time that it took.
  const took = Math.max(seconds, times.length === 1 ? (times[0] ?? 0) / 1000 : 0);
  return { perSecond: times.length / took, p50: quantile(0.5), p99: quantile(0.99) };
}

/** A hash at the cost of ours, in milliseconds, on the same workerd: the unit of sign-ins. */
export async function measureHash(bare: Contender): Promise<number> {
  const times = await repeat(performance.now() + 2000, async () => {
    expectStatus((await send(bare, "GET", "/hash")).status, 200);
  });
  return summary(times, 2).p50;
}

const agent = new Agent({ keepAlive: true });

interface Answer {
  status: number;
  body: string;
  cookies: string;
}

const headersWith = (headers: Headers): Headers => ({
  host: new URL(authUrl).host,
  origin: authUrl,
  "cf-connecting-ip": randomAddress(),
  ...headers,
});

async function post(contender: Contender, path: string, body: object, headers: Headers = {}) {
  return send(contender, "POST", path, JSON.stringify(body), {
    "content-type": "application/json",
    ...headers,
  });
}

async function send(
  { url }: Contender,
  method: string,
  path: string,
  body?: string,
  headers: Headers = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { "content-length": Buffer.byteLength(body) };
    const outgoing = httpRequest(
      new URL(path, url),
      { method, agent, headers: { ...headersWith(headers), ...length } },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
        incoming.on("error", reject);
        incoming.on("end", () => {
          const set = incoming.headers["set-cookie"] ?? [];
          resolve({
            status: incoming.statusCode ?? 0,
            body: Buffer.concat(chunks).toString(),
            cookies: set.map((cookie) => cookie.split(";")[0]).join("; "),
          });
        });
      },
    );
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

function expectStatus(status: number, wanted: number): void {
  if (status !== wanted) throw new Error(`answered ${status} in place of ${wanted}`);
}

async function totp(secret: string): Promise<string> {
  const otp = createOTP(new TextDecoder().decode(base32.decode(secret)), { digits: 6, period: 30 });
  return otp.totp();
}

const otherCookies = Array.from(
  { length: 40 },
  (_, index) => `other_${index}=${"x".repeat(190)}`,
).join("; ");
