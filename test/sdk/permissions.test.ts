import { expect, it } from "vitest";
import { holdsPermission } from "../../src/sdk/permissions.ts";

it("gives the platform's permissions by the platform role alone", () => {
  expect(holdsPermission({ role: "platform-admin" }, "billing:view")).toBe(true);
  expect(holdsPermission({ role: "user,platform-admin" }, "features:activate")).toBe(true);
  expect(holdsPermission({ role: "user", tenantRole: "owner" }, "billing:view")).toBe(false);
  expect(holdsPermission({ role: "user", tenantRole: "platform-admin" }, "billing:view")).toBe(
    false,
  );
  expect(holdsPermission({ role: "anonymous" }, "billing:view")).toBe(false);
});

it("gives a tenant's permissions by the role in it alone", () => {
  expect(holdsPermission({ role: "user", tenantRole: "owner" }, "organization:delete")).toBe(true);
  expect(holdsPermission({ role: "user", tenantRole: "admin" }, "organization:delete")).toBe(false);
  expect(holdsPermission({ role: "user", tenantRole: "member, admin" }, "invitation:create")).toBe(
    true,
  );
  expect(holdsPermission({ role: "platform-admin" }, "organization:delete")).toBe(false);
});

it("gives nothing to roles and for names that it does not know", () => {
  for (const role of ["", "constructor", "__proto__", "toString", "emperor"]) {
    expect(holdsPermission({ role, tenantRole: role }, "billing:view")).toBe(false);
    expect(holdsPermission({ role, tenantRole: role }, "member:create")).toBe(false);
  }
  for (const name of [
    "",
    "billing",
    "billing:",
    "billing:fly",
    "billing:view:x",
    "billing:view,fly",
    "constructor:name",
    ":view",
  ]) {
    const roles = { role: "platform-admin", tenantRole: "owner" };
    expect(holdsPermission(roles, name as "billing:view")).toBe(false);
  }
});
