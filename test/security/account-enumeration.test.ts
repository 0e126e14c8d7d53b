/**
 * Which addresses have accounts: told by no answer's status or body, and by no mail that it waits for. Nor by its time,
 * which only a machine that does nothing else can show: `npm run attack:timing` asks 200 pairs, with a mail provider that
 * takes 300 ms, and holds the medians to 5 ms.
 */
import { afterAll, beforeAll, expect, it } from "vitest";
import {
  createTenant,
  followVerification,
  linkIn,
  newEmail,
  password,
  type Answer,
  type Person,
} from "../people.ts";
import { startTarget, type Target } from "./target.ts";

const timed = process.env["TIMING"] === "1";
const pairs = timed ? 200 : 2;
const toleranceMilliseconds = 5;
/** Makes the first requests of a route, which compile and connect, count for neither side. */
const warmUps = timed ? 4 : 0;
/** Untimed, no answer could have waited for its mail. */
const mailMilliseconds = timed ? 300 : 2000;

let target: Target;
const routes = 5;
/** Each with an account: what is sent to one address is counted, and mailed. */
const existing: string[] = [];

beforeAll(async () => {
  target = await startTarget({ mailMilliseconds });
  // Straight into the database: the routes are what is timed, not who fills them. One sign-up makes the hash.
  owner = await target.signUp();
  const { email, id } = owner;
  const { database } = target;
  await database.batch(
    Array.from({ length: routes * (pairs + warmUps) }, (_, index) => {
      const address = `existing-${index}-${email}`;
      existing.push(address);
      return [
        database
          .prepare(
            "INSERT INTO user (id, name, email, email_verified, created_at, updated_at) VALUES (?, 'Ada Lovelace', ?, 1, 0, 0)",
          )
          .bind(`user-${index}`, address),
        database
          .prepare(
            "INSERT INTO account (id, account_id, provider_id, user_id, password, created_at, updated_at) SELECT ?, ?, 'credential', ?, password, 0, 0 FROM account WHERE user_id = ?",
          )
          .bind(`account-${index}`, `user-${index}`, `user-${index}`, id),
      ];
    }).flat(),
  );
}, 60_000);
afterAll(async () => target.stop());

const median = (values: number[]) =>
  values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;

/** Differ between any two answers: the time, and the length of a body that has an address or an id in it. */
const varyingHeaders = new Set(["date", "content-length"]);

function headersOf(headers: Headers): string {
  return [...headers]
    .filter(([name]) => !varyingHeaders.has(name))
    .map(([name, value]) => {
      if (name === "set-cookie") return `${name}: ${value.replace(/=[^;]*/, "=<value>")}`;
      // Seconds, which go by.
      return `${name}: ${name === "retry-after" ? "<seconds>" : value}`;
    })
    .sort()
    .join("\n");
}

/** An answer without what differs between any two: ids and times, and the address that was sent. */
function shapeOf({ status, headers, body }: Answer, email: string): string {
  const text = JSON.stringify(body)
    .replaceAll(email, "<email>")
    .replaceAll(/"(id|token|organizationId)":"[^"]+"/g, '"$1":"<$1>"')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "<time>");
  return `${status} ${text}\n${headersOf(headers)}`;
}

async function askPairs(
  path: string,
  bodyOf: (email: string, count: number) => Promise<Record<string, unknown>>,
) {
  const times: { known: number[]; unknown: number[] } = { known: [], unknown: [] };
  const shapes = new Set<string>();
  let asked = 0;
  const ask = async (email: string, into: number[], counts: boolean) => {
    const browser = path.startsWith("/organization/") ? owner.browser : target.open();
    const body = await bodyOf(email, asked);
    asked += 1;
    const start = performance.now();
    const answer = await browser.post(`/api/auth${path}`, body);
    if (!counts) return;
    into.push(performance.now() - start);
    shapes.add(shapeOf(answer, email));
    // An answer that had waited for the mail would come after it.
    if (!timed) expect(target.mail.map(({ to }) => to)).not.toContain(email);
  };
  for (const [index, known] of existing.splice(0, pairs + warmUps).entries()) {
    const counts = index >= warmUps;
    const unknown = newEmail();
    // Each goes first as often as the other.
    if (index % 2 === 0) await ask(known, times.known, counts);
    await ask(unknown, times.unknown, counts);
    if (index % 2 === 1) await ask(known, times.known, counts);
  }
  return { known: median(times.known), unknown: median(times.unknown), shapes: [...shapes] };
}

