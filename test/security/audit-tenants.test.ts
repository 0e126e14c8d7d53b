/** The audit log of what is done to a tenant or to another user: who did it, to whom, from where, and with what. */
import { beforeAll, describe, expect, it } from "vitest";
import type { Person } from "../people.ts";
import {
  events,
  from,
  openAuditedPlatform,
  origin,
  type AuditedPlatform,
  type AuditRow,
} from "./audited-platform.ts";
import { call, type Operation } from "./operations.ts";
import { plantVictim, type Cast } from "./plant.ts";
import { requests, type Victim } from "./requests.ts";
import type { Target } from "./target.ts";

let target: Target;
let operations: Operation[];
let cast: Cast;
let root: Person;
let eventsOf: AuditedPlatform["eventsOf"];

beforeAll(async () => {
  ({ target, operations, cast, root, eventsOf } = await openAuditedPlatform());
  return target.stop;
});

/** Whether an event names the user that an admin's action was about. */
const namesSubject = ({ name }: Operation, { subject_id: subject }: AuditRow, { user }: Victim) =>
  name === "POST /admin/create-user"
    ? subject !== null
    : subject === user.id || (name === "POST /admin/remove-user" && isPseudonym(subject));
/** What a deletion leaves in place of the id. */
const isPseudonym = (subject: unknown) => /^deleted-[A-Za-z0-9]{16}$/.test(String(subject));

describe("an action on a tenant or a user", () => {
  it("is recorded with its actor, its subject, its tenant and its origin", async () => {
    const missing: unknown[] = [];
    let checked = 0;
    for (const operation of operations) {
      const event = events[operation.name];
      if (event === undefined || event === null) continue;
      const isAimed = ({ permitted: [role] }: { permitted: readonly string[] }) =>
        role !== undefined && role !== "self";
      const ways = requests[operation.name]?.(await plantVictim(target, cast)) ?? [];
      for (const [way, { permitted }] of ways.entries()) {
        if (!isAimed({ permitted })) continue;
        const victim = await plantVictim(target, cast);
        const aimed = requests[operation.name]?.(victim)[way];
        if (aimed === undefined) throw new Error("these are the same ways for everybody");
        const { permitted: _, ...told } = aimed;
        const role = permitted[0] as "guest" | "member" | "admin" | "owner" | "platform-admin";
        const actor = role === "platform-admin" ? root : cast[role];
        // An impersonation replaces the session.
        const browser = target.open();
        for (const [name, value] of actor.browser.cookies) browser.cookies.set(name, value);
        const left = await eventsOf(async () => {
          const { status } = await call(browser, operation, { ...told, headers: from });
          expect([operation.name, way, status]).toEqual([operation.name, way, 200]);
        });
        // A request of a tenant's that names none is about the active one.
        const isOfTenant =
          operation.path.startsWith("/organization/") ||
          JSON.stringify(told).includes(victim.tenantId);
        const found = left.find(
          (row) =>
            row.event === event &&
            row.actor_id === actor.id &&
            (!isOfTenant || row.tenant_id === victim.tenantId) &&
            (!operation.path.startsWith("/admin/") || namesSubject(operation, row, victim)),
        );
        checked += 1;
        if (found === undefined) missing.push({ operation: operation.name, told, event, left });
        else expect(found).toMatchObject(origin);
      }
    }
    expect(missing).toEqual([]);
    expect(checked).toBeGreaterThan(40);
  });

  const namesTenant = ({ body }: Operation) =>
    JSON.stringify(body ?? {}).includes("organizationId");

  it.each([
    ["empty", ""],
    ["missing", undefined],
  ])(
    "is recorded for the active tenant if the organizationId of the body is %s",
    async (_, organizationId) => {
      const carriedOut: string[] = [];
      for (const operation of operations.filter(namesTenant)) {
        const event = events[operation.name];
        if (event === undefined || event === null) continue;
        const victim = await plantVictim(target, cast);
        const aimed = requests[operation.name]?.(victim).find(
          ({ permitted }) => permitted.length > 0,
        );
        const by = aimed?.permitted.includes("owner") === true ? cast.owner : cast.admin;
        const body = { ...(aimed?.body as object), organizationId };
        const left = await eventsOf(async () => {
          const { status } = await call(by.browser, operation, { body, headers: from });
          if (status === 200) carriedOut.push(operation.name);
        });
        const told = { event, actor_id: by.id, tenant_id: victim.tenantId };
        const expected = carriedOut.includes(operation.name) ? [expect.objectContaining(told)] : [];
        expect([operation.name, left]).toEqual([operation.name, expected]);
      }
      // The others refuse it.
      expect(carriedOut.toSorted()).toEqual(
        ["invite-member", "remove-member", "update", "update-member-role"]
          .concat(organizationId === "" ? [] : ["create-role", "delete-role", "update-role"])
          .map((route) => `POST /organization/${route}`)
          .toSorted(),
      );
    },
  );

  it.each([
    ["leave the tenant in doing so", "member", "remove-member"],
    ["have switched to another tenant by the time it is done", "organization_role", "delete-role"],
  ])("is recorded for its tenant and its actor, even if they %s", async (_, table, route) => {
    const victim = await plantVictim(target, cast);
    const other = await plantVictim(target, cast);
    const run = async (sql: string) => target.database.prepare(sql).run();
    const switchTo = async ({ tenantId }: Victim) =>
      cast.admin.browser.post("/api/auth/organization/set-active", { organizationId: tenantId });
    await switchTo(victim);
    const self = await target.database
      .prepare("SELECT id FROM member WHERE organization_id = ? AND user_id = ?")
      .bind(victim.tenantId, cast.admin.id)
      .first<string>("id");
    // As if they had asked for it at the same time.
    await run(
      `CREATE TRIGGER meanwhile AFTER DELETE ON ${table} BEGIN UPDATE session SET active_organization_id = '${other.tenantId}' WHERE user_id = '${cast.admin.id}'; END`,
    );
    const body =
      route === "delete-role" ? { roleName: victim.roleName } : { memberIdOrEmail: self };
    const left = await eventsOf(async () => {
      const path = `/api/auth/organization/${route}`;
      const { status } = await cast.admin.browser.post(path, body, from);
      expect(status).toBe(200);
    });
    await run("DROP TRIGGER meanwhile");
    expect(left).toMatchObject([
      { actor_id: cast.admin.id, tenant_id: victim.tenantId, ...origin },
    ]);
  });

  it("is recorded for its actor, even if they sign out at the same time", async () => {
    const victim = await plantVictim(target, cast);
    const gone = await target.enter();
    await target.database.batch([
      target.database
        .prepare(
          "INSERT INTO member (id, organization_id, user_id, role, created_at) VALUES (?, ?, ?, 'admin', 0)",
        )
        .bind("about-to-go", victim.tenantId, gone.id),
      target.database.prepare(
        `CREATE TRIGGER meanwhile AFTER DELETE ON member BEGIN DELETE FROM session WHERE user_id = '${gone.id}'; END`,
      ),
    ]);
    const body = { organizationId: victim.tenantId, memberIdOrEmail: victim.member.memberId };
    const left = await eventsOf(async () =>
      gone.browser.post("/api/auth/organization/remove-member", body, from),
    );
    await target.database.prepare("DROP TRIGGER meanwhile").run();
    expect(left).toMatchObject([
      { event: "member.removed", actor_id: gone.id, subject_id: victim.member.id, ...origin },
    ]);
  });
});
