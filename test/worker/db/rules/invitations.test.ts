/** The rules of invitations: who may send one, and when it ends. */
import { describe, expect, it } from "vitest";
import {
  add,
  addInvitation,
  addMember,
  addTenant,
  addUser,
  ban,
  remove,
  run,
  setPlatformRole,
  setRole,
  statusOf,
  tenantOf,
  withoutTrigger,
} from "./rows.ts";

describe("invitation_needs_authority", () => {
  const refusal = "YOU_ARE_NOT_ALLOWED_TO_INVITE_USERS_TO_THIS_ORGANIZATION";

  it.each(["owner", "admin", "recruiter", "member,recruiter"])("lets %s invite", async (role) => {
    const { tenant, user } = await withRoles(role);
    expect(await statusOf(await addInvitation(tenant, user))).toBe("pending");
  });

  it.each(["member", "clerk", "stranger"])("does not let %s invite", async (role) => {
    const { tenant, user } = await withRoles(role);
    await expect(addInvitation(tenant, user)).rejects.toThrow(refusal);
  });

  it("lets only an owner invite an owner", async () => {
    const { tenant, user, member } = await withRoles("admin,recruiter");
    const invite = async () => addInvitation(tenant, user, { role: "member,owner" });
    await expect(invite()).rejects.toThrow(refusal);
    await setRole(member, "owner");
    await invite();
  });

  it("lets a platform admin invite to any tenant, unless they are banned", async () => {
    const [tenant, admin] = [await addTenant(), await addUser({ role: "platform-admin" })];
    await addInvitation(tenant, admin, { role: "owner" });
    const banned = await addUser({ role: "platform-admin", banned: 1 });
    await expect(addInvitation(tenant, banned)).rejects.toThrow(refusal);
    await expect(addInvitation(tenant, await addUser())).rejects.toThrow(refusal);
  });

  /** A tenant with roles of its own, of which one may invite. */
  async function withRoles(role: string) {
    const made = await tenantOf(role);
    const addRole = async (name: string, permission: object) =>
      add("organization_role", {
        organization_id: made.tenant,
        role: name,
        permission: JSON.stringify(permission),
      });
    await addRole("recruiter", { invitation: ["cancel", "create"] });
    await addRole("clerk", { invitation: ["cancel"], member: ["create"] });
    return made;
  }
});

describe("invitation_expired_gives_way", () => {
  it("cancels an expired invitation to the same address, and no other", async () => {
    const { tenant, user } = await tenantOf("owner");
    const [email, expired] = ["bob@example.com", { expires_at: Date.now() - 1 }];
    const first = await addInvitation(tenant, user, { email, ...expired });
    const another = await addInvitation(tenant, user, expired);
    const second = await addInvitation(tenant, user, { email });
    expect(await Promise.all([first, another, second].map(statusOf))).toEqual([
      "canceled",
      "pending",
      "pending",
    ]);
    await expect(addInvitation(tenant, user, { email })).rejects.toThrow("UNIQUE");
  });
});

describe("invitation_decided_once", () => {
  it.each(["accepted", "rejected", "canceled"])("leaves an invitation %s", async (status) => {
    const { tenant, user } = await tenantOf("owner");
    const invitation = await addInvitation(tenant, user);
    const decide = async (as: string) =>
      run("UPDATE invitation SET status = ? WHERE id = ?", as, invitation);
    await decide(status);
    await decide(status);
    for (const other of ["pending", "accepted", "rejected", "canceled"]) {
      if (other !== status) await expect(decide(other)).rejects.toThrow("INVITATION_DECIDED");
    }
    expect(await statusOf(invitation)).toBe(status);
  });
});

describe("member_end_cancels_invitations", () => {
  it("cancels what a former member sent, and what was sent to them, in that tenant", async () => {
    const { tenant, user: owner } = await tenantOf("owner");
    const user = await addUser({ email: "Carol@example.com" });
    const member = await addMember(tenant, user, "admin");
    const other = await addTenant();
    await addMember(other, user, "admin");
    const invitations = [
      await addInvitation(tenant, user),
      await addInvitation(tenant, owner, { email: "carol@example.com" }),
      await addInvitation(tenant, owner),
      await addInvitation(other, user),
    ];
    await remove("member", member);
    expect(await Promise.all(invitations.map(statusOf))).toEqual([
      "canceled",
      "canceled",
      "pending",
      "pending",
    ]);
  });
});

describe("member_demotion_cancels_invitations", () => {
  it.each([
    ["admin", "member", "canceled"],
    ["admin,recruiter", "admin", "canceled"],
    ["recruiter", "clerk", "canceled"],
    ["admin", "admin,recruiter", "pending"],
    ["admin", "owner", "pending"],
  ])("from %s to %s leaves an invitation %s", async (from, to, status) => {
    const { tenant, user, member } = await tenantOf("admin");
    const sent = await addInvitation(tenant, user);
    const { user: owner } = await tenantOf("owner");
    await addMember(tenant, owner, "owner");
    const others = await addInvitation(tenant, owner);
    await withoutTrigger("member_demotion_cancels_invitations", async () => setRole(member, from));
    await setRole(member, to);
    expect(await statusOf(sent)).toBe(status);
    expect(await statusOf(others)).toBe("pending");
  });
});

describe("user_change_cancels_invitations", () => {
  it("cancels what a user sent who is banned", async () => {
    const { tenant, user } = await tenantOf("admin");
    const invitation = await addInvitation(tenant, user);
    await ban(user);
    expect(await statusOf(invitation)).toBe("canceled");
  });

  it("cancels what a user sent who is no longer platform admin", async () => {
    await addUser({ role: "platform-admin" });
    const [tenant, admin] = [await addTenant(), await addUser({ role: "platform-admin" })];
    const invitation = await addInvitation(tenant, admin);
    await setPlatformRole(admin, "user");
    expect(await statusOf(invitation)).toBe("canceled");
  });

  it("cancels nothing of a user who becomes platform admin", async () => {
    const { tenant, user } = await tenantOf("admin");
    const invitation = await addInvitation(tenant, user);
    await setPlatformRole(user, "platform-admin");
    expect(await statusOf(invitation)).toBe("pending");
  });
});
