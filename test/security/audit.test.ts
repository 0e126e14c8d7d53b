/** What changes who may do what is in the audit log: who did it, from where, with what, to whom. */
import { beforeAll, describe, expect, it } from "vitest";
import { authenticator, enrol, linkIn, newEmail, password, type Person } from "../people.ts";
import { call, readOperations, readRows, type Operation } from "./operations.ts";
import { plantVictim, type Cast } from "./plant.ts";
import { newPassword, requests, type Victim } from "./requests.ts";
import { startTarget, type Target } from "./target.ts";

/** The event of each operation that is carried out; `null` where an auditor asks about nothing that it does. */
const events: Record<string, string | null> = {
  "POST /sign-in/social": null,
  "GET /callback/{id}": "session.created",
  "POST /callback/{id}": "session.created",
  "GET /get-session": null,
  "POST /get-session": null,
  "POST /sign-out": "session.ended",
  "POST /sign-up/email": "user.created",
  "POST /sign-in/email": "session.created",
  "POST /reset-password": "password.reset",
  "POST /verify-password": null,
  "GET /verify-email": "email.link_followed",
  "POST /send-verification-email": null,
  "POST /change-email": "email.change_requested",
  "POST /change-password": "password.changed",
  "POST /update-session": null,
  "POST /update-user": null,
  "POST /delete-user": "user.deleted",
  "POST /request-password-reset": null,
  "GET /reset-password/{token}": null,
  "GET /list-sessions": null,
  "POST /revoke-session": "session.revoked",
  "POST /revoke-sessions": "session.revoked",
  "POST /revoke-other-sessions": "session.revoked",
  "POST /link-social": null,
  "GET /list-accounts": null,
  "GET /delete-user/callback": null,
  "POST /unlink-account": "account.unlinked",
  "POST /refresh-token": null,
  "POST /get-access-token": null,
  "GET /account-info": null,
  "GET /ok": null,
  "GET /error": null,
  "GET /jwks": null,
  "GET /token": null,
  "GET /session": null,
  "GET /openapi.json": null,
  "GET /platform/sign-in-options": null,
  "POST /platform/claim": "platform.claimed",
  "POST /admin/set-role": "user.role_changed",
  "GET /admin/get-user": null,
  "POST /admin/create-user": "user.created_by_admin",
  "POST /admin/update-user": "user.updated_by_admin",
  "GET /admin/list-users": null,
  "POST /admin/list-user-sessions": null,
  "POST /admin/unban-user": "user.unbanned",
  "POST /admin/ban-user": "user.banned",
  "POST /admin/impersonate-user": "impersonation.started",
  "POST /admin/stop-impersonating": "impersonation.ended",
  "POST /admin/revoke-user-session": "session.revoked_by_admin",
  "POST /admin/revoke-user-sessions": "session.revoked_by_admin",
  "POST /admin/remove-user": "user.deleted",
  "POST /admin/set-user-password": "password.set_by_admin",
  "POST /admin/has-permission": null,
  "POST /organization/create": "tenant.created",
  "POST /organization/update": "tenant.updated",
  "POST /organization/delete": "tenant.deleted",
  "POST /organization/set-active": null,
  "GET /organization/get-organization": null,
  "GET /organization/get-full-organization": null,
  "GET /organization/list": null,
  "POST /organization/invite-member": "invitation.created",
  "POST /organization/cancel-invitation": "invitation.canceled",
  "POST /organization/accept-invitation": "invitation.accepted",
  "GET /organization/get-invitation": null,
  "POST /organization/reject-invitation": "invitation.rejected",
  "GET /organization/list-invitations": null,
  "GET /organization/get-active-member": null,
  "POST /organization/check-slug": null,
  "POST /organization/remove-member": "member.removed",
  "POST /organization/update-member-role": "member.role_changed",
  "POST /organization/leave": "member.left",
  "GET /organization/list-user-invitations": null,
  "GET /organization/list-members": null,
  "GET /organization/members": null,
  "GET /organization/get-active-member-role": null,
  "POST /organization/create-role": "tenant_role.created",
  "POST /organization/delete-role": "tenant_role.deleted",
  "GET /organization/list-roles": null,
  "GET /organization/get-role": null,
  "POST /organization/update-role": "tenant_role.updated",
  "POST /organization/has-permission": null,
  "GET /platform/tenants": "tenants.listed",
  "POST /platform/tenants": "tenant.created",
  "GET /platform/tenants/{id}": "tenant.read",
  "PATCH /platform/tenants/{id}": "tenant.updated",
  "DELETE /platform/tenants/{id}": "tenant.deleted",
  "GET /platform/tenants/{id}/members": "members.listed",
  "POST /platform/tenants/{id}/members": "member.added",
  "PATCH /platform/tenants/{id}/members/{memberId}": "member.role_changed",
  "DELETE /platform/tenants/{id}/members/{memberId}": "member.removed",
  "GET /platform/users": "users.listed",
  "GET /platform/users/{id}/memberships": "memberships.listed",
  "GET /platform/tenants/{id}/invitations": "invitations.listed",
  "POST /platform/tenants/{id}/invitations": "invitation.created",
  "DELETE /platform/tenants/{id}/invitations/{invitationId}": "invitation.canceled",
  "GET /platform/audit-events": null,
  "GET /platform/audit-events/export": "audit_log.exported",
  "POST /two-factor/get-totp-uri": "two_factor.secret_shown",
  "POST /two-factor/verify-totp": "two_factor.enabled",
  "POST /two-factor/send-otp": null,
  "POST /two-factor/verify-otp": null,
  "POST /two-factor/verify-backup-code": "two_factor.backup_code_used",
  "POST /two-factor/generate-backup-codes": "two_factor.backup_codes_replaced",
  "POST /two-factor/enable": "two_factor.enrolment_started",
  "POST /two-factor/disable": "two_factor.disabled",
};

