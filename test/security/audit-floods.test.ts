/**
 * The audit log as a target: strangers who fail as often as they like fill it, or hide what they do next among their failures. And what must
 * stand all the same: every failed sign-in of somebody's.
 */
import { beforeAll, describe, expect, it } from "vitest";
import { newEmail, type Browser, type Person } from "../people.ts";
import { call, readOperations, tablesOf, type Operation } from "./operations.ts";
import { plantVictim } from "./plant.ts";
import { newPassword, requests, type Victim } from "./requests.ts";
import { startTarget, type Target } from "./target.ts";

let target: Target;
let operations: Operation[];
let victim: Victim;
let networks = 0;

beforeAll(async () => {
  target = await startTarget({ cheapHashes: true });
  const people = await Promise.all(["Bo", "Bea", "Ben", "Gus"].map(target.signUp));
  const [owner, admin, member, guest] = people as [Person, Person, Person, Person];
  // The first token makes the first key.
  await owner.browser.get("/api/auth/token");
  victim = await plantVictim(target, { owner, admin, member, guest });
  operations = await readOperations(target);
  return target.stop;
});

const newNetwork = () => {
  networks += 1;
  return `198.51.100.${networks}`;
};
const times = async (count: number, act: () => Promise<unknown>) =>
  Promise.all(Array.from({ length: count }, act));

/** How many rows each table has got, where it has got any. */
async function rowsOf(act: () => Promise<unknown>): Promise<[string, number][]> {
  const tables = await tablesOf(target.database);
  const count = async () =>
    (
      await target.database.batch<{ n: number }>(
        tables.map((name) => target.database.prepare(`SELECT count(*) AS n FROM "${name}"`)),
      )
    ).map(({ results }) => results[0]?.n ?? 0);
  const before = await count();
  await act();
  const after = await count();
  return tables
    .map((name, index): [string, number] => [name, (after[index] ?? 0) - (before[index] ?? 0)])
    .filter(([, more]) => more > 0);
}

async function eventsFrom(network: string): Promise<string[]> {
  const { results } = await target.database
    .prepare("SELECT event FROM audit_event WHERE ip_address = ? ORDER BY id")
    .bind(network)
    .all<{ event: string }>();
  return results.map(({ event }) => event);
}

describe("a stranger who fails forty times", () => {
  type Send = (browser: Browser, headers: Record<string, string>) => Promise<{ status: number }>;
  const post =
    (path: string, body: unknown): Send =>
    async (browser, headers) =>
      browser.post(`/api/auth/${path}`, body, headers);
  let named = 0;

  it.each<[string, string[], Send]>([
    [
      "a provider's answer, whatever it names",
      ["sign_in.failed"],
      async (browser, headers) => {
        named += 1;
        return browser.get(`/api/auth/callback/any-${named}?error=x-${named}`, headers);
      },
    ],
    [
      "the same as an image on somebody's page",
      ["sign_in.failed"],
      async (browser, headers) =>
        browser.get("/api/auth/callback/anything?error=x", {
          ...headers,
          origin: "",
          "sec-fetch-site": "cross-site",
          "sec-fetch-mode": "no-cors",
          "sec-fetch-dest": "image",
        }),
    ],
    ["a provider's form", [], post("callback/anything?error=x", {})],
    ["a provider", ["sign_in.failed"], post("sign-in/social", { provider: "nobody's" })],
    ["a sign-in with half a body", [], post("sign-in/email", {})],
    [
      "the token of a reset",
      ["password.reset_failed"],
      post("reset-password", { token: "none", newPassword }),
    ],
    ["a code", [], post("two-factor/verify-totp", { code: "000000" })],
    ["a backup code", [], post("two-factor/verify-backup-code", { code: "aaaaa-aaaaa" })],
    [
      "a change of password",
      [],
      post("change-password", { currentPassword: newPassword, newPassword }),
    ],
    ["a proof", [], post("verify-password", { password: newPassword })],
    ["to turn a factor off", [], post("two-factor/disable", { password: newPassword })],
    ["to end an impersonation", [], post("admin/stop-impersonating", {})],
  ])("leaves an event at most: %s", async (_, expected, send) => {
    const network = newNetwork();
    const rows = await rowsOf(async () =>
      times(40, async () => {
        const { status } = await send(target.open(), { "cf-connecting-ip": network });
        expect(status).toBeGreaterThanOrEqual(302);
      }),
    );
    const events = await eventsFrom(network);
    // Beginnings of sign-ins are refused after thirty, which is an event, too.
    expect(events.filter((event) => event !== "request.refused")).toEqual(expected);
    expect(rows.filter(([, more]) => more > 2)).toEqual([]);
  });

  it("has no more networks in an IPv6 /48 than a site may fill", async () => {
    const fail = async (address: string) => {
      const headers = { "cf-connecting-ip": address };
      await target.open().get("/api/auth/callback/anything?error=x", headers);
      return eventsFrom(address);
    };
    expect(await fail("2001:db8:48:1::1")).toEqual(["sign_in.failed"]);
    expect(await fail("2001:db8:48:2::1")).toEqual(["sign_in.failed"]);
    await target.database
      .prepare("UPDATE throttle SET tries = 120 WHERE key LIKE 'refusal-site:%'")
      .run();
    expect(await fail("2001:db8:48:3::1")).toEqual([]);
    expect(await fail("2001:db8:49:3::1")).toEqual(["sign_in.failed"]);
  });
});

