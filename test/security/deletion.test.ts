/**
 * Deletion deletes. After it, the address, the id and the name of a person stand in no table: events of the audit log keep
 * a pseudonym, which is the same in all of them. Before it, people can take with them what the log says of them.
 */
import { beforeAll, describe, expect, it } from "vitest";
import { createTenant, enrol, join, linkIn, newEmail, password, type Person } from "../people.ts";
import { startTarget, type Target } from "./target.ts";

let target: Target;
let owner: Person;
let admin: Person;
let organizationId: string;

beforeAll(async () => {
  target = await startTarget();
  owner = await target.signUp("Olga");
  admin = await target.signUpAdmin();
  organizationId = (await createTenant(owner.browser, "deletion")).id;
  return target.stop;
});

/** `table.column: value` of each value in the database that contains one of `words`, in any case. */
async function mentions(words: readonly string[]): Promise<string[]> {
  const { database } = target;
  const { results: tables } = await database
    .prepare(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '_cf_%'",
    )
    .all<{ name: string }>();
  const found: string[] = [];
  for (const { name } of tables) {
    const { results } = await database
      .prepare(`SELECT * FROM "${name}"`)
      .all<Record<string, unknown>>();
    for (const row of results) {
      for (const [column, value] of Object.entries(row)) {
        const text = String(value).toLowerCase();
        if (words.some((word) => text.includes(word.toLowerCase()))) {
          found.push(`${name}.${column}: ${text}`);
        }
      }
    }
  }
  return found;
}

/** Somebody who has left traces wherever a person can. */
async function somebody() {
  const name = `Quendolyn ${crypto.randomUUID().slice(0, 8)}`;
  const person = await target.signUp(name);
  const { browser, email, id } = person;
  const post = async (path: string, body: object, by = browser) =>
    by.post<{ id: string }>(`/api/auth${path}`, body);
  await join(owner.browser, person, organizationId, "admin");
  const tenant = await createTenant(browser, `own-${crypto.randomUUID()}`);
  await post("/organization/delete", { organizationId: tenant.id });
  await post("/organization/invite-member", {
    organizationId,
    email: newEmail(),
    role: "member",
  });
  // Wrong passwords, a reset, a change of address that is open, and one that was carried out.
  await post("/sign-in/email", { email, password: "wrong" }, target.open());
  await post("/request-password-reset", { email }, target.open());
  const former = email;
  const next = `quendolyn-${id.toLowerCase()}@example.com`;
  expect((await post("/change-email", { newEmail: next })).status).toBe(200);
  for (const [to, subject] of [
    [former, "Confirm your new"],
    [next, "Confirm your email"],
  ] as const) {
    const { search } = linkIn(await target.mailTo(to, subject));
    await browser.get(`/api/auth/verify-email${search}`);
  }
  await post("/sign-in/email", { email: next, password: "wrong" }, target.open());
  const elsewhere = target.open();
  await post("/sign-in/email", { email: next, password }, elsewhere);
  await enrol(elsewhere);
  await elsewhere.post("/api/auth/change-email", { newEmail: newEmail() });
  // Invitations to the address: of a tenant, decided and open.
  const others = [await target.enter("Ines"), await target.enter("Ivo")] as const;
  for (const [index, { browser: inviter }] of others.entries()) {
    const { id: other } = await createTenant(inviter, `other-${crypto.randomUUID()}`);
    const body = { organizationId: other, email: next, role: "member" };
    const invited = await post("/organization/invite-member", body, inviter);
    expect(invited.status).toBe(200);
    if (index === 0) {
      await post("/organization/reject-invitation", { invitationId: invited.body.id }, elsewhere);
    }
  }
  // What admins did.
  await post("/admin/ban-user", { userId: id }, admin.browser);
  await post("/admin/unban-user", { userId: id }, admin.browser);
  await post("/admin/impersonate-user", { userId: id }, admin.browser);
  await post("/admin/stop-impersonating", {}, admin.browser);
  const device = target.open();
  await post("/sign-in/email", { email: next, password }, device);
  return { ...person, name, former, email: next, words: [id, next, former, name] };
}

