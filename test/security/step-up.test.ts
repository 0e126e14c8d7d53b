/**
 * A stolen session, hours after its sign-in: what it may not turn into the account itself, or into a platform admin. The
 * same requests from a session that has just signed in are what all other tests make.
 */
import { beforeAll, describe, expect, it } from "vitest";
import { createTenant, enrol, join, newEmail, password, type Person } from "../people.ts";
import { call, readOperations, type Call } from "./operations.ts";
import { startTarget, type Target } from "./target.ts";

let target: Target;

beforeAll(async () => {
  target = await startTarget({ cheapHashes: true });
  return target.stop;
});

/** As if the sign-in and every proof had been that long ago. */
async function age({ id }: Person, minutes: number): Promise<void> {
  await target.database
    .prepare(
      "UPDATE session SET created_at = created_at - ?1, proven_at = proven_at - ?1 WHERE user_id = ?2",
    )
    .bind(minutes * 60_000, id)
    .run();
}

const notFresh = { status: 403, body: { code: "SESSION_NOT_FRESH" } };

describe("a platform admin", () => {
  let admin: Person;
  let victim: Person;

  beforeAll(async () => {
    admin = await target.enterAdmin();
    victim = await target.enter();
  });

  const act = async (route: string, body: object) =>
    admin.browser.post(`/api/auth/admin/${route}`, body);

  it("does to their own account nothing that its own routes would ask proof for", async () => {
    const userId = admin.id;
    const refused = { status: 403, body: { code: "NOT_ON_YOURSELF" } };
    const newPassword = "marble orbit 58 lanterns";
    expect(await act("set-user-password", { userId, newPassword })).toMatchObject(refused);
    const email = newEmail();
    expect(await act("update-user", { userId, data: { email } })).toMatchObject(refused);
    const verified = { emailVerified: true };
    expect(await act("update-user", { userId, data: verified })).toMatchObject(refused);
    expect((await act("update-user", { userId, data: { name: "Grace" } })).status).toBe(200);
  });

  it("an hour after the sign-in makes, changes and becomes nobody before a proof", async () => {
    await age(admin, 61);
    const userId = victim.id;
    const requests: [string, object][] = [
      ["set-role", { userId, role: "platform-admin" }],
      ["set-user-password", { userId, newPassword: "marble orbit 58 lanterns" }],
      ["update-user", { userId, data: { email: newEmail() } }],
      ["create-user", { name: "Eve", email: newEmail(), password, role: "platform-admin" }],
      ["impersonate-user", { userId }],
      ["ban-user", { userId }],
      ["remove-user", { userId }],
    ];
    for (const [route, body] of requests) expect(await act(route, body)).toMatchObject(notFresh);
    // Ending somebody's sessions is no way to theirs.
    expect((await act("revoke-user-sessions", { userId })).status).toBe(200);

    await admin.browser.post("/api/auth/verify-password", { password: "not the password" });
    expect(await act("ban-user", { userId })).toMatchObject(notFresh);
    const proof = await admin.browser.post("/api/auth/verify-password", { password });
    expect(proof.status).toBe(200);
    expect((await act("ban-user", { userId })).status).toBe(200);
    expect((await act("unban-user", { userId })).status).toBe(200);
  });

  it("an hour after the sign-in changes no tenant before a proof", async () => {
    const [owner, member] = [await target.enter("Olga"), await target.enter("Mel")];
    const { id } = await createTenant(owner.browser, "stepped-up");
    const memberId = (await join(owner.browser, member, id)).id;
    const { body: invitation } = await owner.browser.post<{ id: string }>(
      "/api/auth/organization/invite-member",
      { organizationId: id, email: newEmail(), role: "member" },
    );
    const values = { id, memberId, invitationId: invitation.id };
    const calls: Record<string, Call> = {
      "POST /platform/tenants": { body: { name: "Made", slug: "made", ownerId: victim.id } },
      "PATCH /platform/tenants/{id}": { values, body: { requireTwoFactor: true } },
      "POST /platform/tenants/{id}/members": {
        values,
        body: { userId: victim.id, role: "owner" },
      },
      "PATCH /platform/tenants/{id}/members/{memberId}": { values, body: { role: "owner" } },
      "DELETE /platform/tenants/{id}/members/{memberId}": { values },
      "POST /platform/tenants/{id}/invitations": {
        values,
        body: { email: newEmail(), role: "owner" },
      },
      "DELETE /platform/tenants/{id}/invitations/{invitationId}": { values },
      // Last, since the others ask that it is there.
      "DELETE /platform/tenants/{id}": { values },
    };
    const operations = (await readOperations(target)).filter(
      ({ path, method }) =>
        path.startsWith("/platform/") && path !== "/platform/claim" && method !== "GET",
    );
    expect(Object.keys(calls).sort()).toEqual(operations.map(({ name }) => name).sort());
    const statuses = async () => {
      const answers = [];
      for (const [name, told] of Object.entries(calls)) {
        const operation = operations.find((one) => one.name === name);
        if (operation === undefined) throw new Error(name);
        answers.push(await call(admin.browser, operation, told));
      }
      return answers;
    };

    await age(admin, 61);
    for (const answer of await statuses()) expect(answer).toMatchObject(notFresh);
    const seen = await admin.browser.get(`/api/auth/platform/tenants/${id}/members`);
    expect(seen).toMatchObject({ status: 200, body: { members: { length: 2 } } });

    await admin.browser.post("/api/auth/verify-password", { password });
    for (const { status } of await statuses()) expect(status).toBe(200);
  });

  it("proves it by a code, too", async () => {
    const { code } = await enrol(admin.browser);
    await age(admin, 61);
    const body = { userId: victim.id };
    expect(await act("ban-user", body)).toMatchObject(notFresh);
    const proof = { code: await code(1) };
    await admin.browser.post("/api/auth/two-factor/verify-totp", proof);
    expect((await act("ban-user", body)).status).toBe(200);
  });
});