/** A tenant may have a hundred invitations open. */
const invitationsPerTenant = 80;
let owner: Person;
const tenants = new Map<number, string>();
async function invite(email: string, count: number) {
  const number = Math.floor(count / invitationsPerTenant);
  const organizationId =
    tenants.get(number) ?? (await createTenant(owner.browser, `tenant-${number}`)).id;
  tenants.set(number, organizationId);
  return { email, role: "member", organizationId };
}

it.each<
  [
    string,
    string,
    (email: string, count: number) => Record<string, unknown> | Promise<Record<string, unknown>>,
  ]
>([
  ["sign-in", "/sign-in/email", (email) => ({ email, password: "a guess that is long enough" })],
  [
    "sign-up",
    "/sign-up/email",
    (email) => ({ email, name: "Ada Lovelace", password: "tortoise velvet 41 orchards" }),
  ],
  ["a password reset", "/request-password-reset", (email) => ({ email })],
  ["a verification mail", "/send-verification-email", (email) => ({ email })],
  ["an invitation", "/organization/invite-member", invite],
])(
  "is not told by %s",
  async (_name, path, bodyOf) => {
    // The account with an unverified address is the one that is sent mail.
    const isVerified = path === "/send-verification-email" ? 0 : 1;
    await target.database
      .prepare("UPDATE user SET email_verified = ? WHERE id LIKE 'user-%'")
      .bind(isVerified)
      .run();
    const { known, unknown, shapes } = await askPairs(path, async (email, count) =>
      bodyOf(email, count),
    );
    expect(shapes).toHaveLength(1);
    if (!timed) return;
    console.log(
      `${path}: ${pairs} pairs, medians ${known.toFixed(1)} ms with an account, ${unknown.toFixed(1)} ms without`,
    );
    expect(Math.abs(known - unknown)).toBeLessThan(toleranceMilliseconds);
  },
  600_000,
);

it("is not told by a sign-in after a sign-up, nor by how often one may try", async () => {
  const known = await target.signUp();
  const outcomes: string[][] = [];
  // One after the other: three tries, and a fourth in the same ten seconds.
  for (const email of [known.email, newEmail()]) {
    const answers = [
      await target.open().post("/api/auth/sign-up/email", { name: "Ada", email, password }),
    ];
    // The password of the account that the sign-up made, if it made one. The other has another.
    const guess = email === known.email ? "a guess that is long enough" : password;
    const from = { "cf-connecting-ip": email === known.email ? "198.51.100.7" : "198.51.100.8" };
    for (let time = 0; time < 4; time += 1) {
      const body = { email, password: guess };
      answers.push(await target.open().post("/api/auth/sign-in/email", body, from));
    }
    outcomes.push(
      answers.map((answer) =>
        shapeOf(answer, email)
          .replace(/in \d+ seconds/, "later")
          .replace(/"retryAfter":\d+/, '"retryAfter":0'),
      ),
    );
  }
  expect(outcomes[0]).toEqual(outcomes[1]);
  expect(outcomes[0]?.at(-1)).toMatch(/^429 /);
});

it("is not told by a change of address: both are confirmed by mail, and the owner is told", async () => {
  const taken = await target.signUp("Grace Hopper");
  const outcomes = await Promise.all(
    [taken.email, newEmail()].map(async (newEmailAddress) => {
      const { browser, email } = await target.signUp();
      const asked = await browser.post("/api/auth/change-email", { newEmail: newEmailAddress });
      const mail = await target.mailTo(email, "Confirm your new email");
      const link = linkIn(mail);
      const followed = await followVerification(browser, link);
      link.searchParams.set("token", "");
      const mailed = {
        status: 0,
        headers: new Headers(),
        body: mail.text.replace(/token=\S+/, link.href),
      };
      return [asked, followed, mailed].map((answer) =>
        shapeOf(answer as Answer, newEmailAddress).replaceAll(email, "<old>"),
      );
    }),
  );
  expect(outcomes[0]).toEqual(outcomes[1]);
  const told = await target.mailTo(taken.email, "You already have an account");
  expect(told.text).toContain("Hello Grace Hopper");
  expect(told.text).not.toContain("token");
});
