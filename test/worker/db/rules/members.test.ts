/** The rule of members: a tenant keeps its last owner. */
import { describe, expect, it } from "vitest";
import { addMember, addTenant, addUser, exists, remove, run, setRole, tenantOf } from "./rows.ts";

describe("member_last_owner_delete", () => {
  it("keeps the last owner, and not the last but one", async () => {
    const { tenant, member } = await tenantOf("owner,recruiter");
    await addMember(tenant, await addUser(), "admin");
    await expect(remove("member", member)).rejects.toThrow("LAST_OWNER");
    await addMember(tenant, await addUser(), "owner");
    await remove("member", member);
    expect(await exists("member", member)).toBe(false);
  });

  it("keeps a user who is the last owner", async () => {
    const { user } = await tenantOf("owner");
    await expect(remove("user", user)).rejects.toThrow("LAST_OWNER");
  });

  it("lets the last owner go with the tenant", async () => {
    const { tenant, member } = await tenantOf("owner");
    await remove("organization", tenant);
    expect(await exists("member", member)).toBe(false);
  });
});

describe("member_last_owner_update", () => {
  it("refuses to demote the last owner, and not the last but one", async () => {
    const { tenant, member } = await tenantOf("owner");
    await expect(setRole(member, "admin")).rejects.toThrow("LAST_OWNER");
    await setRole(member, "admin,owner");
    await addMember(tenant, await addUser(), "owner");
    await setRole(member, "admin");
  });

  it("refuses to move the last owner to another tenant", async () => {
    const { member } = await tenantOf("owner");
    const moved = run(
      "UPDATE member SET organization_id = ? WHERE id = ?",
      await addTenant(),
      member,
    );
    await expect(moved).rejects.toThrow("LAST_OWNER");
  });
});
