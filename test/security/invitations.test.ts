/** An invitation makes one membership, for a user who has proven the invited address, and only while it is pending. */
import { beforeAll, describe, expect, it } from "vitest";
import { createTenant, join, newEmail, password, type Browser, type Person } from "../people.ts";
import { startTarget, type Target } from "./target.ts";

let target: Target;
let owner: Person;
let tenantId: string;

beforeAll(async () => {
  target = await startTarget({
    entry: "test/security/workers/slow-writes.ts",
    isolates: 2,
    cheapHashes: true,
  });
  owner = await target.enter("Ada");
  tenantId = (await createTenant(owner.browser, "inviting")).id;
  return target.stop;
});

const onIsolate = (index: number) => ({ "x-test-isolate": String(index % 2) });

const invite = async (email: string, headers: Record<string, string> = {}, role = "member") =>
  owner.browser.post<{ id: string }>(
    "/api/auth/organization/invite-member",
    { email, role, organizationId: tenantId },
    headers,
  );

const accept = async (by: Browser, invitationId: string, headers: Record<string, string> = {}) =>
  by.post("/api/auth/organization/accept-invitation", { invitationId }, headers);

const membershipsOf = async ({ id }: Person) =>
  target.database
    .prepare("SELECT count(*) FROM member WHERE organization_id = ? AND user_id = ?")
    .bind(tenantId, id)
    .first<number>("count(*)");

/** What an invitation is worth that is no longer, or not, this person's. */
const expectRefused = async (by: Person, invitationId: string) => {
  const refusals = [
    await accept(by.browser, invitationId),
    await by.browser.post("/api/auth/organization/reject-invitation", { invitationId }),
    await by.browser.get(`/api/auth/organization/get-invitation?id=${invitationId}`),
  ];
  for (const { status } of refusals) expect([400, 403, 404]).toContain(status);
  expect(await membershipsOf(by)).toBe(0);
};

it("makes one member of six acceptances at once", async () => {
  const bob = await target.enter("Bob");
  const { body } = await invite(bob.email);
  const answers = await Promise.all(
    Array.from({ length: 6 }, async (_, index) => accept(bob.browser, body.id, onIsolate(index))),
  );
  expect(await membershipsOf(bob)).toBe(1);
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  for (const { status } of answers) expect([200, 400, 409]).toContain(status);
});

it("is one of several to an address that are made at once", async () => {
  const bob = await target.enter("Bob");
  const answers = await Promise.all(
    Array.from({ length: 4 }, async (_, index) => invite(bob.email, onIsolate(index))),
  );
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  for (const { status } of answers) expect([200, 400, 409]).toContain(status);
  const pending = await target.database
    .prepare("SELECT count(*) FROM invitation WHERE email = ? AND status = 'pending'")
    .bind(bob.email)
    .first<number>("count(*)");
  expect(pending).toBe(1);
});

it("is withdrawn or accepted, never both", async () => {
  const bob = await target.enter("Bob");
  const { body } = await invite(bob.email);
  await Promise.all([
    accept(bob.browser, body.id, onIsolate(0)),
    owner.browser.post(
      "/api/auth/organization/cancel-invitation",
      { invitationId: body.id },
      onIsolate(1),
    ),
  ]);
  const status = await target.database
    .prepare("SELECT status FROM invitation WHERE id = ?")
    .bind(body.id)
    .first<string>("status");
  expect(["accepted", "canceled"]).toContain(status);
  expect(await membershipsOf(bob)).toBe(status === "accepted" ? 1 : 0);
});

it("is worth nothing to another address", async () => {
  const mallory = await target.enter("Mallory");
  const { body } = await invite(newEmail());
  await expectRefused(mallory, body.id);
});

it("is worth nothing to a user who has not proven the address, nor to one who changes to it", async () => {
  const victim = newEmail();
  const { body } = await invite(victim);
  const mallory = await target.enter("Mallory");
  await mallory.browser.post("/api/auth/change-email", { newEmail: victim });
  await expectRefused(mallory, body.id);
  // As if the route above, a provider, or an admin had given Mallory the address, unproven.
  await target.database
    .prepare("UPDATE user SET email = ?, email_verified = 0 WHERE id = ?")
    .bind(victim, mallory.id)
    .run();
  await expectRefused(mallory, body.id);
});