/** What shows in other tests: `oauth.test.ts`, since no provider can be reached here, and `platform-admins.test.ts`. */
const elsewhere = [
  "GET /callback/{id}",
  "POST /callback/{id}",
  "POST /unlink-account",
  "POST /platform/claim",
];

let target: Target;
let operations: Operation[];
let cast: Cast;
let root: Person;

beforeAll(async () => {
  target = await startTarget();
  const people = await Promise.all(["Bo", "Bea", "Ben", "Gus"].map(target.enter));
  const [owner, admin, member, guest] = people as [Person, Person, Person, Person];
  cast = { owner, admin, member, guest };
  root = await target.enterAdmin();
  operations = await readOperations(target);
  return target.stop;
});

const from = { "cf-connecting-ip": "198.51.100.7", "user-agent": "an-agent/1.0" };
const origin = { ip_address: "198.51.100.7", user_agent: "an-agent/1.0" };

interface Row {
  event: string;
  actor_id: string | null;
  tenant_id: string | null;
  subject_id: string | null;
  impersonated_by: string | null;
  detail: string | null;
}

/** The events that `act` leaves. */
const eventsOf = async (act: () => Promise<unknown>): Promise<Row[]> => {
  const last = await target.database
    .prepare("SELECT coalesce(max(id), 0) AS id FROM audit_event")
    .first<number>("id");
  await act();
  const { results } = await target.database
    .prepare("SELECT * FROM audit_event WHERE id > ? ORDER BY id")
    .bind(last)
    .all<Row>();
  return results;
};

it("says of every operation of the document whether it leaves an event", () => {
  expect(Object.keys(events).sort()).toEqual(operations.map(({ name }) => name).sort());
});

/** Whom an admin's action was about. */
const namesSubject = ({ name }: Operation, { subject_id: subject }: Row, { user }: Victim) =>
  name === "POST /admin/create-user" ? subject !== null : subject === user.id;

