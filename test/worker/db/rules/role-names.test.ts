/** The rules of role names: what is stored is read in one way, and what every JavaScript object inherits is no role. */
import { describe, expect, it } from "vitest";
import {
  add,
  addInvitation,
  addMember,
  addTenant,
  addUser,
  run,
  setRole,
  tenantOf,
} from "./rows.ts";

const refused = "INVALID_ROLE_NAME";
const notNames = [
  "",
  " owner",
  "a,b",
  "a.b",
  "own\u0435r",
  "a".repeat(65),
  "__proto__",
  "toString",
];
const notLists = ["", " owner", "member, owner", ",owner", "owner,", "member,,owner", "own\u0435r"];

const addRole = async (tenant: string, role: string) =>
  add("organization_role", { organization_id: tenant, role, permission: "{}" });

describe("organization_role_name_insert", () => {
  it("refuses a name that is read in two ways, is inherited or is built in", async () => {
    const tenant = await addTenant();
    for (const role of [...notNames, "owner", "Admin", "MEMBER"]) {
      await expect(addRole(tenant, role)).rejects.toThrow(refused);
    }
    for (const role of ["auditor", "Level_2", "read-only"]) await addRole(tenant, role);
  });
});

describe("organization_role_name_update", () => {
  it("refuses such a name for a role that exists", async () => {
    const role = await addRole(await addTenant(), "auditor");
    const rename = async (name: string) =>
      run("UPDATE organization_role SET role = ? WHERE id = ?", name, role);
    for (const name of [...notNames, "owner"]) await expect(rename(name)).rejects.toThrow(refused);
    await rename("reader");
  });
});

describe("member_role_names_insert", () => {
  it("refuses a list that is read in two ways", async () => {
    const tenant = await addTenant();
    for (const role of notLists) {
      await expect(addMember(tenant, await addUser(), role)).rejects.toThrow(refused);
    }
    for (const role of ["member", "admin,auditor"]) await addMember(tenant, await addUser(), role);
  });
});

describe("member_role_names_update", () => {
  it("refuses such a list for a member who exists", async () => {
    const { tenant } = await tenantOf("owner");
    const member = await addMember(tenant, await addUser());
    for (const role of notLists) await expect(setRole(member, role)).rejects.toThrow(refused);
    await setRole(member, "auditor,owner");
  });
});

describe("invitation_role_names_insert", () => {
  it("refuses a list that is read in two ways, and leaves one without a role alone", async () => {
    const { tenant, user } = await tenantOf("owner");
    for (const role of notLists) {
      await expect(addInvitation(tenant, user, { role })).rejects.toThrow(refused);
    }
    for (const role of ["admin,auditor", null]) await addInvitation(tenant, user, { role });
  });
});

describe("invitation_role_names_update", () => {
  it("refuses such a list for an invitation that exists", async () => {
    const { tenant, user } = await tenantOf("owner");
    const invitation = await addInvitation(tenant, user);
    const change = async (role: string) =>
      run("UPDATE invitation SET role = ? WHERE id = ?", role, invitation);
    for (const role of notLists) await expect(change(role)).rejects.toThrow(refused);
    await change("admin");
  });
});
