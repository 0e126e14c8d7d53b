/** The last owner of a tenant and the last admin of the platform stay, whatever is tried, and whatever two try at once. */
import { beforeAll, describe, expect, it } from "vitest";
import { createTenant, join, password, type Answer, type Person } from "../people.ts";
import { startTarget, type Target } from "./target.ts";

let target: Target;

beforeAll(async () => {
  target = await startTarget({
    entry: "test/security/workers/slow-writes.ts",
    isolates: 2,
    cheapHashes: true,
  });
  return target.stop;
});

const count = async (sql: string, ...values: string[]) =>
  target.database
    .prepare(`SELECT count(*) FROM ${sql}`)
    .bind(...values)
    .first<number>("count(*)");

const onIsolate = (isolate: 0 | 1) => ({ "x-test-isolate": String(isolate) });

describe("the last platform admin", () => {
  const activeAdmins = async () => count("user WHERE role = 'platform-admin' AND banned IS NOT 1");

  /** `people` are the only platform admins. */
  const onlyAdmins = async (...people: Person[]) => {
    await target.database
      .prepare("UPDATE user SET role = 'user' WHERE role = 'platform-admin' AND id NOT IN (?, ?)")
      .bind(people[0]?.id, people[1]?.id ?? "")
      .run();
    expect(await activeAdmins()).toBe(people.length);
  };

  it("is neither demoted, banned nor deleted, by no route", async () => {
    const admin = await target.enterAdmin();
    await onlyAdmins(admin);
    const { browser, id: userId } = admin;
    const refusals = {
      "admin/set-role": { userId, role: "user" },
      "admin/update-user": { userId, data: { role: "user" } },
      "admin/ban-user": { userId },
      "admin/remove-user": { userId },
      "delete-user": { password },
      "update-user": { role: "user" },
    };
    const bans = [{ banned: true }, { banned: true, banReason: "none" }];
    for (const [path, body] of [
      ...Object.entries(refusals),
      ...bans.map((data) => ["admin/update-user", { userId, data }] as const),
    ]) {
      const { status } = await browser.post(`/api/auth/${path}`, body);
      expect([path, status]).toEqual([
        path,
        expect.toSatisfy((code) => code === 400 || code === 409),
      ]);
    }
    const demoted = await browser.post("/api/auth/admin/set-role", { userId, role: "user" });
    expect(demoted.body).toMatchObject({
      code: "LAST_PLATFORM_ADMIN",
      message: expect.stringContaining("Make another user platform admin first"),
    });
    expect((await browser.session()).user).toMatchObject({ id: userId, role: "platform-admin" });
  });

  it("is not the one who was banned: the other admin stays", async () => {
    const [one, other] = [await target.enterAdmin(), await target.enterAdmin()];
    await onlyAdmins(one, other);
    const banned = await one.browser.post("/api/auth/admin/ban-user", { userId: other.id });
    expect(banned.status).toBe(200);
    const left = await one.browser.post("/api/auth/delete-user", { password });
    expect(left).toMatchObject({ status: 409, body: { code: "LAST_PLATFORM_ADMIN" } });
    expect((await one.browser.session()).user.id).toBe(one.id);
  });

  const attempts: Record<string, (by: Person, on: Person, isolate: 0 | 1) => Promise<Answer>> = {
    demotes: async (by, on, isolate) =>
      by.browser.post(
        "/api/auth/admin/set-role",
        { userId: on.id, role: "user" },
        onIsolate(isolate),
      ),
    bans: async (by, on, isolate) =>
      by.browser.post("/api/auth/admin/ban-user", { userId: on.id }, onIsolate(isolate)),
    "bans by an update": async (by, on, isolate) =>
      by.browser.post(
        "/api/auth/admin/update-user",
        { userId: on.id, data: { banned: true } },
        onIsolate(isolate),
      ),
    removes: async (by, on, isolate) =>
      by.browser.post("/api/auth/admin/remove-user", { userId: on.id }, onIsolate(isolate)),
    "leaves beside": async (by, _on, isolate) =>
      by.browser.post("/api/auth/delete-user", { password }, onIsolate(isolate)),
  };

  it.each(Object.entries(attempts))(
    "remains when each %s the other at once",
    async (_, attempt) => {
      const [one, other] = [await target.enterAdmin(), await target.enterAdmin()];
      await onlyAdmins(one, other);
      const answers = await Promise.all([attempt(one, other, 0), attempt(other, one, 1)]);
      expect(await activeAdmins()).toBe(1);
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
      expect(answers.find(({ status }) => status !== 200)?.status).toSatisfy(
        // A member who was removed meanwhile may be signed out by then.
        (status) => [401, 403, 409].includes(status as number),
      );
    },
  );

  const { "leaves beside": leaves, ...doneToOthers } = attempts;
  const others = Object.entries(doneToOthers);
  const mixes = others.flatMap(([first, one], index) =>
    others.slice(index + 1).map(([second, other]) => ({ first, one, second, other })),
  );

  it.each(mixes)("remains when one $first the other, who $second them", async (mix) => {
    const [one, other] = [await target.enterAdmin(), await target.enterAdmin()];
    await onlyAdmins(one, other);
    const answers = await Promise.all([mix.one(one, other, 0), mix.other(other, one, 1)]);
    expect(await activeAdmins()).toBe(1);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  it.each(others)("remains when one %s the other and leaves", async (_, attempt) => {
    const [one, other] = [await target.enterAdmin(), await target.enterAdmin()];
    await onlyAdmins(one, other);
    const answers = await Promise.all([attempt(one, other, 0), leaves?.(one, other, 1)]);
    expect(await activeAdmins()).toBe(1);
    expect(answers.filter((answer) => answer?.status === 200)).toHaveLength(1);
  });

  it.each(others)("remains when one %s the other, who leaves", async (_, attempt) => {
    const [one, other] = [await target.enterAdmin(), await target.enterAdmin()];
    await onlyAdmins(one, other);
    // Both may be told that it is done: it is the same one who goes.
    await Promise.all([attempt(one, other, 0), leaves?.(other, one, 1)]);
    expect(await activeAdmins()).toBe(1);
    expect((await one.browser.session()).user.id).toBe(one.id);
  });
});

describe("the last owner of a tenant", () => {
  let ada: Person;
  let bob: Person;
  let tenantId: string;
  let slug = 0;
  let memberIds: { ada: string; bob: string };

  beforeAll(async () => {
    ada = await target.enter("Ada");
    bob = await target.enter("Bob");
    platformAdmin = await target.enterAdmin();
  });

  /** A tenant that Ada and Bob own. */
  const found = async () => {
    slug += 1;
    const tenant = await createTenant(ada.browser, `owned-${slug}`);
    const joined = await join(ada.browser, bob, tenant.id, "owner");
    tenantId = tenant.id;
    memberIds = { ada: tenant.members[0]?.id ?? "", bob: joined.id };
  };
  const owners = async () => count("member WHERE organization_id = ? AND role = 'owner'", tenantId);

  const leave = async (by: Person, isolate: 0 | 1) =>
    by.browser.post(
      "/api/auth/organization/leave",
      { organizationId: tenantId },
      onIsolate(isolate),
    );
  const demote = async (by: Person, memberId: string, isolate: 0 | 1) =>
    by.browser.post(
      "/api/auth/organization/update-member-role",
      { organizationId: tenantId, memberId, role: "member" },
      onIsolate(isolate),
    );
  const remove = async (by: Person, memberIdOrEmail: string, isolate: 0 | 1) =>
    by.browser.post(
      "/api/auth/organization/remove-member",
      { organizationId: tenantId, memberIdOrEmail },
      onIsolate(isolate),
    );

  let platformAdmin: Person;
  const byPlatform = async (method: string, memberId: string, body?: object) =>
    platformAdmin.browser.send(
      method,
      `/api/auth/platform/tenants/${tenantId}/members/${memberId}`,
      body,
      onIsolate(1),
    );

  const attempts: Record<string, () => Promise<Answer[]>> = {
    "both leave": async () => Promise.all([leave(ada, 0), leave(bob, 1)]),
    "each demotes the other": async () =>
      Promise.all([demote(ada, memberIds.bob, 0), demote(bob, memberIds.ada, 1)]),
    "each demotes themself": async () =>
      Promise.all([demote(ada, memberIds.ada, 0), demote(bob, memberIds.bob, 1)]),
    "each removes the other": async () =>
      Promise.all([remove(ada, memberIds.bob, 0), remove(bob, memberIds.ada, 1)]),
    "one leaves and demotes the other": async () =>
      Promise.all([leave(ada, 0), demote(ada, memberIds.bob, 1)]),
    "one leaves and removes the other": async () =>
      Promise.all([leave(ada, 0), remove(ada, memberIds.bob, 1)]),
    "one demotes the other, who removes them": async () =>
      Promise.all([demote(ada, memberIds.bob, 0), remove(bob, memberIds.ada, 1)]),
    "one leaves, and the other demotes themself": async () =>
      Promise.all([leave(ada, 0), demote(bob, memberIds.bob, 1)]),
    "one demotes themself, and is removed": async () =>
      Promise.all([demote(ada, memberIds.ada, 0), remove(bob, memberIds.bob, 1)]),
    "one leaves, and a platform admin demotes the other": async () =>
      Promise.all([leave(ada, 0), byPlatform("PATCH", memberIds.bob, { role: "member" })]),
    "one demotes the other, and a platform admin removes them": async () =>
      Promise.all([demote(ada, memberIds.bob, 0), byPlatform("DELETE", memberIds.ada)]),
  };

  it.each(Object.entries(attempts))("remains when %s at once", async (_, attempt) => {
    await found();
    const answers = await attempt();
    expect(await owners()).toBe(1);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  it("remains when one removes the other, who leaves at once", async () => {
    await found();
    // Both may be told that it is done: it is the same one who goes.
    const answers = await Promise.all([remove(ada, memberIds.bob, 0), leave(bob, 1)]);
    expect(answers.map(({ status }) => status)).toContain(200);
    expect(await owners()).toBe(1);
    const { body } = await ada.browser.get("/api/auth/organization/get-active-member-role");
    expect(body).toMatchObject({ role: "owner" });
  });

  it("remains when both delete their accounts at once", async () => {
    const [one, other] = [await target.enter(), await target.enter()];
    const tenant = await createTenant(one.browser, "deleting");
    await join(one.browser, other, tenant.id, "owner");
    tenantId = tenant.id;
    const answers = await Promise.all(
      [one, other].map(async ({ browser }, isolate) =>
        browser.post("/api/auth/delete-user", { password }, onIsolate(isolate as 0 | 1)),
      ),
    );
    expect(await owners()).toBe(1);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
  });

  it("is taken away by no platform admin either", async () => {
    await found();
    expect((await leave(bob, 0)).status).toBe(200);
    const { browser } = await target.enterAdmin();
    const path = `/api/auth/platform/tenants/${tenantId}/members/${memberIds.ada}`;
    const answers = [
      await browser.send("PATCH", path, { role: "member" }),
      await browser.send("DELETE", path),
      await browser.post("/api/auth/admin/remove-user", { userId: ada.id }),
    ];
    for (const answer of answers) {
      expect(answer).toMatchObject({ status: 409, body: { code: "LAST_OWNER" } });
    }
    expect(await owners()).toBe(1);
    expect((await ada.browser.session()).user.id).toBe(ada.id);
  });
});