it("does not come from signing up with the address alone", async () => {
  const victim = newEmail();
  const { body } = await invite(victim);
  const browser = target.open();
  await browser.post("/api/auth/sign-up/email", { name: "Mallory", email: victim, password });
  const signedIn = await browser.post("/api/auth/sign-in/email", { email: victim, password });
  expect(signedIn.status).toBe(401);
  expect((await accept(browser, body.id)).status).toBe(401);
});

it("cannot be used again, nor after its member was removed", async () => {
  const bob = await target.enter("Bob");
  const { body } = await invite(bob.email);
  expect((await accept(bob.browser, body.id)).status).toBe(200);
  expect((await accept(bob.browser, body.id)).status).toBe(400);
  expect(await membershipsOf(bob)).toBe(1);
  const removed = await owner.browser.post("/api/auth/organization/remove-member", {
    organizationId: tenantId,
    memberIdOrEmail: bob.email,
  });
  expect(removed.status).toBe(200);
  await expectRefused(bob, body.id);
});

it("cannot be used after it was withdrawn or rejected", async () => {
  const bob = await target.enter("Bob");
  const first = await invite(bob.email);
  await owner.browser.post("/api/auth/organization/cancel-invitation", {
    invitationId: first.body.id,
  });
  await expectRefused(bob, first.body.id);
  const second = await invite(bob.email);
  const rejected = await bob.browser.post("/api/auth/organization/reject-invitation", {
    invitationId: second.body.id,
  });
  expect(rejected.status).toBe(200);
  await expectRefused(bob, second.body.id);
});

it("cannot be used after it has expired", async () => {
  const bob = await target.enter("Bob");
  const { body } = await invite(bob.email);
  await target.database
    .prepare("UPDATE invitation SET expires_at = ? WHERE id = ?")
    .bind(Date.now() - 1, body.id)
    .run();
  expect((await accept(bob.browser, body.id)).status).toBe(400);
  expect(
    (await bob.browser.get(`/api/auth/organization/get-invitation?id=${body.id}`)).status,
  ).toBe(400);
  expect(await membershipsOf(bob)).toBe(0);
});

it("of another tenant is neither seen, withdrawn nor redirected by this one's owner", async () => {
  const stranger = await target.enter("Eve");
  await createTenant(stranger.browser, "elsewhere");
  const bob = await target.enter("Bob");
  const { body } = await invite(bob.email);
  const withdrawn = await stranger.browser.post("/api/auth/organization/cancel-invitation", {
    invitationId: body.id,
  });
  expect([400, 403, 404]).toContain(withdrawn.status);
  await expectRefused(stranger, body.id);
  expect((await accept(bob.browser, body.id)).status).toBe(200);
});

it("gives nobody a role above the inviter's", async () => {
  const admin = await target.enter("Grace");
  const { body } = await invite(admin.email, {}, "admin");
  expect((await accept(admin.browser, body.id)).status).toBe(200);
  for (const role of ["owner", "member,owner", ["owner"], "owner ,member", "platform-admin"]) {
    const { status } = await admin.browser.post("/api/auth/organization/invite-member", {
      email: newEmail(),
      role,
      organizationId: tenantId,
    });
    expect([role, status]).toEqual([role, expect.toSatisfy((code) => [400, 403].includes(code))]);
  }
});

