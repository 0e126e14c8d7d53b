import { env } from "cloudflare:workers";
import { eq, like } from "drizzle-orm";
import { beforeAll, describe, expect, it } from "vitest";
import { auditEvent, invitation, member, user } from "../../../../src/worker/db/schema.ts";
import {
  createTenant,
  database,
  join,
  newEmail,
  openApp,
  enter,
  enterAdmin,
  type Browser,
  type Person,
} from "../../browser.ts";

const opened = openApp();
let admin: Person;
beforeAll(async () => {
  admin = await enterAdmin(opened);
});

interface Page {
  nextCursor: string | null;
  [list: string]: unknown;
}

/** Every row of a list, page by page. */
async function readAll<Row>(browser: Browser, path: string, list: string): Promise<Row[]> {
  const rows: Row[] = [];
  let cursor = "";
  for (let page = 0; page < 50; page += 1) {
    const { status, body } = await browser.get<Page>(`/api/auth${path}${cursor}`);
    expect(status).toBe(200);
    rows.push(...(body[list] as Row[]));
    if (body.nextCursor === null) return rows;
    cursor = `&cursor=${encodeURIComponent(body.nextCursor)}`;
  }
  throw new Error("the list does not end");
}

/** Users who were only written to the database. */
async function addUsers(people: { id: string; name: string; email: string }[]): Promise<void> {
  const [createdAt, updatedAt] = [new Date(), new Date()];
  for (const person of people) {
    await database.insert(user).values({ ...person, createdAt, updatedAt });
  }
}

const search = (text: string, limit = 2) =>
  readAll<{ id: string }>(
    admin.browser,
    `/platform/users?limit=${limit}&search=${encodeURIComponent(text)}`,
    "users",
  ).then((rows) => rows.map(({ id }) => id));

describe("the list of users", () => {
  it("has every user once, newest first, whatever was made in the same millisecond", async () => {
    await addUsers(
      Array.from({ length: 9 }, (_, index) => ({
        id: `listed-${index}`,
        name: "Listed",
        email: `listed-${index}@example.org`,
      })),
    );
    const rows = await readAll<{ id: string; createdAt: string }>(
      admin.browser,
      "/platform/users?limit=2",
      "users",
    );
    const stored = await database.select().from(user);
    expect(rows.map(({ id }) => id).toSorted()).toEqual(stored.map(({ id }) => id).toSorted());
    const times = rows.map(({ createdAt }) => Date.parse(createdAt));
    expect(times).toEqual(times.toSorted((one, other) => other - one));
  });

  it("finds by the start of the address, then by that of the name, and nobody twice", async () => {
    await addUsers([
      { id: "by-name-2", name: "Zora", email: "b@example.net" },
      { id: "by-both", name: "ZORA of the sea", email: "zora-2@example.net" },
      { id: "by-email", name: "Somebody", email: "zora-1@example.net" },
      { id: "by-name-1", name: "zora", email: "a@example.net" },
      { id: "by-name-3", name: "Zora Neale", email: "c@example.net" },
      { id: "inside", name: "Dr Zora", email: "d-zora@example.net" },
    ]);
    const found = ["by-email", "by-both", "by-name-1", "by-name-2", "by-name-3"];
    for (const limit of [1, 2, 3, 5, 100]) expect(await search("ZorA", limit)).toEqual(found);
  });

  it("takes wildcards of SQL as they are, and more than the 50 bytes that D1 allows a pattern", async () => {
    const longName = "Żółć ".repeat(12).trim();
    await addUsers([
      { id: "percent", name: "100% Sure", email: "percent@example.net" },
      { id: "long", name: longName, email: "long@example.net" },
    ]);
    expect(await search("100%")).toEqual(["percent"]);
    expect(await search("%")).toEqual([]);
    expect(await search("1_0")).toEqual([]);
    expect(await search(longName)).toEqual(["long"]);
  });

  it("shows no column that Better Auth does not show", async () => {
    const [ours, theirs] = await Promise.all([
      admin.browser.get<{ users: object[] }>(`/api/auth/platform/users?search=${admin.email}`),
      admin.browser.get<{ users: object[] }>(
        `/api/auth/admin/list-users?searchValue=${admin.email}`,
      ),
    ]);
    expect(ours.body.users).toEqual(theirs.body.users);
  });

  it("writes down who searched for what", async () => {
    await search("written-down");
    const events = await database
      .select()
      .from(auditEvent)
      .where(like(auditEvent.detail, "%written-down%"));
    expect(events).toMatchObject([{ event: "users.listed", actorId: admin.id }]);
  });

  it.each(["x", "e30", "WzFd", "WyJ6Il0", btoa("[1,null]")])(
    "refuses the cursor %s, which no page of this search returned",
    async (cursor) => {
      const path = `/api/auth/platform/users?search=a&cursor=${cursor}`;
      const { status, body } = await admin.browser.get(path);
      expect([status, body["code"]]).toEqual([400, "INVALID_CURSOR"]);
    },
  );

  it("is for platform admins alone", async () => {
    const ada = await enter(opened);
    expect((await ada.browser.get("/api/auth/platform/users")).status).toBe(403);
    expect((await opened.open().get("/api/auth/platform/users")).status).toBe(401);
  });
});