/** Twenty in a minute, each good for an hour: `floods.test.ts`. */
const mailed = "POST /request-password-reset";

it("no operation, six times by a stranger, leaves more than a few rows in any table", async () => {
  const failures: unknown[] = [];
  for (const operation of operations.filter(({ name }) => name !== mailed)) {
    const headers = { "cf-connecting-ip": newNetwork() };
    const rows = await rowsOf(async () =>
      times(6, async () => {
        for (const { permitted: _, ...told } of requests[operation.name]?.(victim) ?? []) {
          await call(target.open(), operation, { ...told, headers });
        }
      }),
    );
    // Three wrong passwords and what stands for all that were refused after them.
    // A sign-in has five counters: the account, its share, the network twice, and the hash. A row for each try would be six.
    const many = rows.filter(([, more]) => more > 5);
    if (many.length > 0) failures.push([operation.name, many]);
  }
  expect(failures).toEqual([]);
});

it("every wrong password is an event, with the address that it was for", async () => {
  const network = newNetwork();
  const emails = [newEmail(), victim.owner.email, newEmail()];
  for (const email of emails) {
    const body = { email, password: newPassword };
    const headers = { "cf-connecting-ip": network };
    const { status } = await target.open().post("/api/auth/sign-in/email", body, headers);
    expect(status).toBe(401);
  }
  const { results } = await target.database
    .prepare("SELECT event, detail FROM audit_event WHERE ip_address = ? ORDER BY id")
    .bind(network)
    .all();
  expect(results).toEqual(
    emails.map((email) => ({ event: "sign_in.failed", detail: JSON.stringify({ email }) })),
  );
});

it("somebody who is signed in leaves an event for each wrong password, and one for each other failure", async () => {
  const { browser, id } = await target.signUp();
  for (let count = 0; count < 3; count += 1) {
    await browser.post("/api/auth/verify-password", { password: newPassword });
    // There is no factor: no code is wrong.
    const { status } = await browser.post("/api/auth/two-factor/verify-totp", { code: "000000" });
    expect(status).toBe(400);
  }
  const { results } = await target.database
    .prepare(
      "SELECT event FROM audit_event WHERE actor_id = ? AND event LIKE '%failed' ORDER BY event",
    )
    .bind(id)
    .all<{ event: string }>();
  const expected = ["check_failed", "check_failed", "check_failed"].map((it) => `password.${it}`);
  expect(results.map(({ event }) => event)).toEqual([...expected, "two_factor.failed"]);
});