describe("is worth nothing once", () => {
  const remove = async (person: Person) =>
    owner.browser.post("/api/auth/organization/remove-member", {
      organizationId: tenantId,
      memberIdOrEmail: person.email,
    });
  const memberWhoInvites = async (role: string, invitedRole = role) => {
    const sender = await target.enter("Grace");
    const { id: memberId } = await join(owner.browser, sender, tenantId, role);
    const accomplice = await target.enter("Mallory");
    const invited = await sender.browser.post<{ id: string }>(
      "/api/auth/organization/invite-member",
      { email: accomplice.email, role: invitedRole, organizationId: tenantId },
    );
    expect(invited.status).toBe(200);
    return { sender, memberId, accomplice, invitationId: invited.body.id };
  };
  const giveRole = async (memberId: string, role: string | string[]) => {
    const given = await owner.browser.post("/api/auth/organization/update-member-role", {
      organizationId: tenantId,
      memberId,
      role,
    });
    expect(given.status).toBe(200);
  };

  it("its addressee has been added and removed by a platform admin", async () => {
    const root = await target.enterAdmin();
    const bob = await target.enter("Bob");
    const { body } = await invite(bob.email);
    const members = `/api/auth/platform/tenants/${tenantId}/members`;
    const added = await root.browser.post<{ member: { id: string } }>(members, {
      userId: bob.id,
      role: "member",
    });
    expect(added.status).toBe(200);
    const status = async () =>
      target.database
        .prepare("SELECT status FROM invitation WHERE id = ?")
        .bind(body.id)
        .first<string>("status");
    expect(await status()).toBe("canceled");
    // As a release before left it.
    await target.database
      .prepare(
        "INSERT INTO invitation SELECT 'standing', organization_id, email, role, 'pending', expires_at, created_at, inviter_id FROM invitation WHERE id = ?",
      )
      .bind(body.id)
      .run();
    const removed = await root.browser.send("DELETE", `${members}/${added.body.member.id}`);
    expect(removed.status).toBe(200);
    await expectRefused(bob, body.id);
    await expectRefused(bob, "standing");
  });

  it("its sender has been removed", async () => {
    const { sender, accomplice, invitationId } = await memberWhoInvites("admin");
    expect((await remove(sender)).status).toBe(200);
    await expectRefused(accomplice, invitationId);
  });

  it("its sender may not invite any more", async () => {
    const { memberId, accomplice, invitationId } = await memberWhoInvites("admin");
    await giveRole(memberId, "member");
    await expectRefused(accomplice, invitationId);
  });

  it("its sender has lost a role of the tenant's own, and not before", async () => {
    for (const role of ["recruiter", "assistant"]) {
      const created = await owner.browser.post("/api/auth/organization/create-role", {
        organizationId: tenantId,
        role,
        permission: { invitation: ["create"] },
      });
      expect(created.status).toBe(200);
    }
    const lost = await memberWhoInvites("recruiter");
    await giveRole(lost.memberId, ["assistant", "member"]);
    await expectRefused(lost.accomplice, lost.invitationId);
    const kept = await memberWhoInvites("recruiter");
    await giveRole(kept.memberId, ["member", "recruiter"]);
    await giveRole(kept.memberId, "owner");
    expect((await accept(kept.accomplice.browser, kept.invitationId)).status).toBe(200);
  });

  it("its sender is banned", async () => {
    const root = await target.enterAdmin();
    const { sender, accomplice, invitationId } = await memberWhoInvites("admin");
    const banned = await root.browser.post("/api/auth/admin/ban-user", { userId: sender.id });
    expect(banned.status).toBe(200);
    await expectRefused(accomplice, invitationId);
  });

  it.each([
    ["is no platform admin any more", "set-role", { role: "user" }],
    ["is a platform admin who is banned", "ban-user", {}],
  ])("its sender %s", async (_, route, change) => {
    const [root, sender] = [await target.enterAdmin(), await target.enterAdmin()];
    const accomplice = await target.enter("Mallory");
    const invited = await sender.browser.post<{ invitation: { id: string } }>(
      `/api/auth/platform/tenants/${tenantId}/invitations`,
      { email: accomplice.email, role: "owner" },
    );
    expect(invited.status).toBe(200);
    const body = { userId: sender.id, ...change };
    expect((await root.browser.post(`/api/auth/admin/${route}`, body)).status).toBe(200);
    await expectRefused(accomplice, invited.body.invitation.id);
  });
});

it("is mailed again once a minute, however many ask, and five times an hour after withdrawals", async () => {
  const email = newEmail();
  const { body } = await invite(email);
  const resend = async (index = 0) =>
    owner.browser.post<{ code?: string }>(
      "/api/auth/organization/invite-member",
      { email, role: "member", organizationId: tenantId, resend: true },
      onIsolate(index),
    );
  const early = await resend();
  expect(early).toMatchObject({ status: 429, body: { code: "TOO_MANY_INVITATIONS" } });
  expect(early.headers.get("retry-after")).toBe("60");
  await target.database
    .prepare("UPDATE invitation SET expires_at = expires_at - 61000 WHERE id = ?")
    .bind(body.id)
    .run();
  const answers = await Promise.all([0, 1, 0, 1].map(resend));
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 429, 429, 429]);

  let invitationId = body.id;
  for (let time = 1; time <= 5; time += 1) {
    await owner.browser.post("/api/auth/organization/cancel-invitation", { invitationId });
    const again = await invite(email);
    expect([time, again.status]).toEqual([time, time < 5 ? 200 : 429]);
    invitationId = again.body.id;
  }
});
