import { expect, it } from "vitest";
import { hasPermission } from "../../src/sdk/permissions.ts";

it("grants permissions of the platform by the platform role only", () => {
  expect(hasPermission({ role: "platform-admin" }, "billing:view")).toBe(true);
  expect(hasPermission({ role: "user,platform-admin" }, "features:activate")).toBe(true);
  expect(hasPermission({ role: "user", tenantRole: "owner" }, "billing:view")).toBe(false);
  expect(hasPermission({ role: "user", tenantRole: "platform-admin" }, "billing:view")).toBe(false);
  expect(hasPermission({ role: "anonymous" }, "billing:view")).toBe(false);
});

it("grants permissions of a tenant by the role in the tenant only", () => {
  expect(hasPermission({ role: "user", tenantRole: "owner" }, "organization:delete")).toBe(true);
  expect(hasPermission({ role: "user", tenantRole: "admin" }, "organization:delete")).toBe(false);
  expect(hasPermission({ role: "user", tenantRole: "member, admin" }, "invitation:create")).toBe(
    true,
  );
  expect(hasPermission({ role: "platform-admin" }, "organization:delete")).toBe(false);
});

it("grants nothing to unknown roles or for unknown permissions", () => {
  for (const role of ["", "constructor", "__proto__", "toString", "emperor"]) {
    expect(hasPermission({ role, tenantRole: role }, "billing:view")).toBe(false);
    expect(hasPermission({ role, tenantRole: role }, "member:create")).toBe(false);
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
    expect(hasPermission(roles, name as "billing:view")).toBe(false);
  }
});
