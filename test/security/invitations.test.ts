/** An invitation makes one membership, of whoever has proven the address that was invited, and only while it stands. */
import { beforeAll, expect, it } from "vitest";
import { createTenant, newEmail, password, type Browser, type Person } from "../people.ts";
import { startTarget, type Target } from "./target.ts";

let target: Target;
let owner: Person;
let tenantId: string;

beforeAll(async () => {
  target = await startTarget({ entry: "test/security/workers/slow-writes.ts", isolates: 2 });
  owner = await target.signUp("Ada");
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
  const bob = await target.signUp("Bob");
  const { body } = await invite(bob.email);
  const answers = await Promise.all(
    Array.from({ length: 6 }, async (_, index) => accept(bob.browser, body.id, onIsolate(index))),
  );
  expect(await membershipsOf(bob)).toBe(1);
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  for (const { status } of answers) expect([200, 400, 409]).toContain(status);
});

it("is one of several to an address that are made at once", async () => {
  const bob = await target.signUp("Bob");
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
  const bob = await target.signUp("Bob");
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
  const mallory = await target.signUp("Mallory");
  const { body } = await invite(newEmail());
  await expectRefused(mallory, body.id);
});

it("is worth nothing to whoever has not proven the address, nor to one who changes to it", async () => {
  const victim = newEmail();
  const { body } = await invite(victim);
  const mallory = await target.signUp("Mallory");
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
  const bob = await target.signUp("Bob");
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
  const bob = await target.signUp("Bob");
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
  const bob = await target.signUp("Bob");
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
  const stranger = await target.signUp("Eve");
  await createTenant(stranger.browser, "elsewhere");
  const bob = await target.signUp("Bob");
  const { body } = await invite(bob.email);
  const withdrawn = await stranger.browser.post("/api/auth/organization/cancel-invitation", {
    invitationId: body.id,
  });
  expect([400, 403, 404]).toContain(withdrawn.status);
  await expectRefused(stranger, body.id);
  expect((await accept(bob.browser, body.id)).status).toBe(200);
});

it("gives nobody a role above the inviter's", async () => {
  const admin = await target.signUp("Grace");
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