describe("a deletion leaves no address, id or name, but the same pseudonym everywhere", () => {
  it.each([
    ["by the person", "own"],
    ["by an admin", "admin"],
  ])("%s", async (_, by) => {
    const person = await somebody();
    const before = await mentions(person.words);
    expect(before.length).toBeGreaterThan(20);
    if (by === "own") {
      const browser = await target.enterElsewhere(person);
      const deleted = await browser.post("/api/auth/delete-user", { password });
      expect(deleted.status).toBe(200);
    } else {
      const body = { userId: person.id };
      expect((await admin.browser.post("/api/auth/admin/remove-user", body)).status).toBe(200);
    }
    await target.mailTo(person.email, "Your account was deleted");
    expect(await mentions(person.words)).toEqual([]);
    const { results } = await target.database
      .prepare(
        "SELECT DISTINCT value FROM (SELECT actor_id AS value FROM audit_event UNION SELECT subject_id FROM audit_event) WHERE value LIKE 'deleted-%'",
      )
      .all<{ value: string }>();
    const pseudonyms = results.map(({ value }) => value);
    expect(pseudonyms.at(-1)).toMatch(/^deleted-\w{16}$/);
    const last = await target.database
      .prepare("SELECT subject_id FROM audit_event WHERE event = 'user.deleted' ORDER BY id DESC")
      .first<string>("subject_id");
    const events = await target.database
      .prepare("SELECT count(*) AS count FROM audit_event WHERE actor_id = ?1 OR subject_id = ?1")
      .bind(last)
      .first<number>("count");
    expect(events).toBeGreaterThan(8);
  });

  it("and is not begun when the last-owner rule refuses it", async () => {
    const before = await mentions([owner.id]);
    const browser = await target.enterElsewhere(owner);
    const refused = await browser.post("/api/auth/delete-user", { password });
    expect(refused.status).toBe(409);
    expect((await mentions([owner.id])).length).toBeGreaterThanOrEqual(before.length);
  });
});

describe("one's own events", () => {
  interface Page {
    events: Record<string, unknown>[];
    nextCursor: number | null;
  }
  const read = async ({ browser }: Pick<Person, "browser">, query = "") =>
    browser.get<Page>(`/api/auth/audit-events${query}`);

  it("are what one did, and what was done to one, without the network of somebody else", async () => {
    const ada = await target.signUp("Ada");
    const bob = await target.signUp("Bob");
    await admin.browser.post("/api/auth/admin/ban-user", { userId: ada.id });
    await admin.browser.post("/api/auth/admin/unban-user", { userId: ada.id });
    const browser = target.open();
    const from = { "cf-connecting-ip": "198.51.100.30" };
    await browser.post("/api/auth/sign-in/email", { email: ada.email, password }, from);
    const { status, body } = await read({ browser });
    expect(status).toBe(200);
    const names = body.events.map(({ event }) => event);
    expect(names).toEqual(["session.created", "user.unbanned", "user.banned", ...names.slice(3)]);
    expect(body.events[0]).toMatchObject({ actorId: ada.id, ipAddress: "198.51.100.30" });
    expect(body.events[1]).toMatchObject({ subjectId: ada.id, ipAddress: null, userAgent: null });
    expect(JSON.stringify(body)).not.toContain(bob.id);
    expect((await read({ browser: target.open() })).status).toBe(401);
  });

  it("come in pages", async () => {
    const ada = await target.signUp("Ada");
    for (let index = 0; index < 4; index += 1) {
      await target.open().post("/api/auth/sign-in/email", { email: ada.email, password });
    }
    const all = (await read(ada)).body.events;
    const paged: unknown[] = [];
    let cursor: number | null | undefined;
    do {
      const query = `?limit=2${cursor == null ? "" : `&cursor=${cursor}`}`;
      const { body } = await read(ada, query);
      expect(body.events.length).toBeLessThanOrEqual(2);
      paged.push(...body.events);
      cursor = body.nextCursor;
    } while (cursor !== null);
    expect(paged).toEqual(all);
    expect(all.length).toBeGreaterThanOrEqual(5);
  });
});