describe("what is done to a tenant or a user", () => {
  it("names who, whom, where and with what", async () => {
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
  ])("is the active tenant's where the body's is %s", async (_, organizationId) => {
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
  });

  it.each([
    ["leaves the tenant by it", "member", "remove-member"],
    ["is in another tenant when it is done", "organization_role", "delete-role"],
  ])("is the tenant's and the actor's, also of one who %s", async (_, table, route) => {
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

  it("is the actor's, also of one who signs out at the same time", async () => {
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

describe("while the log cannot be written", () => {
  const rows = async () => readRows(target, ["audit_event"]);
  /** Nothing of `act`, which fails, is left in what is compared. */
  const expectNothing = async (
    act: () => Promise<{ status: number }>,
    compared: () => Promise<unknown> = rows,
  ) => {
    const before = await compared();
    await target.database.prepare("ALTER TABLE audit_event RENAME TO away").run();
    const { status } = await act();
    await target.database.prepare("ALTER TABLE away RENAME TO audit_event").run();
    expect(await compared()).toEqual(before);
    expect(status).toBeGreaterThanOrEqual(500);
  };

  it.each([
    "POST /admin/set-role",
    "POST /admin/update-user",
    "POST /admin/ban-user",
    "POST /admin/set-user-password",
    "POST /admin/remove-user",
    "POST /organization/update",
    "POST /organization/remove-member",
    "POST /organization/update-member-role",
    "POST /organization/leave",
    "PATCH /platform/tenants/{id}",
    "PATCH /platform/tenants/{id}/members/{memberId}",
  ])("is not carried out: %s", async (name) => {
    const victim = await plantVictim(target, cast);
    const operation = operations.find((one) => one.name === name);
    const aimed = requests[name]?.(victim).find(({ permitted }) => permitted.length > 0);
    if (operation === undefined || aimed === undefined) throw new Error(`no ${name}`);
    const { permitted, ...told } = aimed;
    const role = permitted[0] as "member" | "admin" | "owner" | "platform-admin";
    const { browser } = role === "platform-admin" ? root : cast[role];
    await expectNothing(async () => call(browser, operation, told));
    expect((await call(browser, operation, told)).status).toBe(200);
  });

  it("is not carried out: a new password, by the old one or by mail, and less than a factor", async () => {
    // Other sessions end before the password changes.
    const credentials = async () => {
      const { account, user, two_factor: factors } = await rows();
      return { account, user, factors };
    };
    const person = await target.enter();
    await enrol(person.browser);
    const off = async () => person.browser.post("/api/auth/two-factor/disable", { password });
    await expectNothing(off, credentials);
    const change = { currentPassword: password, newPassword };
    const changed = async () => person.browser.post("/api/auth/change-password", change);
    await expectNothing(changed, credentials);
    await target.open().post("/api/auth/request-password-reset", { email: person.email });
    const token = linkIn(await target.mailTo(person.email, "Reset")).searchParams.get("token");
    const reset = async () =>
      target.open().post("/api/auth/reset-password", { token, newPassword });
    await expectNothing(reset, credentials);
  });
});

it("says what an admin made of a user", async () => {
  const { user } = await plantVictim(target, cast);
  const data = { role: "platform-admin", emailVerified: false, name: "Leon" };
  const left = await eventsOf(async () =>
    root.browser.post("/api/auth/admin/update-user", { userId: user.id, data }, from),
  );
  expect(left).toMatchObject([
    { event: "user.updated_by_admin", actor_id: root.id, subject_id: user.id, ...origin },
  ]);
  expect(JSON.parse(left[0]?.detail ?? "")).toEqual({
    fields: "role,emailVerified,name",
    role: "platform-admin",
    emailVerified: false,
  });
});

it.each([true, false])(
  "says that a tenant's policy was changed, and to what: %s",
  async (policy) => {
    const admin = await target.enterAdmin();
    await enrol(admin.browser);
    const { tenantId } = await plantVictim(target, cast);
    const left = await eventsOf(async () => {
      const path = `/api/auth/platform/tenants/${tenantId}`;
      const body = { requireTwoFactor: policy, name: "Renamed" };
      const { status } = await admin.browser.send("PATCH", path, body, from);
      expect(status).toBe(200);
    });
    expect(left).toMatchObject([{ event: "tenant.updated", actor_id: admin.id, ...origin }]);
    expect(JSON.parse(left[0]?.detail ?? "")).toEqual({
      fields: "name,requireTwoFactor",
      requireTwoFactor: policy,
    });
  },
);

it("shows owners from where their people work, and the platform's people not", async () => {
  const { tenantId } = await plantVictim(target, cast);
  const body = { organizationId: tenantId, data: { name: "Renamed" } };
  await cast.admin.browser.post("/api/auth/organization/update", body, from);
  await root.browser.send("PATCH", `/api/auth/platform/tenants/${tenantId}`, { name: "A" }, from);
  const paths = [
    `/api/auth/platform/audit-events?tenantId=${tenantId}`,
    `/api/auth/platform/audit-events/export?tenantId=${tenantId}`,
  ];
  const shown = async ({ browser }: Person) => {
    const [list, file] = [
      await browser.get<{ events: Record<string, unknown>[] }>(paths[0] ?? ""),
      await browser.get<string>(paths[1] ?? ""),
    ];
    const lines = file.body.trim().split("\n");
    const rows = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    return [list.body.events.toReversed(), rows].map((events) =>
      events
        .filter(({ event }) => event === "tenant.updated")
        .map(({ actorId, ipAddress, userAgent }) => ({ actorId, ipAddress, userAgent })),
    );
  };
  const told = { ipAddress: origin.ip_address, userAgent: origin.user_agent };
  const byAdmin = { actorId: cast.admin.id, ...told };
  const hidden = { actorId: root.id, ipAddress: null, userAgent: null };
  expect(await shown(cast.owner)).toEqual([
    [byAdmin, hidden],
    [byAdmin, hidden],
  ]);
  const all = [byAdmin, { actorId: root.id, ...told }];
  expect(await shown(root)).toEqual([all, all]);
});

describe("what people do to their own account", () => {
  const own: Record<string, (event: string) => Promise<void>> = {};
  const expectEvent = async (
    event: string,
    actor: string | null,
    act: () => Promise<{ status: number }>,
    status = 200,
  ) => {
    const left = await eventsOf(async () => {
      expect((await act()).status).toBe(status);
    });
    expect(left).toContainEqual(expect.objectContaining({ event, actor_id: actor, ...origin }));
    expect(JSON.stringify(left)).not.toMatch(/tortoise|marble orbit/);
  };
  const post =
    ({ browser }: Pick<Person, "browser">, path: string, body: unknown = {}) =>
    async () =>
      browser.post(`/api/auth/${path}`, body, from);
  const signIn = (person: Person) =>
    post({ browser: target.open() }, "sign-in/email", { email: person.email, password });

  Object.assign(own, {
    "POST /sign-up/email": async (event: string) => {
      const left = await eventsOf(
        post({ browser: target.open() }, "sign-up/email", {
          name: "Ada",
          email: newEmail(),
          password,
        }),
      );
      expect(left).toMatchObject([{ event, subject_id: expect.any(String), ...origin }]);
    },
    "POST /sign-in/email": async (event: string) => {
      const person = await target.enter();
      await expectEvent(event, person.id, signIn(person));
    },
    "POST /sign-out": async (event: string) => {
      const person = await target.enter();
      await expectEvent(event, person.id, post(person, "sign-out"));
    },
    "POST /reset-password": async (event: string) => {
      const person = await target.enter();
      await post(person, "request-password-reset", { email: person.email })();
      const token = linkIn(await target.mailTo(person.email, "Reset")).searchParams.get("token");
      await expectEvent(
        event,
        person.id,
        post({ browser: target.open() }, "reset-password", { token, newPassword }),
      );
    },
    "GET /verify-email": async (event: string) => {
      const email = newEmail();
      await target.open().post("/api/auth/sign-up/email", { name: "Ada", email, password });
      const { search } = linkIn(await target.mailTo(email, "Confirm"));
      const left = await eventsOf(async () =>
        target.open().get(`/api/auth/verify-email${search}`, from),
      );
      const id = await target.database
        .prepare("SELECT id FROM user WHERE email = ?")
        .bind(email)
        .first("id");
      expect(left).toMatchObject([
        { event, actor_id: id, detail: JSON.stringify({ email }), ...origin },
      ]);
    },
    "POST /change-email": async (event: string) => {
      const person = await target.enter();
      const next = newEmail();
      const steps = [post(person, "change-email", { newEmail: next })];
      for (const [to, subject] of [
        [person.email, "Confirm your new"],
        [next, "Confirm your email"],
      ] as const) {
        steps.push(async () => {
          const { search } = linkIn(await target.mailTo(to, subject));
          return person.browser.get(`/api/auth/verify-email${search}`, from);
        });
      }
      const left = await eventsOf(async () => {
        for (const step of steps) expect((await step()).status).toBe(200);
      });
      const told = JSON.stringify({ email: person.email, newEmail: next });
      expect(left).toMatchObject(
        [
          { event, detail: JSON.stringify({ newEmail: next }) },
          { event: "email.change_confirmed", detail: told },
          { event: "email.changed", detail: told },
        ].map((row) => ({ ...row, actor_id: person.id, ...origin })),
      );
    },
    "POST /change-password": async (event: string) => {
      const person = await target.enter();
      await expectEvent(
        event,
        person.id,
        post(person, "change-password", { currentPassword: password, newPassword }),
      );
    },
    "POST /delete-user": async (event: string) => {
      const person = await target.enter();
      await expectEvent(event, person.id, post(person, "delete-user", { password }));
    },
    "POST /revoke-session": async (event: string) => {
      const person = await target.enter();
      const { body } =
        await person.browser.get<Record<string, string>[]>("/api/auth/list-sessions");
      const { token = "", id = "" } = body[0] ?? {};
      await expectEvent(
        event,
        person.id,
        post(person, "revoke-session", { token: token === "" ? id : token }),
      );
    },
    "POST /revoke-sessions": async (event: string) => {
      const person = await target.enter();
      await expectEvent(event, person.id, post(person, "revoke-sessions"));
    },
    "POST /revoke-other-sessions": async (event: string) => {
      const person = await target.enter();
      await expectEvent(event, person.id, post(person, "revoke-other-sessions"));
    },
    "POST /admin/stop-impersonating": async (event: string) => {
      const admin = await target.enterAdmin();
      const left = await eventsOf(async () => {
        await post(admin, "admin/impersonate-user", { userId: cast.guest.id })();
        await post(admin, "admin/stop-impersonating")();
      });
      expect(left).toContainEqual(expect.objectContaining({ event, ...origin }));
      expect(JSON.stringify(left.find((row) => row.event === event))).toContain(admin.id);
    },
    "POST /two-factor/get-totp-uri": async (event: string) => {
      const person = await target.enter();
      await enrol(person.browser);
      await expectEvent(event, person.id, post(person, "two-factor/get-totp-uri", { password }));
    },
    "POST /organization/create": async (event: string) => {
      const person = await target.enter();
      await expectEvent(
        event,
        person.id,
        post(person, "organization/create", { name: "A", slug: "audited" }),
      );
    },
    "POST /two-factor/enable": async (event: string) => {
      const person = await target.enter();
      await expectEvent(event, person.id, post(person, "two-factor/enable", { password }));
    },
    "POST /two-factor/verify-totp": async (event: string) => {
      const person = await target.enter();
      const { body } = await person.browser.post<{ totpURI: string }>(
        "/api/auth/two-factor/enable",
        { password },
      );
      const code = await authenticator(body.totpURI)(0);
      await expectEvent(event, person.id, post(person, "two-factor/verify-totp", { code }));
    },
    "POST /two-factor/verify-backup-code": async (event: string) => {
      const person = await target.enter();
      const { backupCodes } = await enrol(person.browser);
      const browser = target.open();
      await post({ browser }, "sign-in/email", { email: person.email, password })();
      const left = await eventsOf(async () => {
        const code = "a-wrong-code";
        await post({ browser }, "two-factor/verify-backup-code", { code })();
        await post({ browser }, "two-factor/verify-backup-code", { code: backupCodes[0] })();
      });
      // A sign-in that was not finished names its account, too.
      expect(left).toMatchObject(
        ["two_factor.failed", "session.created", event].map((name) => ({
          event: name,
          actor_id: person.id,
          ...origin,
        })),
      );
    },
    "POST /two-factor/generate-backup-codes": async (event: string) => {
      const person = await target.enter();
      await enrol(person.browser);
      await expectEvent(
        event,
        person.id,
        post(person, "two-factor/generate-backup-codes", { password }),
      );
    },
    "POST /two-factor/disable": async (event: string) => {
      const person = await target.enter();
      await enrol(person.browser);
      await expectEvent(event, person.id, post(person, "two-factor/disable", { password }));
    },
  });

  it.each(Object.entries(own))("leaves an event: %s", async (name, act) => {
    await act(events[name] ?? "");
  });

  it("is all shown, here or elsewhere", () => {
    const aimedAtOthers = Object.keys(requests).filter((name) =>
      requests[name]?.({
        owner: {},
        member: {},
        invitation: {},
        user: { email: "" },
      } as never).some(({ permitted }) => permitted[0] !== undefined && permitted[0] !== "self"),
    );
    const shown = new Set([...Object.keys(own), ...aimedAtOthers, ...elsewhere]);
    const told = Object.entries(events).flatMap(([name, event]) => (event === null ? [] : [name]));
    expect(told.filter((name) => !shown.has(name))).toEqual([]);
  });

  const failures: [string, (person: Person) => () => Promise<{ status: number }>][] = [
    [
      "sign_in.failed",
      ({ email }) =>
        post({ browser: target.open() }, "sign-in/email", { email, password: newPassword }),
    ],
    [
      "password.change_failed",
      (person) =>
        post(person, "change-password", {
          currentPassword: newPassword,
          newPassword: `${newPassword}!`,
        }),
    ],
    [
      "password.check_failed",
      (person) => post(person, "verify-password", { password: newPassword }),
    ],
    [
      "password.reset_failed",
      () => post({ browser: target.open() }, "reset-password", { token: "none", newPassword }),
    ],
    [
      "two_factor.disable_failed",
      (person) => post(person, "two-factor/disable", { password: newPassword }),
    ],
  ];

  it("leaves an event when a sign-in at a provider fails: sign_in.failed", async () => {
    const left = await eventsOf(async () => {
      const { status } = await target
        .open()
        .get("/api/auth/callback/google?error=access_denied", from);
      expect(status).toBe(302);
    });
    expect(left).toMatchObject([
      { event: "sign_in.failed", detail: '{"provider":"google"}', ...origin },
    ]);
  });

  it.each(failures)("leaves an event when it fails: %s", async (event, attempt) => {
    const person = await target.signUp();
    const left = await eventsOf(attempt(person));
    const isAnonymous = ["sign_in.failed", "password.reset_failed"].includes(event);
    expect(left).toMatchObject([{ event, actor_id: isAnonymous ? null : person.id, ...origin }]);
    expect(JSON.stringify(left)).not.toMatch(/tortoise|marble orbit/);
  });

  it.each([
    "verify-password",
    "delete-user",
    "two-factor/enable",
    "two-factor/get-totp-uri",
    "two-factor/generate-backup-codes",
  ])("leaves an event when a session is used to guess the password: %s", async (route) => {
    const person = await target.signUp();
    if (route.startsWith("two-factor/") && route !== "two-factor/enable") {
      await enrol(person.browser);
    }
    const left = await eventsOf(post(person, route, { password: newPassword }));
    const detail = JSON.stringify({ route: `/${route}` });
    expect(left).toMatchObject([
      { event: "password.check_failed", actor_id: person.id, detail, ...origin },
    ]);
  });

  it("is no end of an impersonation when nobody impersonates", async () => {
    const person = await target.signUp();
    const left = await eventsOf(async () => {
      const statuses = [];
      for (const browser of [target.open(), person.browser, root.browser]) {
        statuses.push((await post({ browser }, "admin/stop-impersonating")()).status);
      }
      expect(statuses).toEqual([401, 400, 400]);
    });
    expect(left).toEqual([]);
  });

  it("leaves an event when a sign-in of any other kind fails: sign_in.failed", async () => {
    const left = await eventsOf(
      post({ browser: target.open() }, "sign-in/social", { provider: "nobody's" }),
    );
    expect(left).toMatchObject([
      { event: "sign_in.failed", detail: '{"provider":"nobody\'s"}', ...origin },
    ]);
  });

  it("leaves an event each time that a code is used again, and one when there were too many tries", async () => {
    const person = await target.signUp();
    const { code } = await enrol(person.browser);
    const browser = target.open();
    await post({ browser }, "sign-in/email", { email: person.email, password })();
    const used = await code(0);
    // Other tests use up the tries of the one that they share.
    const network = { ...from, "cf-connecting-ip": "198.51.100.8" };
    const replayed = await eventsOf(async () => {
      for (let time = 0; time < 2; time += 1) {
        const again = await browser.post(
          "/api/auth/two-factor/verify-totp",
          { code: used },
          network,
        );
        expect(again.status).toBe(401);
      }
    });
    const failed = { event: "two_factor.failed", actor_id: person.id, ip_address: "198.51.100.8" };
    expect(replayed).toMatchObject([failed, failed]);
    expect(JSON.stringify(replayed)).not.toContain(used);

    const refused = await eventsOf(async () => {
      let refusals = 0;
      // Without an authenticator's code in it: the network's tries, of which a few are left.
      for (let time = 0; refusals < 3; time += 1) {
        expect(time).toBeLessThan(20);
        const { status } = await post({ browser }, "two-factor/verify-totp", { code: "000000" })();
        if (status === 429) refusals += 1;
      }
    });
    expect(refused.filter(({ event }) => event === "request.refused")).toMatchObject([
      {
        actor_id: person.id,
        detail: '{"route":"/two-factor/verify-totp","code":"TOO_MANY_TRIES"}',
        ...origin,
      },
    ]);
  });
});

it("is written by nobody: no request changes or deletes an event", async () => {
  const rows = async () =>
    (await target.database.prepare("SELECT * FROM audit_event").all()).results.length;
  const before = await rows();
  for (const method of ["POST", "PUT", "PATCH", "DELETE"]) {
    for (const path of [
      "platform/audit-events",
      "platform/audit-events/1",
      "platform/audit-events/export",
    ]) {
      const { status } = await root.browser.send(method, `/api/auth/${path}`, {});
      expect(status).toBe(404);
    }
  }
  expect(await rows()).toBe(before);
});
