/**
 * Which addresses have accounts: told by no answer's status or body, and not by its time either, with a mail provider that
 * takes 300 ms. Hashing takes its time, so that few pairs are timed beside other tests, and what their own scatter explains
 * is allowed; `ENUMERATION_PAIRS=200`, on a machine that does nothing else, holds medians to 5 ms.
 */
import { afterAll, beforeAll, expect, it } from "vitest";
import { createTenant, newEmail, type Answer, type Person } from "../people.ts";
import { startTarget, type Target } from "./target.ts";

const askedPairs = process.env["ENUMERATION_PAIRS"];
const pairs = Number(askedPairs ?? 24);
const rounds = 3;
const toleranceMilliseconds = 5;
/** Makes the first requests of a route, which compile and connect, count for neither side. */
const warmUps = 4;

let target: Target;
/** Each with an account: what is sent to one address is counted. */
const existing: string[] = [];

beforeAll(async () => {
  target = await startTarget({ mailMilliseconds: 300 });
  // Straight into the database: the routes are what is timed, not who fills them. One sign-up makes the hash.
  owner = await target.signUp();
  const { email, id } = owner;
  const { database } = target;
  await database.batch(
    Array.from({ length: pairs + warmUps }, (_, index) => {
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

/** Three standard errors of the median, from the median absolute deviation. */
function scatterOf(values: number[]): number {
  const middle = median(values);
  const deviation = median(values.map((value) => Math.abs(value - middle)));
  return (3 * 1.2533 * 1.4826 * deviation) / Math.sqrt(values.length);
}

const median = (values: number[]) =>
  values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;

/** An answer without what differs between any two: ids and times, and the address that was sent. */
function shapeOf({ status, body }: Answer, email: string): string {
  const text = JSON.stringify(body)
    .replaceAll(email, "<email>")
    .replaceAll(/"(id|token|organizationId)":"[^"]+"/g, '"$1":"<$1>"')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "<time>");
  return `${status} ${text}`;
}

async function timePairs(
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
  };
  for (const [index, known] of existing.entries()) {
    const counts = index >= warmUps;
    const unknown = newEmail();
    // Each goes first as often as the other.
    if (index % 2 === 0) await ask(known, times.known, counts);
    await ask(unknown, times.unknown, counts);
    if (index % 2 === 1) await ask(known, times.known, counts);
  }
  const scatter = Math.hypot(scatterOf(times.known), scatterOf(times.unknown));
  return {
    known: median(times.known),
    unknown: median(times.unknown),
    shapes: [...shapes],
    tolerance:
      askedPairs === undefined ? Math.max(toleranceMilliseconds, scatter) : toleranceMilliseconds,
  };
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
    // Whose address is not verified is the one to be sent mail.
    const isVerified = path === "/send-verification-email" ? 0 : 1;
    await target.database
      .prepare("UPDATE user SET email_verified = ? WHERE id LIKE 'user-%'")
      .bind(isVerified)
      .run();
    // A machine that is busy elsewhere makes a difference once; one that is there shows in every round.
    const excesses: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const { known, unknown, shapes, tolerance } = await timePairs(path, async (email, count) =>
        bodyOf(email, 1000 * round + count),
      );
      expect(shapes).toHaveLength(1);
      console.log(
        `${path}: ${pairs} pairs, medians ${known.toFixed(1)} ms with an account, ${unknown.toFixed(1)} ms without`,
      );
      excesses.push(Math.abs(known - unknown) - tolerance);
      if (Math.abs(known - unknown) < tolerance) break;
    }
    expect(Math.min(...excesses)).toBeLessThan(0);
  },
  600_000,
);
