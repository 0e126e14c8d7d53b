/** Lists that grow with what others did to somebody: each has an end, and reads few rows however long it might be. */
import { env } from "cloudflare:workers";
import { beforeAll, expect, it } from "vitest";
import { createTenant, enter, enterAdmin, openApp, type Person } from "../../browser.ts";
import { metered } from "../../db/metered.ts";

const { binding, meter } = metered(env.DB, /maintenance_run/);
const opened = openApp({}, { DB: binding });
let ada: Person;
let inviter: Person;
const many = 1200;

beforeAll(async () => {
  [ada, inviter] = [await enter(opened), await enter(opened)];
  const numbers = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${many})`;
  const metadata = JSON.stringify({ note: "x".repeat(1000) });
  await env.DB.batch([
    env.DB.prepare(
      `INSERT INTO organization (id, name, slug, metadata, created_at) ${numbers} SELECT 'many-' || i, 'Many', 'many-' || i, ?, i FROM n`,
    ).bind(metadata),
    env.DB.prepare(
      `INSERT INTO member (id, organization_id, user_id, role, created_at) ${numbers} SELECT 'many-' || i, 'many-' || i, ?, 'member', i FROM n`,
    ).bind(ada.id),
    env.DB.prepare(`UPDATE user SET role = 'platform-admin' WHERE id = ?`).bind(inviter.id),
    env.DB.prepare(
      `INSERT INTO invitation (id, organization_id, email, role, status, expires_at, created_at, inviter_id)
       ${numbers} SELECT 'many-' || i, 'many-' || i, ?1, 'member', 'pending', ?2, i, ?3 FROM n`,
    ).bind(ada.email, Date.now() + 60_000, inviter.id),
  ]);
});

const measured = async <Body>(person: Person, path: string) => {
  const before = meter.rowsRead;
  const { status, body } = await person.browser.get<Body>(`/api/auth${path}`);
  return { status, body, rowsRead: meter.rowsRead - before };
};

it("of one's own tenants begin at 100, oldest first, and go on by limit and offset", async () => {
  const first = await measured<{ id: string }[]>(ada, "/organization/list");
  expect(first.body).toHaveLength(100);
  expect(first.body[0]?.id).toBe("many-1");
  expect(first.rowsRead).toBeLessThan(500);
  const next = await measured<{ id: string }[]>(ada, "/organization/list?limit=50&offset=100");
  expect(next.body.map(({ id }) => id).slice(0, 2)).toEqual(["many-101", "many-102"]);
  expect(next.body).toHaveLength(50);
  const refused = await measured(ada, "/organization/list?limit=5000");
  expect(refused.status).toBe(400);
});

it("of the invitations to somebody have the newest 100 that are pending", async () => {
  const { body } = await measured<{ id: string; organizationName: string }[]>(
    ada,
    "/organization/list-user-invitations",
  );
  expect(body).toHaveLength(100);
  expect(body[0]).toMatchObject({ id: `many-${many}`, organizationName: "Many" });
});

it("of somebody's memberships have pages, for platform admins", async () => {
  const admin = await enterAdmin(opened);
  const path = `/platform/users/${ada.id}/memberships`;
  interface Page {
    memberships: { id: string }[];
    nextCursor: string | null;
  }
  const first = await measured<Page>(admin, path);
  expect(first.body.memberships).toHaveLength(50);
  expect(first.rowsRead).toBeLessThan(300);
  const next = await measured<Page>(admin, `${path}?limit=100&cursor=${first.body.nextCursor}`);
  expect(next.body.memberships.map(({ id }) => id)[0]).toBe("many-51");
});

it("of tenants are not read to make another, and a permission is answered from a tenant's own roles alone", async () => {
  const before = meter.rowsRead;
  const { id: organizationId } = await createTenant(ada.browser, "one-more");
  expect(meter.rowsRead - before).toBeLessThan(100);
  await env.DB.prepare(
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50)
     INSERT INTO organization_role (id, organization_id, role, permission, created_at)
     SELECT 'role-' || i, ?, 'role-' || i, '{}', 1 FROM n`,
  )
    .bind(organizationId)
    .run();
  const asked = meter.rowsRead;
  const { status } = await ada.browser.post("/api/auth/organization/has-permission", {
    organizationId,
    permissions: { member: ["create"] },
  });
  expect(status).toBe(200);
  expect(meter.rowsRead - asked).toBeLessThan(100);
});
