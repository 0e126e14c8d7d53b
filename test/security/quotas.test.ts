/**
 * One ordinary account cannot make the platform store, read and send without end. Each limit is attacked with many requests
 * at once, at a database that takes its time before a write: a check before the write would let all of them through.
 */
import { beforeAll, describe, expect, it } from "vitest";
import { createTenant, join, newEmail, type Answer, type Person } from "../people.ts";
import { startTarget, type Target } from "./target.ts";

let target: Target;

beforeAll(async () => {
  target = await startTarget({ entry: "test/security/workers/slow-writes.ts", isolates: 2 });
  return target.stop;
});

const atOnce = async (times: number, ask: (index: number, headers: object) => Promise<Answer>) =>
  Promise.all(
    Array.from({ length: times }, async (_, index) =>
      ask(index, { "x-test-isolate": String(index % 2) }),
    ),
  );

const codesOf = (answers: readonly Answer[]) =>
  answers.map(({ status, body }) => (status === 200 ? 200 : `${status} ${String(body["code"])}`));

const count = async (rows: string, ...values: unknown[]) =>
  target.database
    .prepare(`SELECT count(*) AS count FROM ${rows}`)
    .bind(...values)
    .first<number>("count");

/** Rows numbered from 1, as an account may have made them one after the other. */
const plant = async (rows: number, insert: string, ...values: unknown[]) =>
  target.database
    .prepare(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows}) ${insert}`,
    )
    .bind(...values)
    .run();

async function plantTenants(rows: number, owner: Person) {
  await plant(
    rows,
    "INSERT INTO organization (id, name, slug, created_at) SELECT ?1 || i, 'Planted', ?1 || i, 1 FROM n",
    owner.id,
  );
  await plant(
    rows,
    "INSERT INTO member (id, organization_id, user_id, role, created_at) SELECT ?1 || i, ?1 || i, ?1, 'owner', 1 FROM n",
    owner.id,
  );
}

const slug = () => `t-${crypto.randomUUID()}`;
const ownedBy = async ({ id }: Person) =>
  count("member WHERE user_id = ? AND instr(role, 'owner') > 0", id);

describe("a user owns 20 tenants at most", () => {
  const refusal = "403 YOU_HAVE_REACHED_THE_MAXIMUM_NUMBER_OF_ORGANIZATIONS";

  it("by making them, six at once", async () => {
    const ada = await target.enter();
    await plantTenants(18, ada);
    const answers = await atOnce(6, async (_, headers) =>
      ada.browser.post(
        "/api/auth/organization/create",
        { name: "Acme", slug: slug() },
        { ...headers },
      ),
    );
    expect(codesOf(answers).toSorted()).toEqual([200, 200, ...Array(4).fill(refusal)]);
    expect(await ownedBy(ada)).toBe(20);
    expect(await count("organization WHERE name = 'Acme'")).toBe(2);
  });

  it("by being made owner, and by accepting invitations, all at once", async () => {
    const [ada, bob] = [await target.enter(), await target.enter()];
    await plantTenants(19, ada);
    const tenants = await Promise.all(
      Array.from({ length: 4 }, async () => createTenant(bob.browser, slug())),
    );
    const invited = await Promise.all(
      tenants.slice(0, 2).map(async ({ id }) =>
        bob.browser.post<{ id: string }>("/api/auth/organization/invite-member", {
          email: ada.email,
          role: "owner",
          organizationId: id,
        }),
      ),
    );
    const memberships = await Promise.all(
      tenants.slice(2).map(async ({ id }) => {
        const { id: memberId } = await join(bob.browser, ada, id);
        return { memberId, organizationId: id };
      }),
    );
    const answers = await Promise.all([
      ...invited.map(async ({ body }) =>
        ada.browser.post("/api/auth/organization/accept-invitation", { invitationId: body.id }),
      ),
      ...memberships.map(async (membership) =>
        bob.browser.post("/api/auth/organization/update-member-role", {
          ...membership,
          role: "owner",
        }),
      ),
    ]);
    expect(codesOf(answers).toSorted()).toEqual([200, ...Array(3).fill(refusal)]);
    expect(await ownedBy(ada)).toBe(20);
  });
});

it("a tenant has 50 roles of its own at most, six asked for at once", async () => {
  const ada = await target.enter();
  const { id: organizationId } = await createTenant(ada.browser, slug());
  await plant(
    48,
    "INSERT INTO organization_role (id, organization_id, role, permission, created_at) SELECT ?1 || i, ?1, 'planted-' || i, '{}', 1 FROM n",
    organizationId,
  );
  const answers = await atOnce(6, async (index, headers) =>
    ada.browser.post(
      "/api/auth/organization/create-role",
      { organizationId, role: `role-${index}`, permission: { member: ["update"] } },
      { ...headers },
    ),
  );
  expect(codesOf(answers).filter((code) => code === 200)).toHaveLength(2);
  for (const code of codesOf(answers))
    expect(code).toBeOneOf([200, expect.stringMatching(/^40[03] TOO_MANY_ROLES$/)]);
  expect(await count("organization_role WHERE organization_id = ?", organizationId)).toBe(50);
});

it("a tenant has 100 invitations pending at most, six sent at once", async () => {
  const ada = await target.enter();
  const { id: organizationId } = await createTenant(ada.browser, slug());
  await plant(
    98,
    `INSERT INTO invitation (id, organization_id, email, role, status, expires_at, created_at, inviter_id)
     SELECT ?1 || i, ?1, 'planted-' || i || '@example.com', 'member', 'pending', ?2, 1, ?3 FROM n`,
    organizationId,
    Date.now() + 60_000,
    ada.id,
  );
  const answers = await atOnce(6, async (_, headers) =>
    ada.browser.post(
      "/api/auth/organization/invite-member",
      { organizationId, email: newEmail(), role: "member" },
      { ...headers },
    ),
  );
  expect(codesOf(answers).toSorted()).toEqual([
    200,
    200,
    ...Array(4).fill("403 INVITATION_LIMIT_REACHED"),
  ]);
  expect(await count("invitation WHERE organization_id = ?", organizationId)).toBe(100);
});

it("a user has 100 sessions at most: a new one ends the one that was used longest ago", async () => {
  const ada = await target.signUp();
  const expiresAt = Date.now() + 86_400_000;
  await plant(
    99,
    `INSERT INTO session (id, token, user_id, expires_at, created_at, updated_at)
     SELECT ?1 || i, ?1 || i, ?1, ?2, i, i FROM n`,
    ada.id,
    expiresAt,
  );
  const { status } = await target
    .open()
    .post("/api/auth/sign-in/email", { email: ada.email, password: "tortoise velvet 41 orchards" });
  expect(status).toBe(200);
  expect(await count("session WHERE user_id = ?", ada.id)).toBe(100);
  expect(await count("session WHERE id = ?", `${ada.id}1`)).toBe(0);
  expect(await count("session WHERE id = ?", `${ada.id}2`)).toBe(1);
  expect((await ada.browser.session()).user.id).toBe(ada.id);
});

describe("what a tenant or a user is described with has a size", () => {
  const big = { note: "x".repeat(5000), more: "y".repeat(5000) };

  it("of 8 KiB of metadata, at every door", async () => {
    const [ada, root] = [await target.enter(), await target.enterAdmin()];
    const { id } = await createTenant(ada.browser, slug());
    const tenants = "/api/auth/platform/tenants";
    const answers = [
      await ada.browser.post("/api/auth/organization/create", {
        name: "Acme",
        slug: slug(),
        metadata: big,
      }),
      await ada.browser.post("/api/auth/organization/update", {
        organizationId: id,
        data: { metadata: big },
      }),
      await root.browser.post(tenants, {
        name: "Acme",
        slug: slug(),
        ownerId: ada.id,
        metadata: big,
      }),
      await root.browser.send("PATCH", `${tenants}/${id}`, { metadata: big }),
    ];
    expect(codesOf(answers)).toEqual(Array(4).fill("400 METADATA_TOO_LARGE"));
    const small = { note: "x".repeat(8000) };
    const { status } = await ada.browser.post("/api/auth/organization/update", {
      organizationId: id,
      data: { metadata: small },
    });
    expect(status).toBe(200);
  });

  it("of 4 KiB of permissions for each role", async () => {
    const ada = await target.enter();
    const { id: organizationId } = await createTenant(ada.browser, slug());
    const permission = { member: Array.from({ length: 2000 }, () => "update") };
    const created = await ada.browser.post("/api/auth/organization/create-role", {
      organizationId,
      role: "large",
      permission,
    });
    expect(codesOf([created])).toEqual(["400 TOO_LONG"]);
  });
});