describe("the list of a tenant's members", () => {
  it("has every member once, oldest first, for any member", async () => {
    const [ada, bob] = [await enter(opened), await enter(opened)];
    const tenant = await createTenant(ada.browser, "paged-members");
    await join(ada.browser, bob, tenant.id);
    const people = Array.from({ length: 5 }, (_, index) => ({
      id: `paged-${index}`,
      name: `Paged ${index}`,
      email: `paged-${index}@example.org`,
    }));
    await addUsers(people);
    const joined = { organizationId: tenant.id, role: "member", createdAt: new Date() };
    for (const { id } of people) {
      await database.insert(member).values({ ...joined, id: `member-${id}`, userId: id });
    }
    const listed = await readAll<{ userId: string; user: object }>(
      bob.browser,
      `/organization/members?organizationId=${tenant.id}&limit=2`,
      "members",
    );
    const ids = [ada.id, bob.id, ...people.map(({ id }) => id)];
    expect(listed.map(({ userId }) => userId)).toEqual(ids);
    expect(listed.at(-1)?.user).toEqual({ ...people.at(-1), image: null });
  });

  it("is that of the active tenant, unless one is named", async () => {
    const ada = await enter(opened);
    expect((await ada.browser.get("/api/auth/organization/members")).body["code"]).toBe(
      "NO_ACTIVE_ORGANIZATION",
    );
    await createTenant(ada.browser, "active-members");
    const { body } = await ada.browser.get("/api/auth/organization/members");
    expect(body).toMatchObject({ members: [{ userId: ada.id, role: "owner" }], nextCursor: null });
  });

  it("is not for outsiders, platform admins among them, nor for nobody", async () => {
    const [ada, eve] = [await enter(opened), await enter(opened)];
    const tenant = await createTenant(ada.browser, "closed-members");
    const path = `/api/auth/organization/members?organizationId=${tenant.id}`;
    for (const { browser } of [eve, admin]) {
      const { status, body } = await browser.get(path);
      expect([status, body["code"]]).toEqual([403, "YOU_ARE_NOT_A_MEMBER_OF_THIS_ORGANIZATION"]);
    }
    expect((await opened.open().get(path)).status).toBe(401);
  });

  it("is closed by a tenant's two-factor policy", async () => {
    const [ada, bob] = [await enter(opened), await enter(opened)];
    const tenant = await createTenant(ada.browser, "policy-members");
    await join(ada.browser, bob, tenant.id);
    const demand = { requireTwoFactor: true };
    const demanded = await admin.browser.send(
      "PATCH",
      `/api/auth/platform/tenants/${tenant.id}`,
      demand,
    );
    expect(demanded.status).toBe(200);
    const { body } = await bob.browser.get(
      `/api/auth/organization/members?organizationId=${tenant.id}`,
    );
    expect(body["code"]).toBe("TWO_FACTOR_REQUIRED_BY_TENANT");
  });
});

