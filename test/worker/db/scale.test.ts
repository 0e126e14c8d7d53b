/** No flow may read more rows because the platform, or its largest tenant, has grown. */
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import {
  createTenant,
  enrol,
  enter,
  signUpAdmin,
  join,
  openApp,
  password,
  signUp,
  type Person,
} from "../browser.ts";
import { metered } from "./metered.ts";

// Mail goes out and maintenance runs when it suits them, beside whatever is being measured.
const { binding, meter } = metered(env.DB, /"(email_outbox|maintenance_run)"/);
const opened = openApp({}, { DB: binding });

/** Waits for the work that an earlier answer left behind, such as the notice of a sign-in on a new device. */
async function quiet(): Promise<void> {
  let before;
  do {
    before = meter.rowsRead;
    await scheduler.wait(30);
  } while (meter.rowsRead !== before);
}

/** Rows that `deed` reads. */
async function rowsRead(deed: () => Promise<{ status: number }>): Promise<number> {
  await quiet();
  meter.rowsRead = 0;
  const { status } = await deed();
  expect(status).toBe(200);
  return meter.rowsRead;
}

interface World {
  admin: Person;
  owner: Person;
  tenantId: string;
}

const get = (person: Person, path: string) => person.browser.get(`/api/auth${path}`);
const post = (person: Person, path: string, body: object) =>
  person.browser.post(`/api/auth${path}`, body);

/** The cursor behind page `page` of a list. */
async function cursorAfter(reader: Person, path: string, page: number): Promise<string> {
  let cursor: string | undefined;
  for (let count = 0; count < page; count += 1) {
    const { body } = await get(reader, cursor === undefined ? path : `${path}&cursor=${cursor}`);
    cursor = String(body["nextCursor"]);
  }
  return cursor ?? "";
}

