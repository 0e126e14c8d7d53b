/** The rules that limit what one user and one tenant have, by the limits in the row of `quota`. */
import { beforeEach, describe, expect, it } from "vitest";
import {
  add,
  addInvitation,
  addMember,
  addSession,
  addTenant,
  addUser,
  exists,
  read,
  remove,
  run,
  setRole,
  tenantOf,
} from "./rows.ts";

const limits = {
  tenants_per_owner: 100,
  roles_per_tenant: 100,
  members_per_tenant: 100,
  pending_invitations_per_tenant: 100,
  sessions_per_user: 100,
};

async function limit(changed: Partial<typeof limits>) {
  const all = { id: 1, ...limits, ...changed };
  await run(
    `INSERT OR REPLACE INTO quota (${Object.keys(all).join(", ")}) VALUES (${Object.keys(all)
      .map(() => "?")
      .join(", ")})`,
    ...Object.values(all),
  );
}

const sizeOf = async (tenant: string) =>
  read("SELECT members AS value FROM tenant_size WHERE organization_id = ?", tenant);

beforeEach(async () => limit({}));

const tooManyTenants = "YOU_HAVE_REACHED_THE_MAXIMUM_NUMBER_OF_ORGANIZATIONS";

describe("member_owner_limit_insert", () => {
  it("refuses another tenant of an owner, and nothing else", async () => {
    await limit({ tenants_per_owner: 2 });
    const user = await addUser();
    await addMember(await addTenant(), user, "owner");
    await addMember(await addTenant(), user, "admin,owner");
    await expect(addMember(await addTenant(), user, "member,owner")).rejects.toThrow(
      tooManyTenants,
    );
    await addMember(await addTenant(), user, "admin");
    await addMember(await addTenant(), await addUser(), "owner");
  });

  it("lets a platform admin own more", async () => {
    await limit({ tenants_per_owner: 1 });
    const admin = await addUser({ role: "platform-admin" });
    for (const _ of [1, 2]) await addMember(await addTenant(), admin, "owner");
  });

  it("lets everybody own what they like before a Worker has said how much", async () => {
    await run("DELETE FROM quota");
    const user = await addUser();
    for (const _ of [1, 2]) await addMember(await addTenant(), user, "owner");
  });
});

describe("member_owner_limit_update", () => {
  it("refuses to make somebody the owner of another tenant, and leaves owners alone", async () => {
    await limit({ tenants_per_owner: 1 });
    const { user, member } = await tenantOf("owner");
    const other = await addMember(await addTenant(), user, "member");
    await expect(setRole(other, "admin,owner")).rejects.toThrow(tooManyTenants);
    await setRole(other, "admin");
    await setRole(member, "owner,admin");
    await run("UPDATE user SET role = 'platform-admin' WHERE id = ?", user);
    await setRole(other, "owner");
  });
});

describe("member_limit", () => {
  it("refuses one member more, in that tenant alone", async () => {
    await limit({ members_per_tenant: 2 });
    const { tenant } = await tenantOf("owner");
    await addMember(tenant, await addUser());
    await expect(addMember(tenant, await addUser())).rejects.toThrow(
      "ORGANIZATION_MEMBERSHIP_LIMIT_REACHED",
    );
    await addMember(await addTenant(), await addUser());
  });
});

describe("member_joins_size", () => {
  it("counts the members of each tenant", async () => {
    const { tenant } = await tenantOf("owner");
    await addMember(tenant, await addUser());
    await tenantOf("owner");
    expect(await sizeOf(tenant)).toBe(2);
  });
});

describe("member_leaves_size", () => {
  it("makes room for another member", async () => {
    await limit({ members_per_tenant: 2 });
    const { tenant } = await tenantOf("owner");
    const member = await addMember(tenant, await addUser());
    await remove("member", member);
    expect(await sizeOf(tenant)).toBe(1);
    await addMember(tenant, await addUser());
    await remove("organization", tenant);
    expect(await sizeOf(tenant)).toBeNull();
  });
});

describe("organization_role_limit", () => {
  it("refuses one role more, in that tenant alone", async () => {
    await limit({ roles_per_tenant: 2 });
    const [tenant, other] = [await addTenant(), await addTenant()];
    const addRole = async (of: string) =>
      add("organization_role", {
        organization_id: of,
        role: crypto.randomUUID(),
        permission: "{}",
      });
    await addRole(tenant);
    await addRole(tenant);
    await expect(addRole(tenant)).rejects.toThrow("TOO_MANY_ROLES");
    await addRole(other);
  });
});

describe("invitation_pending_limit", () => {
  it("counts those of the tenant that are pending and have not expired", async () => {
    await limit({ pending_invitations_per_tenant: 2 });
    const { tenant, user } = await tenantOf("owner");
    await addInvitation(tenant, user, { expires_at: 1 });
    await addInvitation(tenant, user, { status: "accepted" });
    const [first] = [await addInvitation(tenant, user), await addInvitation(tenant, user)];
    await expect(addInvitation(tenant, user)).rejects.toThrow("INVITATION_LIMIT_REACHED");
    await addInvitation(tenant, user, { status: "canceled" });
    await run("UPDATE invitation SET status = 'canceled' WHERE id = ?", first);
    await addInvitation(tenant, user);
  });

  it("lets a platform admin invite more", async () => {
    await limit({ pending_invitations_per_tenant: 1 });
    const { tenant, user } = await tenantOf("owner");
    await addInvitation(tenant, user);
    await addInvitation(tenant, await addUser({ role: "platform-admin" }));
  });
});

describe("session_oldest_gives_way", () => {
  it("ends the sessions of the user that were used longest ago, and keeps the new one", async () => {
    await limit({ sessions_per_user: 2 });
    const [user, other] = [await addUser(), await addUser()];
    const others = await addSession(other);
    const sessions = [
      await addSession(user, { updated_at: 3 }),
      await addSession(user, { updated_at: 1 }),
      // Older than all: it replaces a session that began long ago.
      await addSession(user, { updated_at: 0 }),
    ];
    const left = await Promise.all(sessions.map(async (id) => exists("session", id)));
    expect(left).toEqual([true, false, true]);
    expect(await exists("session", others)).toBe(true);
  });

  it("neither counts nor ends impersonations", async () => {
    await limit({ sessions_per_user: 1 });
    const user = await addUser();
    const own = await addSession(user, { updated_at: 1 });
    const impersonation = await addSession(user, { impersonated_by: "admin", updated_at: 0 });
    expect(await exists("session", own)).toBe(true);
    await addSession(user, { updated_at: 2 });
    expect(await exists("session", own)).toBe(false);
    expect(await exists("session", impersonation)).toBe(true);
  });

  it("ends none before a Worker has said how many there may be", async () => {
    await run("DELETE FROM quota");
    const user = await addUser();
    const first = await addSession(user);
    await addSession(user);
    expect(await exists("session", first)).toBe(true);
  });
});
