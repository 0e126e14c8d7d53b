/**
 * Tenant A acts on tenant B: every operation of the document, by everybody who is not B's to let in, and by B's own in
 * roles that do not suffice. What suffices does work: an attack that fails for another reason shows nothing.
 */
import { beforeAll, describe, expect, it } from "vitest";
import { createTenant, join, type Browser, type Person } from "../people.ts";
import { call, readOperations, readRows, type Call, type Operation } from "./operations.ts";
import { plantVictim, victimName, type Cast } from "./plant.ts";
import { requests, type Permitted, type Victim } from "./requests.ts";
import { startTarget, type Target } from "./target.ts";

let target: Target;
let operations: Operation[];
let cast: Cast;
let victim: Victim;
let platformAdmin: Person;
const attackers: Record<string, { browser: Browser; role?: Permitted[number] }> = {};

beforeAll(async () => {
  target = await startTarget();
  const [owner, admin, member, guest, ownerA, adminA, memberA, user, root] = (await Promise.all(
    ["Bo", "Bea", "Ben", "Gus", "Ann", "Art", "Ada", "Una"]
      .map(target.enter)
      .concat(target.enterAdmin()),
  )) as [Person, Person, Person, Person, Person, Person, Person, Person, Person];
  platformAdmin = root;
  const tenantA = await createTenant(ownerA.browser, "tenant-a");
  await join(ownerA.browser, adminA, tenantA.id, "admin");
  await join(ownerA.browser, memberA, tenantA.id, "member");
  cast = { owner, admin, member, guest };
  victim = await plantVictim(target, cast);
  // The first token makes the first key.
  await owner.browser.get("/api/auth/token");
  operations = await readOperations(target);
  Object.assign(attackers, {
    nobody: { browser: target.open() },
    "a plain user": { browser: user.browser },
    "a member of A": { browser: memberA.browser },
    "an admin of A": { browser: adminA.browser },
    "the owner of A": { browser: ownerA.browser },
    "a member of B": { browser: member.browser, role: "member" },
    "an admin of B": { browser: admin.browser, role: "admin" },
  });
  return target.stop;
});

const requestsOf = ({ name }: Operation, aim: Victim) => requests[name]?.(aim) ?? [];

/** A browser with the same cookies, so that an operation that ends a session ends no other attack. */
const twin = (browser: Browser) => {
  const copy = target.open();
  for (const [name, value] of browser.cookies) copy.cookies.set(name, value);
  return copy;
};

/** What of the database is B's: its rows, and those of its people but who attacks. */
const rowsOfVictim = async () => {
  const people = [victim.owner.id, victim.member.id, victim.user.id];
  // Whoever asks for a mail for somebody, or fails as somebody, leaves a trace.
  const rows = await readRows(target, ["audit_event", "verification", "email_outbox"]);
  return Object.fromEntries(
    Object.entries(rows).map(([table, all]) => [
      table,
      all.filter((row) =>
        (table === "session" ? people : [...people, victim.tenantId]).some((id) =>
          row.includes(id),
        ),
      ),
    ]),
  );
};

/** What an outsider knows of B only from having been told. */
const secretsOf = (told: Call) =>
  [
    victimName,
    "of Umbrella",
    ...[victim.owner, victim.member, victim.user, victim.invitation].flatMap(Object.values),
    victim.roleId,
  ].filter((secret) => typeof secret === "string" && !JSON.stringify(told).includes(secret));

const sessions = async () =>
  (await target.database.prepare("SELECT * FROM session").all<Record<string, never>>()).results;

const restore = async (rows: Awaited<ReturnType<typeof sessions>>) =>
  target.database.batch(
    rows.map((row) =>
      target.database
        .prepare(
          `INSERT OR IGNORE INTO session (${Object.keys(row).join(", ")}) VALUES (${Object.keys(row)
            .map(() => "?")
            .join(", ")})`,
        )
        .bind(...Object.values(row)),
    ),
  );

it("has a request for every operation of the document, and for no other", () => {
  expect(Object.keys(requests).sort()).toEqual(operations.map(({ name }) => name).sort());
});

describe("tenant B is not read or changed", () => {
  it.each([
    "nobody",
    "a plain user",
    "a member of A",
    "an admin of A",
    "the owner of A",
    "a member of B",
    "an admin of B",
  ])("by %s", async (name) => {
    const { browser, role } = attackers[name] ?? { browser: target.open() };
    const before = await rowsOfVictim();
    const signedIn = await sessions();
    const failures: unknown[] = [];
    for (const operation of operations) {
      for (const request of requestsOf(operation, victim)) {
        const { permitted, ...told } = request;
        if (role !== undefined && permitted.includes(role)) continue;
        const { status, body } = await call(twin(browser), operation, told);
        const answer = JSON.stringify(body);
        const leaked =
          role === undefined ? secretsOf(told).filter((it) => answer.includes(it)) : [];
        const allowed = permitted.includes("self") && status < 500;
        const refused = status >= 400 && status < 500;
        if (leaked.length > 0 || !(allowed || refused)) {
          failures.push({ operation: operation.name, told, status, answer, leaked });
        }
        // What writes all the same is seen at the end.
        if (status >= 400 || operation.method === "GET") continue;
        if (permitted.includes("self")) await restore(signedIn);
        expect([operation.name, await rowsOfVictim()]).toEqual([operation.name, before]);
      }
    }
    expect(await rowsOfVictim()).toEqual(before);
    expect(failures).toEqual([]);
  });
});

describe("tenant B is read and changed", () => {
  it.each(["guest", "member", "admin", "owner", "platform-admin"] as const)(
    "by its %s, where that role suffices",
    async (role) => {
      const person = role === "platform-admin" ? platformAdmin : cast[role];
      const failures: unknown[] = [];
      let tried = 0;
      for (const operation of operations) {
        for (let index = 0; index < requestsOf(operation, victim).length; index += 1) {
          if (requestsOf(operation, victim)[index]?.permitted.includes(role) !== true) continue;
          const fresh = await plantVictim(target, cast);
          const { permitted: _, ...told } = requestsOf(operation, fresh)[index] ?? {
            permitted: [],
          };
          const { status, body } = await call(twin(person.browser), operation, told);
          if (status !== 200) failures.push({ operation: operation.name, told, status, body });
          tried += 1;
        }
      }
      expect(failures).toEqual([]);
      expect(tried).toBeGreaterThan(2);
    },
  );
});