const flows: Record<string, (world: World) => Promise<number>> = {
  "session check": async ({ owner }) => rowsRead(() => get(owner, "/session")),
  "sign-in": async () => {
    const ada = await signUp(opened);
    return rowsRead(() => post(ada, "/sign-in/email", { email: ada.email, password }));
  },
  "sign-in with two-factor": async () => {
    const ada = await signUp(opened);
    const { code } = await enrol(ada.browser);
    const browser = opened.open();
    return rowsRead(async () => {
      await browser.post("/api/auth/sign-in/email", { email: ada.email, password });
      return browser.post("/api/auth/two-factor/verify-totp", { code: await code(1) });
    });
  },
  token: async ({ owner }) => rowsRead(() => get(owner, "/token")),
  "sign-up": async () =>
    rowsRead(() =>
      opened.open().post("/api/auth/sign-up/email", {
        name: "New",
        email: `new-${crypto.randomUUID()}@example.com`,
        password,
      }),
    ),
  "switch tenant": async ({ owner, tenantId }) =>
    rowsRead(() => post(owner, "/organization/set-active", { organizationId: tenantId })),
  "accept invitation": async ({ owner, tenantId }) => {
    const ada = await enter(opened);
    const invited = await owner.browser.post<{ id: string }>(
      "/api/auth/organization/invite-member",
      { email: ada.email, role: "member", organizationId: tenantId },
    );
    return rowsRead(() =>
      post(ada, "/organization/accept-invitation", { invitationId: invited.body.id }),
    );
  },
  invite: async ({ owner, tenantId }) => {
    let invitationId: unknown;
    const rows = await rowsRead(async () => {
      const invited = await post(owner, "/organization/invite-member", {
        email: `invited-${crypto.randomUUID()}@example.com`,
        role: "member",
        organizationId: tenantId,
      });
      invitationId = invited.body["id"];
      return invited;
    });
    // The pending ones are counted.
    await post(owner, "/organization/cancel-invitation", { invitationId });
    return rows;
  },
  "leave, as a member": async ({ owner, tenantId }) => {
    const ada = await enter(opened);
    await join(owner.browser, ada, tenantId);
    return rowsRead(() => post(ada, "/organization/leave", { organizationId: tenantId }));
  },
  "leave, as one of two owners": async ({ owner, tenantId }) => {
    const ada = await enter(opened);
    await join(owner.browser, ada, tenantId, "owner");
    return rowsRead(() => post(ada, "/organization/leave", { organizationId: tenantId }));
  },
  "step down as an owner": async ({ owner, tenantId }) => {
    const ada = await enter(opened);
    const { id } = await join(owner.browser, ada, tenantId, "owner");
    return rowsRead(() =>
      post(ada, "/organization/update-member-role", {
        memberId: id,
        role: "member",
        organizationId: tenantId,
      }),
    );
  },
  "remove an owner": async ({ owner, tenantId }) => {
    const ada = await enter(opened);
    const { id } = await join(owner.browser, ada, tenantId, "owner");
    return rowsRead(() =>
      post(owner, "/organization/remove-member", {
        memberIdOrEmail: id,
        organizationId: tenantId,
      }),
    );
  },
  "delete a user": async ({ admin }) => {
    const ada = await enter(opened);
    return rowsRead(() => post(admin, "/admin/remove-user", { userId: ada.id }));
  },
  "list users": async ({ admin }) => rowsRead(() => get(admin, "/platform/users?limit=25")),
  "list users, page seven": async ({ admin }) => {
    const cursor = await cursorAfter(admin, "/platform/users?limit=25", 6);
    return rowsRead(() => get(admin, `/platform/users?limit=25&cursor=${cursor}`));
  },
  "search users": async ({ admin }) =>
    rowsRead(() => get(admin, "/platform/users?limit=25&search=seed")),
  "search users by name, page seven": async ({ admin }) => {
    const cursor = await cursorAfter(admin, "/platform/users?limit=25&search=name", 6);
    return rowsRead(() => get(admin, `/platform/users?limit=25&search=name&cursor=${cursor}`));
  },
  "list members": async ({ owner, tenantId }) =>
    rowsRead(() => get(owner, `/organization/members?organizationId=${tenantId}&limit=25`)),
  "list members, page seven": async ({ owner, tenantId }) => {
    const path = `/organization/members?organizationId=${tenantId}&limit=25`;
    const cursor = await cursorAfter(owner, path, 6);
    return rowsRead(() => get(owner, `${path}&cursor=${cursor}`));
  },
  "list invitations": async ({ owner, tenantId }) =>
    rowsRead(() => get(owner, `/organization/list-invitations?organizationId=${tenantId}`)),
  "read a full organization": async ({ owner, tenantId }) =>
    rowsRead(() =>
      get(owner, `/organization/get-full-organization?organizationId=${tenantId}&membersLimit=25`),
    ),
  "delete a role": async ({ owner, tenantId }) => {
    await post(owner, "/organization/create-role", {
      organizationId: tenantId,
      role: "auditor",
      permission: { member: ["update"] },
    });
    return rowsRead(() =>
      post(owner, "/organization/delete-role", { organizationId: tenantId, roleName: "auditor" }),
    );
  },
  "list roles": async ({ owner, tenantId }) =>
    rowsRead(() => get(owner, `/organization/list-roles?organizationId=${tenantId}`)),
  "list tenants": async ({ admin }) => rowsRead(() => get(admin, "/platform/tenants?limit=25")),
  "list tenants, page seven": async ({ admin }) => {
    const cursor = await cursorAfter(admin, "/platform/tenants?limit=25", 6);
    return rowsRead(() => get(admin, `/platform/tenants?limit=25&cursor=${cursor}`));
  },
  "search tenants": async ({ admin }) =>
    rowsRead(() => get(admin, "/platform/tenants?limit=25&search=seed")),
  "list members, as a platform admin": async ({ admin, tenantId }) =>
    rowsRead(() => get(admin, `/platform/tenants/${tenantId}/members?limit=25`)),
  "list invitations, as a platform admin": async ({ admin, tenantId }) =>
    rowsRead(() => get(admin, `/platform/tenants/${tenantId}/invitations?limit=25`)),
  "read the audit log": async ({ admin }) =>
    rowsRead(() => get(admin, `/platform/audit-events?limit=25`)),
  "read the audit log of a tenant": async ({ admin, tenantId }) =>
    rowsRead(() => get(admin, `/platform/audit-events?limit=25&tenantId=${tenantId}`)),
};

