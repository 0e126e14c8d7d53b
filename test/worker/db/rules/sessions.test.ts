/** The rules of sessions: who gets one, what ends it, and which tenant it may have. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import {
  activate,
  activeTenant,
  add,
  addMember,
  addSession,
  addTenant,
  addUser,
  ban,
  exists,
  hour,
  remove,
  run,
  setPlatformRole,
  setTwoFactor,
  tenantOf,
  withoutTrigger,
} from "./rows.ts";

const { DB } = env;

describe("session_refuses_banned", () => {
  it("refuses a session to a banned user, with and without an end of the ban", async () => {
    for (const ban_expires of [null, Date.now() + hour]) {
      const user = await addUser({ banned: 1, ban_expires });
      await expect(addSession(user)).rejects.toThrow("BANNED_USER");
    }
  });

  it("lifts a ban that has run out", async () => {
    const user = await addUser({ banned: 1, ban_reason: "spam", ban_expires: Date.now() - 1 });
    await addSession(user);
    const kept = await DB.prepare("SELECT banned, ban_reason, ban_expires FROM user WHERE id = ?")
      .bind(user)
      .first();
    expect(kept).toEqual({ banned: 0, ban_reason: null, ban_expires: null });
  });
});

describe("user_change_ends_sessions", () => {
  const changes: [string, Record<string, unknown>, (user: string) => Promise<unknown>][] = [
    ["is banned", {}, ban],
    [
      "loses the platform role",
      { role: "platform-admin" },
      async (user) => setPlatformRole(user, "user"),
    ],
    ["turns the second factor on", {}, async (user) => setTwoFactor(user, true)],
    [
      "turns the second factor off",
      { two_factor_enabled: 1 },
      async (user) => setTwoFactor(user, false),
    ],
  ];
  it.each(changes)("ends what a user has opened who %s", async (_, row, change) => {
    await addUser({ role: "platform-admin" });
    const [user, other] = [await addUser(row), await addUser()];
    const verification = async (value: string) =>
      add("verification", { identifier: "device", value, expires_at: 0, updated_at: 0 });
    const ended = [await addSession(user), await verification(user)];
    const kept = [await addSession(other), await verification(other)];
    await change(user);
    const [found, others] = await Promise.all(
      [ended, kept].map(async ([session = "", device = ""]) => [
        await exists("session", session),
        await exists("verification", device),
      ]),
    );
    expect({ found, others }).toEqual({ found: [false, false], others: [true, true] });
  });

  it("leaves the sessions of a user who becomes platform admin, or is banned no more", async () => {
    const user = await addUser();
    const session = await addSession(user);
    await setPlatformRole(user, "platform-admin");
    await run("UPDATE user SET banned = 0, two_factor_enabled = NULL WHERE id = ?", user);
    expect(await exists("session", session)).toBe(true);
  });
});

describe("session_ends_impersonations", () => {
  it("ends an impersonation with the session that it was started from", async () => {
    const [admin, user] = [await addUser(), await addUser()];
    const [own, another] = [await addSession(admin), await addSession(admin)];
    const impersonation = await addSession(user, { impersonator_session_id: own });
    const untouched = await addSession(user, { impersonator_session_id: another });
    await remove("session", own);
    expect(await exists("session", impersonation)).toBe(false);
    expect(await exists("session", untouched)).toBe(true);
  });
});

describe("session_tenant_needs_membership", () => {
  it("refuses a tenant of which the user is not a member", async () => {
    const { tenant, user } = await tenantOf("member");
    const stranger = await addSession(await addUser());
    await expect(activate(stranger, tenant)).rejects.toThrow(
      "USER_IS_NOT_A_MEMBER_OF_THE_ORGANIZATION",
    );
    await activate(await addSession(user), tenant);
  });
});

describe("member_clears_active_tenant", () => {
  it("takes the tenant from the sessions of a former member, and no other tenant", async () => {
    const { tenant, user, member } = await tenantOf("member");
    const other = await addTenant();
    await addMember(other, user);
    const sessions = [await addSession(user), await addSession(user)];
    await activate(sessions[0] ?? "", tenant);
    await activate(sessions[1] ?? "", other);
    await remove("member", member);
    expect(await Promise.all(sessions.map(activeTenant))).toEqual([null, other]);
  });
});

describe("session_tenant_needs_two_factor", () => {
  it("refuses a tenant that demands two-factor authentication, until the user has it", async () => {
    const { tenant, user } = await tenantOf("member", { require_two_factor: 1 });
    await expect(activate(await addSession(user), tenant)).rejects.toThrow(
      "TWO_FACTOR_REQUIRED_BY_TENANT",
    );
    await setTwoFactor(user, true);
    await activate(await addSession(user), tenant);
  });
});

describe("session_begins_without_tenant", () => {
  it("starts a session without a tenant that demands two-factor authentication", async () => {
    const { tenant, user } = await tenantOf("member", { require_two_factor: 1 });
    expect(
      await activeTenant(await addSession(user, { active_organization_id: tenant })),
    ).toBeNull();
    await setTwoFactor(user, true);
    const session = await addSession(user, { active_organization_id: tenant });
    expect(await activeTenant(session)).toBe(tenant);
  });
});

describe("organization_demands_two_factor", () => {
  it("takes the tenant from the sessions of members without two-factor authentication", async () => {
    const { tenant, user } = await tenantOf("member");
    const safe = await addUser({ two_factor_enabled: 1 });
    await addMember(tenant, safe);
    const sessions = [await addSession(user), await addSession(safe)];
    for (const session of sessions) await activate(session, tenant);
    await run("UPDATE organization SET require_two_factor = 1 WHERE id = ?", tenant);
    expect(await Promise.all(sessions.map(activeTenant))).toEqual([null, tenant]);
  });
});

describe("user_without_two_factor_leaves_active_tenant", () => {
  it("takes the tenant from a user who turns two-factor authentication off", async () => {
    const { tenant, user } = await tenantOf("member", { require_two_factor: 1 });
    const free = await addTenant();
    await addMember(free, user);
    await setTwoFactor(user, true);
    const sessions = [await addSession(user), await addSession(user)];
    await activate(sessions[0] ?? "", tenant);
    await activate(sessions[1] ?? "", free);
    // It ends the sessions, so that nothing is left of them to look at.
    await withoutTrigger("user_change_ends_sessions", async () => setTwoFactor(user, false));
    expect(await Promise.all(sessions.map(activeTenant))).toEqual([null, free]);
  });
});
