/** The audit log as a whole: which operations it covers, what it says, who reads it, and that nothing happens without it. */
import { beforeAll, describe, expect, it } from "vitest";
import { enrol, linkIn, password, type Person } from "../people.ts";
import {
  events,
  from,
  openAuditedPlatform,
  origin,
  type AuditedPlatform,
} from "./audited-platform.ts";
import { call, readRows, type Operation } from "./operations.ts";
import { plantVictim, type Cast } from "./plant.ts";
import { newPassword, requests } from "./requests.ts";
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

it("has a decision for every documented operation: which event it leaves, or none", () => {
  expect(Object.keys(events).sort()).toEqual(operations.map(({ name }) => name).sort());
});
describe("while the audit log cannot be written", () => {
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
  ])("nothing is changed by %s", async (name) => {
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

  it("nobody changes or resets a password, or turns a second factor off", async () => {
    // Other sessions end before the password changes.
    const credentials = async () => {
      const { account, user, two_factor: factors = [] } = await rows();
      // A code that was right is used up all the same.
      return {
        account,
        user,
        factors: factors.map((row) => row.replace(/"last_totp_step":\d+/, "")),
      };
    };
    const person = await target.enter();
    const { code } = await enrol(person.browser);
    const sent = { password, code: await code(1) };
    const off = async () => person.browser.post("/api/auth/two-factor/disable", sent);
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

it("records which fields of a user an admin set, and the ones that matter with their values", async () => {
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
  "records a change of a tenant's two-factor policy, and its new value: %s",
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

it("shows a tenant's owner the addresses of its own members, but not those of platform admins", async () => {
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

it("offers no request that changes or deletes an event", async () => {
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
      expect([404, 405]).toContain(status);
    }
  }
  expect(await rows()).toBe(before);
});