describe("Better Auth's own lists", () => {
  it("of users begin at 100, and count and skip to 10,000", async () => {
    await env.DB.prepare(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10050)
       INSERT INTO "user" (id, name, email, created_at, updated_at)
       SELECT 'many-' || i, 'Many', 'many-' || i || '@example.org', i, i FROM n`,
    ).run();
    const { body } = await admin.browser.get<{ users: object[]; total: number }>(
      "/api/auth/admin/list-users",
    );
    expect([body.users.length, body.total]).toEqual([100, 10_000]);
    const found = await admin.browser.get("/api/auth/admin/list-users?searchValue=many-77&limit=1");
    expect(found.body["total"]).toBe(111);
    const { status } = await admin.browser.get("/api/auth/admin/list-users?offset=10001");
    expect(status).toBe(400);
  });

  it("of invitations have the pending ones, however many came after", async () => {
    const ada = await enter(opened);
    const { id: organizationId } = await createTenant(ada.browser, "many-invitations");
    const pending = await ada.browser.post<{ id: string }>("/api/auth/organization/invite-member", {
      email: newEmail(),
      role: "member",
      organizationId,
    });
    const later = Date.now() + 60_000;
    await addInvitations(organizationId, ada.id, 150, { status: "canceled", createdAt: later });
    const query = `organizationId=${organizationId}`;
    const listed = await ada.browser.get<{ id: string }[]>(
      `/api/auth/organization/list-invitations?${query}`,
    );
    expect(listed.body).toHaveLength(101);
    expect(listed.body.map(({ id }) => id)).toContain(pending.body.id);
    const full = await ada.browser.get<{ invitations: { id: string }[] }>(
      `/api/auth/organization/get-full-organization?${query}`,
    );
    expect(full.body.invitations.map(({ id }) => id)).toContain(pending.body.id);
  });

  it("let a tenant have 100 invitations pending, and do not count those that have expired", async () => {
    const ada = await enter(opened);
    const { id: organizationId } = await createTenant(ada.browser, "full-of-invitations");
    const invite = async () =>
      ada.browser.post("/api/auth/organization/invite-member", {
        email: newEmail(),
        role: "member",
        organizationId,
      });
    await addInvitations(organizationId, ada.id, 150, { status: "pending", expiresAt: 1 });
    await addInvitations(organizationId, ada.id, 99, { status: "pending" });
    expect((await invite()).status).toBe(200);
    const { status, body } = await invite();
    expect([status, body["code"]]).toEqual([403, "INVITATION_LIMIT_REACHED"]);
  });

  it("keep a role that a member has among others, and delete it when nobody has", async () => {
    const [ada, bob] = [await enter(opened), await enter(opened)];
    const { id: organizationId } = await createTenant(ada.browser, "roles-in-use");
    for (const role of ["auditor", "audit", "clerk"]) {
      const permission = { member: ["update"] };
      const created = await ada.browser.post("/api/auth/organization/create-role", {
        role,
        permission,
        organizationId,
      });
      expect(created.status).toBe(200);
    }
    const { id: memberId } = await join(ada.browser, bob, organizationId);
    const remove = async (roleName: string) => {
      const body = { roleName, organizationId };
      return (await ada.browser.post("/api/auth/organization/delete-role", body)).status;
    };
    for (const role of ["clerk,auditor", "auditor"]) {
      const updated = await ada.browser.post("/api/auth/organization/update-member-role", {
        memberId,
        role: role.split(","),
        organizationId,
      });
      expect(updated.status).toBe(200);
      expect(await remove("auditor")).toBe(400);
    }
    expect(await remove("audit")).toBe(200);
    expect(await remove("clerk")).toBe(200);
  });
});

interface Invitations {
  status: string;
  createdAt?: number;
  expiresAt?: number;
}

async function addInvitations(
  tenantId: string,
  inviterId: string,
  count: number,
  { status, createdAt = Date.now(), expiresAt = Date.now() + 3_600_000 }: Invitations,
): Promise<void> {
  const kind = `${status}-${expiresAt}`;
  await env.DB.prepare(
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})
     INSERT INTO invitation (id, organization_id, email, role, status, expires_at, created_at, inviter_id)
     SELECT ? || i, ?, ? || i || '@example.org', 'member', ?, ?, ?, ? FROM n`,
  )
    .bind(`${tenantId}-${kind}-`, tenantId, kind, status, expiresAt, createdAt, inviterId)
    .run();
  const stored = await database
    .select()
    .from(invitation)
    .where(eq(invitation.organizationId, tenantId));
  expect(stored.length).toBeGreaterThanOrEqual(count);
}