describe("an owner", () => {
  it("an hour after the sign-in makes no owner, opens no tenant and ends none before a proof", async () => {
    const [owner, member] = [await target.enter("Olga"), await target.enter("Mel")];
    const { id: organizationId } = await createTenant(owner.browser, "owned");
    const memberId = (await join(owner.browser, member, organizationId)).id;
    const ask = async (route: string, body: object) =>
      owner.browser.post(`/api/auth/organization/${route}`, { organizationId, ...body });
    const policy = async (requireTwoFactor: boolean) =>
      ask("update", { data: { requireTwoFactor } });
    const guarded = [
      async () => ask("invite-member", { email: newEmail(), role: "owner" }),
      async () => ask("invite-member", { email: newEmail(), role: ["member", "owner"] }),
      async () => ask("update-member-role", { memberId, role: "member, owner" }),
      async () => policy(false),
      // Last, since the others ask that it is there.
      async () => ask("delete", {}),
    ];
    await age(owner, 61);
    for (const act of guarded) expect(await act()).toMatchObject(notFresh);
    // What every day has is not asked for.
    expect((await ask("invite-member", { email: newEmail(), role: "member" })).status).toBe(200);
    expect((await ask("update-member-role", { memberId, role: "admin" })).status).toBe(200);
    expect((await ask("update", { data: { name: "Owned by Olga" } })).status).toBe(200);

    await owner.browser.post("/api/auth/verify-password", { password });
    for (const act of guarded) expect((await act()).status).toBe(200);
  });
});

describe("somebody", () => {
  it("moves to no other address, and connects and drops no account of a provider, before a proof", async () => {
    const ada = await target.enter();
    const connect = async () => ada.browser.post("/api/auth/link-social", { provider: "google" });
    // The platform of this test has no provider, and callers who may ask are told so.
    expect(await connect()).toMatchObject({ status: 404, body: { code: "PROVIDER_NOT_FOUND" } });
    await age(ada, 11);
    expect(await connect()).toMatchObject(notFresh);
    const move = async () => ada.browser.post("/api/auth/change-email", { newEmail: newEmail() });
    expect(await move()).toMatchObject(notFresh);
    const unlinked = await ada.browser.post("/api/auth/unlink-account", { accountId: "any" });
    expect(unlinked).toMatchObject(notFresh);
    await ada.browser.post("/api/auth/verify-password", { password });
    expect((await move()).status).toBe(200);
  });

  it("whose address is not confirmed cannot move it to one that only they read", async () => {
    const ada = await target.enter();
    await target.database
      .prepare("UPDATE user SET email_verified = 0 WHERE id = ?")
      .bind(ada.id)
      .run();
    const moved = await ada.browser.post("/api/auth/change-email", { newEmail: newEmail() });
    expect(moved).toMatchObject({ status: 403, body: { code: "EMAIL_NOT_VERIFIED" } });
  });

  it("deletes the account with the password alone, however new the session", async () => {
    const { browser, id } = await target.enter();
    const refused = { status: 400, body: { code: "INVALID_PASSWORD" } };
    expect(await browser.post("/api/auth/delete-user", {})).toMatchObject(refused);
    expect(await browser.post("/api/auth/delete-user", { password: "" })).toMatchObject(refused);
    expect((await browser.session()).user.id).toBe(id);
    expect((await browser.post("/api/auth/delete-user", { password })).status).toBe(200);
  });

  it("has a session as old as the one that it replaces", async () => {
    const ada = await target.enter();
    await age(ada, 120);
    const began = async () =>
      target.database
        .prepare("SELECT created_at FROM session WHERE user_id = ?")
        .bind(ada.id)
        .first<number>("created_at");
    const before = await began();
    const { id } = (await ada.browser.session()).session;
    await enrol(ada.browser);
    expect((await ada.browser.session()).session.id).not.toBe(id);
    expect(await began()).toBe(before);
    expect(
      await ada.browser.post("/api/auth/change-email", { newEmail: newEmail() }),
    ).toMatchObject(notFresh);
  });

  it("is not told by the password policy who has a second factor", async () => {
    const ada = await target.enter();
    const other = await target.enter();
    await target.database
      .prepare("UPDATE user SET two_factor_enabled = 1 WHERE id = ?")
      .bind(other.id)
      .run();
    const codes = [];
    for (const userId of [ada.id, other.id]) {
      const body = { userId, newPassword: "short 41 one" };
      const { status } = await ada.browser.post("/api/auth/admin/set-user-password", body);
      codes.push(status);
    }
    expect(codes).toEqual([403, 403]);
  });
});
