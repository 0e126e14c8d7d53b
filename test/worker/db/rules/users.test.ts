/** The rules of users: the last platform admin, platform roles, and the accounts of unverified addresses. */
import { describe, expect, it } from "vitest";
import { add, addUser, ban, exists, remove, run, setPlatformRole } from "./rows.ts";

/** A platform admin beside whom there is none who can act, only one who is banned. */
async function addLastAdmin(): Promise<string> {
  const last = await addUser({ role: "platform-admin" });
  const banned = await addUser({ role: "platform-admin" });
  await run("UPDATE user SET banned = 1 WHERE id = ?", banned);
  await run("UPDATE user SET role = 'user' WHERE banned IS NOT 1 AND id <> ?", last);
  return last;
}

describe("user_last_platform_admin_delete", () => {
  it("keeps the last admin who is not banned, and not the last but one", async () => {
    const last = await addLastAdmin();
    await expect(remove("user", last)).rejects.toThrow("LAST_PLATFORM_ADMIN");
    await addUser({ role: "platform-admin" });
    await remove("user", last);
    expect(await exists("user", last)).toBe(false);
  });
});

describe("user_last_platform_admin_update", () => {
  it("refuses to demote or ban the last admin, and not the last but one", async () => {
    const last = await addLastAdmin();
    await expect(setPlatformRole(last, "user")).rejects.toThrow("LAST_PLATFORM_ADMIN");
    await expect(ban(last)).rejects.toThrow("LAST_PLATFORM_ADMIN");
    await addUser({ role: "platform-admin" });
    await ban(last);
  });
});

const unknownRoles = ["admin", "user,platform-admin", "", "constructor"];

describe("user_role_insert", () => {
  it.each(unknownRoles)("refuses a user with the role '%s'", async (role) => {
    await expect(addUser({ role })).rejects.toThrow("UNKNOWN_ROLE");
  });
});

describe("user_role_update", () => {
  it.each(unknownRoles)("refuses to give a user the role '%s'", async (role) => {
    await expect(setPlatformRole(await addUser(), role)).rejects.toThrow("UNKNOWN_ROLE");
  });
});

const addAccount = async (user: string, provider: string) =>
  add("account", {
    user_id: user,
    provider_id: provider,
    account_id: crypto.randomUUID(),
    updated_at: 0,
  });

describe("account_first_password_of_unverified", () => {
  it("disconnects the providers of an unverified address when its first password is set", async () => {
    const [unverified, verified] = [await addUser(), await addUser({ email_verified: 1 })];
    const accounts = [
      await addAccount(unverified, "github"),
      await addAccount(verified, "github"),
      await addAccount(unverified, "credential"),
      await addAccount(verified, "credential"),
    ];
    const found = await Promise.all(accounts.map(async (id) => exists("account", id)));
    expect(found).toEqual([false, true, true, true]);
  });
});

describe("account_new_password_of_unverified", () => {
  it("disconnects the providers of an unverified address when its password is replaced", async () => {
    const [unverified, verified] = [await addUser(), await addUser({ email_verified: 1 })];
    const passwords = [
      await addAccount(unverified, "credential"),
      await addAccount(verified, "credential"),
    ];
    const providers = [
      await addAccount(unverified, "github"),
      await addAccount(verified, "github"),
    ];
    for (const id of passwords) await run("UPDATE account SET password = 'new' WHERE id = ?", id);
    const accounts = [...passwords, ...providers];
    const found = await Promise.all(accounts.map(async (id) => exists("account", id)));
    expect(found).toEqual([true, true, false, true]);
  });
});
