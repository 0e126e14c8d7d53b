/**
 * Tenant A acts on tenant B: every operation of the document, by everybody who is not B's to let in, and by B's own in
 * roles that do not suffice. What suffices does work: an attack that fails for another reason shows nothing.
 */
import { beforeAll, describe, expect, it } from "vitest";
import { bearerOf, createTenant, join, type Browser, type Person } from "../people.ts";
import { call, readOperations, readRows, type Call, type Operation } from "./operations.ts";
import { plantVictim, victimName, type Cast } from "./plant.ts";
import { requests, type Permitted, type Victim } from "./requests.ts";
import { startTarget, type Target } from "./target.ts";

let target: Target;
let operations: Operation[];
let cast: Cast;
let victim: Victim;
let platformAdmin: Person;

interface Attacker {
  browser: Browser;
  role?: Permitted[number];
  headers?: Record<string, string>;
  /** What of the document this one is tried on; all of it, unless it says. */
  tries?: (operation: Operation, index: number) => boolean;
}

const attackers: Record<string, Attacker> = {};
/** Where a membership, or what is left of one, decides. */
const ofTenants = ({ path }: Operation) =>
  path.startsWith("/organization/") || path.startsWith("/platform/audit-events");

beforeAll(async () => {
  target = await startTarget({ cheapHashes: true });
  const people = await Promise.all(
    ["Bo", "Bea", "Ben", "Gus", "Ann", "Art", "Ada", "Una", "Cas", "Rem"].map(target.enter),
  );
  const [owner, admin, member, guest, ownerA, adminA, memberA, user, auditor, removed] = people as [
    Person,
    Person,
    Person,
    Person,
    Person,
    Person,
    Person,
    Person,
    Person,
    Person,
  ];
  platformAdmin = await target.enterAdmin();
  const tenantA = await createTenant(ownerA.browser, "tenant-a");
  await join(ownerA.browser, adminA, tenantA.id, "admin");
  await join(ownerA.browser, memberA, tenantA.id, "member");
  cast = { owner, admin, member, guest };
  victim = await plantVictim(target, cast);
  // The first token makes the first key.
  await owner.browser.get("/api/auth/token");
  operations = await readOperations(target);
  await admit(auditor, victim.roleName);
  await admit(removed, "admin");
  const gone = await owner.browser.post("/api/auth/organization/remove-member", {
    organizationId: victim.tenantId,
    memberIdOrEmail: removed.email,
  });
  expect(gone.status).toBe(200);
  // As if their session had never heard of it, which a rule of the database forbids.
  await withoutRule("session_tenant_needs_membership", async () =>
    target.database
      .prepare("UPDATE session SET active_organization_id = ? WHERE user_id = ?")
      .bind(victim.tenantId, removed.id)
      .run(),
  );
  const authorization = await bearerOf(ownerA.browser, target.secret);
  Object.assign(attackers, {
    nobody: { browser: target.open() },
    "a plain user": { browser: user.browser },
    "a member of A": { browser: memberA.browser },
    "an admin of A": { browser: adminA.browser },
    "the owner of A": { browser: ownerA.browser },
    "a member of B": { browser: member.browser, role: "member" },
    "an admin of B": { browser: admin.browser, role: "admin" },
    "a holder of a role of B's own": { browser: auditor.browser, role: "member", tries: ofTenants },
    "an admin whom B has removed": { browser: removed.browser, tries: ofTenants },
    "the owner of A with a bearer token": {
      browser: target.open(),
      headers: { authorization },
      tries: (operation, index) => ofTenants(operation) || index % 4 === 0,
    },
  } satisfies typeof attackers);
  return target.stop;
});

async function withoutRule(name: string, write: () => Promise<unknown>): Promise<void> {
  const { database } = target;
  const rule = await database
    .prepare("SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name = ?")
    .bind(name)
    .first<string>("sql");
  await database.prepare(`DROP TRIGGER ${name}`).run();
  await write();
  await database.prepare(rule ?? "").run();
}

/** Makes somebody a member of B who has it as the active tenant. */
async function admit({ id }: Person, role: string): Promise<void> {
  const { database } = target;
  await database.batch([
    database
      .prepare(
        "INSERT INTO member (id, organization_id, user_id, role, created_at) VALUES (?, ?, ?, ?, 0)",
      )
      .bind(`membership-of-${id}`, victim.tenantId, id, role),
    database
      .prepare("UPDATE session SET active_organization_id = ? WHERE user_id = ?")
      .bind(victim.tenantId, id),
  ]);
}

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
  // Asking for somebody's mail leaves a trace, and failing to sign in as somebody leaves an event, but neither in B.
  const rows = await readRows(target, ["verification", "email_outbox"]);
  const marks: Record<string, string[]> = {
    session: people,
    audit_event: [`"tenant_id":"${victim.tenantId}"`],
  };
  return Object.fromEntries(
    Object.entries(rows).map(([table, all]) => [
      table,
      all.filter((row) =>
        (marks[table] ?? [...people, victim.tenantId]).some((mark) => row.includes(mark)),
      ),
    ]),
  );
};

/** What an outsider knows of B only from having been told. */
const secretsOf = (told: Call | Call[]) =>
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
    "a holder of a role of B's own",
    "an admin whom B has removed",
    "the owner of A with a bearer token",
  ])("by %s", async (name) => {
    const { browser, role, headers = {}, tries = () => true } = attackers[name] as Attacker;
    const before = await rowsOfVictim();
    const signedIn = await sessions();
    const failures: unknown[] = [];
    // People's own events repeat what they have asked for before.
    const asked: Record<string, Call[]> = { "GET /audit-events": [] };
    for (const operation of operations.filter(tries)) {
      for (const request of requestsOf(operation, victim)) {
        const { permitted, ...told } = request;
        asked["GET /audit-events"]?.push(told);
        if (role !== undefined && permitted.includes(role)) continue;
        const { status, body } = await call(twin(browser), operation, { ...told, headers });
        const answer = JSON.stringify(body);
        const leaked =
          role === undefined
            ? secretsOf(asked[operation.name] ?? told).filter((it) => answer.includes(it))
            : [];
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
    // Nor was it for want of a session.
    const { body } = await browser.get<unknown>("/api/auth/get-session", headers);
    expect(body === null).toBe(name === "nobody");
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