/** Users numbered up to `count`, each with an account, two sessions, a tenant of their own and a place in the large one. */
async function seed(from: number, count: number, tenantId: string): Promise<void> {
  const numbers = `WITH RECURSIVE n(i) AS (SELECT ${from} UNION ALL SELECT i + 1 FROM n WHERE i < ${count})`;
  const id = (kind: string) => `'${kind}-' || printf('%07d', i)`;
  const rows: [string, string][] = [
    [
      `"user" (id, name, email, email_verified, created_at, updated_at)`,
      `${id("seed")}, 'Name ' || i, ${id("seed")} || '@example.com', 1, i, i`,
    ],
    [
      "account (id, account_id, provider_id, user_id, created_at, updated_at)",
      `${id("account")}, ${id("seed")}, 'credential', ${id("seed")}, i, i`,
    ],
    ...["a", "b"].map((device): [string, string] => [
      "session (id, token, user_id, expires_at, created_at, updated_at)",
      `${id(`session-${device}`)}, ${id(`token-${device}`)}, ${id("seed")}, ${Date.now() + 3_600_000}, i, i`,
    ]),
    [
      "organization (id, name, slug, created_at)",
      `${id("tenant")}, 'Seed ' || i, ${id("seed")}, i`,
    ],
    [
      "member (id, organization_id, user_id, role, created_at)",
      `${id("owner")}, ${id("tenant")}, ${id("seed")}, 'owner', i`,
    ],
    [
      "member (id, organization_id, user_id, role, created_at)",
      `${id("member")}, '${tenantId}', ${id("seed")}, 'member', i`,
    ],
    [
      "invitation (id, organization_id, email, role, status, expires_at, created_at, inviter_id)",
      `${id("invitation")}, '${tenantId}', ${id("seed")} || '@example.com', 'member', 'accepted', i, i, ${id("seed")}`,
    ],
    [
      "audit_event (created_at, event, actor_id, tenant_id)",
      `i, 'session.created', ${id("seed")}, '${tenantId}'`,
    ],
  ];
  await env.DB.batch(
    rows.map(([into, values]) =>
      env.DB.prepare(`INSERT INTO ${into} ${numbers} SELECT ${values} FROM n`),
    ),
  );
}

async function measure(world: World): Promise<Record<string, number>> {
  const figures: Record<string, number> = {};
  for (const [name, flow] of Object.entries(flows)) figures[name] = await flow(world);
  return figures;
}

/** A search of an index reads the entry after it too, unless there is none: ids are random, and a flow has several. */
const chance = 10;
/** These look for nothing but what a unique index has once: they read the same rows, whatever stands beside them. */
const unique = new Set(["session check", "token"]);

describe("rows read with 200 and with 5,000 users", () => {
  let small: Record<string, number> = {};
  let large: Record<string, number> = {};
  beforeAll(async () => {
    const [admin, owner] = [await signUpAdmin(opened), await signUp(opened)];
    const tenant = await createTenant(owner.browser, "large");
    const world = { admin, owner, tenantId: tenant.id };
    await seed(1, 200, tenant.id);
    // The first ones also make the signing key, and do the maintenance that is due.
    for (const first of ["sign-in", "token", "sign-in with two-factor"])
      await flows[first]?.(world);
    small = await measure(world);
    await seed(201, 5000, tenant.id);
    large = await measure(world);
  }, 300_000);

  it.each([
    ["list users", "list users, page seven"],
    ["search users", "search users by name, page seven"],
    ["list members", "list members, page seven"],
    ["list tenants", "list tenants, page seven"],
  ])("do not grow with the page: %s", (firstPage, laterPage) => {
    // Where SQLite seeks to, it reads the row of the cursor too.
    expect(large[laterPage]).toBeLessThanOrEqual((large[firstPage] ?? 0) + 1);
  });

  it("are two for a session check", () => {
    expect(large["session check"]).toBe(2);
  });

  it.each(Object.keys(flows))("do not grow for: %s", (name) => {
    expect(small[name]).toBeGreaterThan(0);
    const more = (large[name] ?? 0) - (small[name] ?? 0);
    if (unique.has(name)) expect(more).toBe(0);
    expect(more).toBeLessThan(chance);
  });
});
